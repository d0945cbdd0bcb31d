//! Jobs: accepted once, then changed through the transition table alone.

use model::mutation::{Mutation, active};
use model::parameter::{FilledValue, ParameterType};
use model::transition::{Command, Refusal, apply};
use model::{Ending, Job, JobId, JobState, RobotId, StopMode, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension, params};
use store::jobs::{Guard, JobAnswer, JobRow, Play, Played, Request, SealedSecret};

use super::document::{self, int};
use super::{CoreResult, agents, logs};

/// See [`store::Jobs::play`].
pub(crate) fn play(conn: &Connection, play: &Play) -> CoreResult<Played> {
    if let Some(request) = &play.request
        && let Some((job, same)) = of_request(conn, play.job.user_id, request)?
    {
        return Ok(if same {
            Played::Same(job)
        } else {
            Played::RequestIdTaken { job: job.id }
        });
    }
    if let Some(job) = read(conn, play.job.id)? {
        return Ok(Played::Same(job));
    }
    let robot = play.job.robot_id.to_string();
    let user = play.job.user_id.to_string();
    let number = document::number(
        conn,
        "UPDATE robot SET last_number = last_number + 1
         WHERE id = ?1 AND user_id = ?2 AND deleted_at IS NULL RETURNING last_number",
        params![robot, user],
    )?;
    let Some(number) = number else {
        return Ok(Played::RobotGone);
    };
    let mut job = play.job.clone();
    job.number = document::count(number);
    insert(conn, &job, play)?;
    let kept: Vec<&FilledValue> = play
        .parameters
        .iter()
        .filter(|value| value.kind != ParameterType::Secret)
        .collect();
    document::execute(
        conn,
        "INSERT INTO last_values (user_id, robot_id, body) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET body = excluded.body",
        params![user, robot, document::write(&kept)?],
    )?;
    Ok(Played::Created(job))
}

/// See [`store::Jobs::played`].
pub(crate) fn played(
    conn: &Connection,
    user: UserId,
    request: &Request,
) -> CoreResult<Option<Job>> {
    let found = of_request(conn, user, request)?;
    Ok(found.filter(|(_, same)| *same).map(|(job, _)| job))
}

