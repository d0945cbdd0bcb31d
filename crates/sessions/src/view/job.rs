//! Jobs and their attempts.

use dispatch::{Can, Dispatch, JobView, Surroundings};
use model::parameter::FilledValue;
use model::{Job, JobId, JobState, PastAttempt, Reported, Timestamp, UserId};
use store::StoreResult;
use store::jobs::JobRow;
use wire::shapes::{self, Late, Permission};

/// The shape of a job among its surroundings.
#[must_use]
pub fn job(
    row: &JobRow,
    parameters: Option<Vec<FilledValue>>,
    around: &Surroundings,
) -> shapes::Job {
    let job = &row.job;
    let view = JobView::of(job, around);
    let confirmed = job.latest_confirmed();
    let (outcome, ended_at) = match &job.state {
        JobState::Ended { outcome, at } => (Some(outcome.clone()), Some(*at)),
        JobState::Waiting { .. } | JobState::Executing { .. } => (None, None),
    };
    shapes::Job {
        id: job.id,
        number: job.number,
        user_id: job.user_id,
        robot_id: job.robot_id,
        robot_name: job.robot_name.to_string(),
        robot_version: job.robot_version,
        status: job.status(),
        rev: job.rev,
        as_of: around.now,
        created_at: job.created_at,
        created_by: job.created_by.clone(),
        can: can(&view.can),
        parameters,
        attempt: Some(job.last_attempt).filter(|n| *n > 0),
        agent_id: job.last_agent.as_ref().map(|agent| agent.id),
        agent_name: job.last_agent.as_ref().map(|agent| agent.name.to_string()),
        wanted_agent_id: job.wanted.agent,
        wanted_agent_label: job.wanted.label.as_ref().map(ToString::to_string),
        started_at: confirmed.map(|attempt| attempt.confirmed_at),
        ended_at,
        last_seq: confirmed.map(|_| row.last_seq),
        cancelling: view.cancelling.map(|asked| shapes::Cancelling {
            mode: asked.mode,
            by: asked.by,
            at: asked.at,
            reached: asked.reached,
        }),
        outcome,
        late: job.past.iter().rev().find_map(late),
        why_waiting: view.why_waiting.map(why_waiting),
        silent_since: view.silent_since,
        retry_of: job.retry_of,
        deleted: None,
    }
}

/// The shape of a reason to wait.
#[must_use]
pub fn why_waiting(why: dispatch::WhyWaiting) -> shapes::WhyWaiting {
    shapes::WhyWaiting {
        code: why.code.to_owned(),
        message: why.message,
        args: why.args.into_iter().collect(),
    }
}

fn can(can: &Can) -> shapes::Can {
    let permission = |permission: dispatch::Permission| match permission {
        Ok(()) => Permission::YES,
        Err(why) => Permission::no(why),
    };
    shapes::Can {
        cancel: permission(can.cancel),
        kill: permission(can.kill),
        retry: permission(can.retry),
    }
}

fn late(past: &PastAttempt) -> Option<Late> {
    match &past.reported {
        Reported::Late { outcome, at, .. } => Some(Late {
            outcome: outcome.clone(),
            at: *at,
        }),
        Reported::InTime { .. } | Reported::NotYet | Reported::Never => None,
    }
}

/// The job as it is now, with its parameters or without, and whose it is.
///
/// # Errors
/// The store's.
pub async fn job_shape(
    dispatch: &Dispatch,
    job_id: JobId,
    parameters: bool,
    now: Timestamp,
) -> StoreResult<Option<(UserId, shapes::Job)>> {
    let Some(row) = dispatch.store().job(job_id).await? else {
        return Ok(None);
    };
    let parameters = if parameters {
        Some(dispatch.store().job_parameters(job_id).await?)
    } else {
        None
    };
    let user = row.job.user_id;
    let around = dispatch.surroundings(user, now).await?;
    Ok(Some((user, job(&row, parameters, &around))))
}

/// A list of one user's jobs, without their parameters.
///
/// # Errors
/// The store's.
pub async fn job_shapes(
    dispatch: &Dispatch,
    user: UserId,
    rows: &[JobRow],
    now: Timestamp,
) -> StoreResult<Vec<shapes::Job>> {
    let around = dispatch.surroundings(user, now).await?;
    Ok(rows.iter().map(|row| job(row, None, &around)).collect())
}

/// The confirmed attempts of a job, oldest first.
///
/// # Errors
/// The store's.
pub async fn attempts(dispatch: &Dispatch, job: &Job) -> StoreResult<Vec<shapes::Attempt>> {
    let past = job.past.iter().map(|past| (&past.attempt, Some(past)));
    let current = job.current().map(|attempt| (attempt, None));
    let mut shapes = Vec::new();
    for (attempt, past) in past.chain(current) {
        let last_seq = dispatch.store().stored_to(job.id, attempt.n).await?;
        let reported = past.and_then(|past| match &past.reported {
            Reported::InTime { last_seq } | Reported::Late { last_seq, .. } => Some(*last_seq),
            Reported::NotYet | Reported::Never => None,
        });
        shapes.push(shapes::Attempt {
            n: attempt.n,
            agent_id: attempt.by.agent,
            agent_name: attempt.agent_name.to_string(),
            offered_at: attempt.offered_at,
            started_at: attempt.confirmed_at,
            last_seq,
            missing: reported.unwrap_or(0).saturating_sub(last_seq),
            ended_at: past.map(|past| past.ended_at),
            outcome: past.map(|past| past.outcome.clone()),
            late: past.and_then(late),
        });
    }
    Ok(shapes)
}
