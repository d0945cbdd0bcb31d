//! Robots.

use dispatch::Dispatch;
use model::{Ending, Job, JobState, RobotId, UserId};
use store::StoreResult;
use store::robots::{Robot, RobotRow, VersionHead};
use wire::shapes;

/// The shape of a robot, with its parameters or without.
#[must_use]
pub fn robot(robot: &Robot, last_job: Option<&Job>, parameters: bool) -> shapes::Robot {
    shapes::Robot {
        id: robot.id,
        user_id: robot.user_id,
        name: robot.name.to_string(),
        description: robot.description.clone(),
        kind: robot.kind,
        version: robot.version,
        rev: robot.rev,
        labels: robot.labels.iter().map(ToString::to_string).collect(),
        settings: robot.settings.clone(),
        favourite: robot.favourite,
        created_at: robot.created_at,
        updated_at: robot.updated_at,
        parameters: parameters.then(|| robot.parameters.clone()),
        last_job: last_job.map(self::last_job),
        deleted: None,
    }
}

fn last_job(job: &Job) -> shapes::LastJob {
    let ended = match &job.state {
        JobState::Ended { outcome, at } => Some((outcome, *at)),
        JobState::Waiting { .. } | JobState::Executing { .. } => None,
    };
    let message = ended.and_then(|(outcome, _)| match &outcome.ending {
        Ending::Failed { message, .. } => Some(message.clone()),
        Ending::Success | Ending::Cancelled { .. } => None,
    });
    shapes::LastJob {
        id: job.id,
        number: job.number,
        status: job.status(),
        started_at: job.latest_confirmed().map(|attempt| attempt.confirmed_at),
        ended_at: ended.map(|(_, at)| at),
        message,
    }
}

/// The robot as it is now, with its parameters, and whose it is.
///
/// # Errors
/// The store's.
pub async fn robot_shape(
    dispatch: &Dispatch,
    id: RobotId,
) -> StoreResult<Option<(UserId, shapes::Robot)>> {
    let found = dispatch.store().robot(id).await?;
    Ok(found.map(|RobotRow { robot, last_job }| {
        let shape = self::robot(&robot, last_job.as_ref(), true);
        (robot.user_id, shape)
    }))
}

/// The shape of a version.
#[must_use]
pub fn version(head: &VersionHead) -> shapes::Version {
    shapes::Version {
        version: head.version,
        created_at: head.created_at,
        created_by: head.created_by.clone(),
        sha256: head.sha256,
        parameters: head.parameters.clone(),
        note: head.note.clone(),
    }
}