/// The job of that request id, and whether its content was the same.
fn of_request(
    conn: &Connection,
    user: UserId,
    request: &Request,
) -> CoreResult<Option<(Job, bool)>> {
    let found: Option<(String, Vec<u8>)> = conn
        .prepare_cached(
            "SELECT body, request_digest FROM job WHERE user_id = ?1 AND request_id = ?2",
        )?
        .query_row(params![user.to_string(), request.id.as_str()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((body, digest)) = found else {
        return Ok(None);
    };
    let job: Job = document::parse("job", &body)?;
    Ok(Some((job, digest == request.digest)))
}

/// See [`store::Jobs::change_job`].
pub(crate) fn change(
    conn: &Connection,
    id: JobId,
    mut command: Command,
    guard: Option<Guard>,
    now: Timestamp,
) -> CoreResult<JobAnswer> {
    let Some(job) = read(conn, id)? else {
        return Ok(JobAnswer::Gone);
    };
    if let Command::Finish(finish) = &mut command {
        finish.stored_to = logs::stored_to(conn, id, finish.by.n)?;
    }
    let refused = |refusal, found| JobAnswer::Refused { refusal, found };
    let changed = match apply(&job, &command, now) {
        Ok(changed) => changed,
        Err(refusal) => return Ok(refused(refusal, job)),
    };
    if let Some(Guard::NotHeardAfter { agent, at }) = guard
        && agents::heard_after(conn, agent, at)?
        && !active(Mutation::SweepUnconditional)
    {
        return Ok(refused(Refusal::NotDue, job));
    }
    update(conn, &job, &changed.job)?;
    Ok(JobAnswer::Changed {
        job: changed.job,
        what: changed.what,
    })
}

/// The job.
pub(crate) fn read(conn: &Connection, id: JobId) -> CoreResult<Option<Job>> {
    let body = document::text(
        conn,
        "SELECT body FROM job WHERE id = ?1",
        params![id.to_string()],
    )?;
    body.map(|body| document::read("job", id, &body))
        .transpose()
}

/// See [`store::Jobs::job`].
pub(crate) fn job(conn: &Connection, id: JobId) -> CoreResult<Option<JobRow>> {
    read(conn, id)?.map(|job| row(conn, job)).transpose()
}

/// The job and how far its log reaches.
pub(crate) fn row(conn: &Connection, job: Job) -> CoreResult<JobRow> {
    let last_seq = match job.latest_confirmed() {
        Some(attempt) => logs::stored_to(conn, job.id, attempt.n)?,
        None => 0,
    };
    Ok(JobRow { job, last_seq })
}

/// See [`store::Jobs::job_parameters`].
pub(crate) fn parameters(conn: &Connection, id: JobId) -> CoreResult<Vec<FilledValue>> {
    let body = document::text(
        conn,
        "SELECT body FROM job_parameters WHERE job_id = ?1",
        params![id.to_string()],
    )?;
    body.map_or(Ok(Vec::new()), |body| {
        document::read("parameters of job", id, &body)
    })
}

/// See [`store::Jobs::job_secrets`].
pub(crate) fn secrets(conn: &Connection, id: JobId) -> CoreResult<Vec<SealedSecret>> {
    let mut statement = conn.prepare_cached(
        "SELECT name, sealed FROM job_secret WHERE job_id = ?1 ORDER BY position",
    )?;
    let rows = statement.query_map(params![id.to_string()], |row| {
        Ok(SealedSecret {
            name: row.get(0)?,
            sealed: row.get(1)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// See [`store::Jobs::last_values`].
pub(crate) fn last_values(
    conn: &Connection,
    user: UserId,
    robot: RobotId,
) -> CoreResult<Vec<FilledValue>> {
    let body = document::text(
        conn,
        "SELECT body FROM last_values WHERE user_id = ?1 AND robot_id = ?2",
        params![user.to_string(), robot.to_string()],
    )?;
    body.map_or(Ok(Vec::new()), |body| {
        document::read("last values of robot", robot, &body)
    })
}

/// Writes the job and its extracts; `before` is what stands there.
pub(crate) fn update(conn: &Connection, before: &Job, job: &Job) -> CoreResult<()> {
    let id = job.id.to_string();
    let extracts = Extracts::of(job);
    document::execute(
        conn,
        "UPDATE job SET status = ?2, needs = ?3, holder = ?4, offer_until = ?5, last_agent = ?6,
                kill_told_at = ?7, ended_at = ?8, forget_at = ?9, search = ?10, body = ?11
         WHERE id = ?1",
        params![
            id,
            job.status().as_str(),
            extracts.needs,
            extracts.holder,
            extracts.offer_until,
            extracts.last_agent,
            extracts.kill_told_at,
            extracts.ended_at,
            extracts.forget_at,
            extracts.search,
            document::write(job)?,
        ],
    )?;
    if ended_at(before).is_none() && ended_at(job).is_some() {
        document::execute(
            conn,
            "DELETE FROM job_secret WHERE job_id = ?1",
            params![id],
        )?;
    }
    if before.past != job.past {
        document::execute(
            conn,
            "DELETE FROM job_untold WHERE job_id = ?1",
            params![id],
        )?;
        for past in job.unreported() {
            document::execute(
                conn,
                "INSERT OR IGNORE INTO job_untold (agent_id, job_id) VALUES (?1, ?2)",
                params![past.attempt.by.agent.to_string(), id],
            )?;
        }
    }
    Ok(())
}

fn insert(conn: &Connection, job: &Job, play: &Play) -> CoreResult<()> {
    let id = job.id.to_string();
    let extracts = Extracts::of(job);
    let request = play.request.as_ref();
    document::execute(
        conn,
        "INSERT INTO job (id, user_id, robot_id, robot_version, number, created_at, request_id,
                          request_digest, status, needs, search, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            id,
            job.user_id.to_string(),
            job.robot_id.to_string(),
            job.robot_version,
            int(job.number),
            job.created_at.as_millis(),
            request.map(|request| request.id.as_str()),
            request.map(|request| request.digest.as_slice()),
            job.status().as_str(),
            extracts.needs,
            extracts.search,
            document::write(job)?,
        ],
    )?;
    document::execute(
        conn,
        "INSERT INTO job_parameters (job_id, body) VALUES (?1, ?2)",
        params![id, document::write(&play.parameters)?],
    )?;
    for (position, secret) in (0_i64..).zip(&play.secrets) {
        document::execute(
            conn,
            "INSERT INTO job_secret (job_id, position, name, sealed) VALUES (?1, ?2, ?3, ?4)",
            params![id, position, secret.name, secret.sealed],
        )?;
    }
    Ok(())
}

/// What is extracted from a job for indexes.
struct Extracts {
    needs: String,
    holder: Option<String>,
    offer_until: Option<i64>,
    last_agent: Option<String>,
    kill_told_at: Option<i64>,
    ended_at: Option<i64>,
    forget_at: Option<i64>,
    search: String,
}

impl Extracts {
    fn of(job: &Job) -> Self {
        let kill_told = job
            .cancel
            .as_ref()
            .and_then(|request| request.reached.as_ref())
            .filter(|reached| reached.mode == StopMode::Kill && job.current().is_some());
        let ended_at = ended_at(job);
        let keep_ms = i64::from(job.settings.keep_days) * 24 * 3_600_000;
        Self {
            needs: needs(job),
            holder: job.holder().map(|agent| agent.to_string()),
            offer_until: job.offer().map(|offer| offer.expires_at.as_millis()),
            last_agent: job.last_agent.as_ref().map(|agent| agent.id.to_string()),
            kill_told_at: kill_told.map(|reached| reached.at.as_millis()),
            ended_at: ended_at.map(Timestamp::as_millis),
            forget_at: ended_at.map(|at| at.as_millis().saturating_add(keep_ms)),
            search: search(job),
        }
    }
}

/// The wanted agent or `-`, then the required labels in their order, each once.
fn needs(job: &Job) -> String {
    let mut labels: Vec<&str> = job.required_labels().map(|label| label.as_str()).collect();
    labels.sort_unstable();
    labels.dedup();
    let agent = job.wanted.agent.map(|agent| agent.to_string());
    format!("{} {}", agent.as_deref().unwrap_or("-"), labels.join(","))
}

fn search(job: &Job) -> String {
    let message = match &job.state {
        JobState::Ended { outcome, .. } => match &outcome.ending {
            Ending::Failed { message, .. } => message.as_str(),
            Ending::Success | Ending::Cancelled { .. } => "",
        },
        JobState::Waiting { .. } | JobState::Executing { .. } => "",
    };
    format!("{}\n{}", job.robot_name.folded(), message.to_lowercase())
}

fn ended_at(job: &Job) -> Option<Timestamp> {
    match &job.state {
        JobState::Ended { at, .. } => Some(*at),
        JobState::Waiting { .. } | JobState::Executing { .. } => None,
    }
}
