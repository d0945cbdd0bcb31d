//! Robots and their versions.

use model::{Job, JobId, RobotId, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension, params};
use store::robots::{
    Content, DeletedRobot, Robot, RobotCreated, RobotPatch, RobotPatched, RobotRow, Version,
    VersionAdded, VersionHead,
};

use super::{CoreResult, document, forget, jobs};

/// The most robots that one list answers.
const MOST_ROBOTS: u32 = 5_000;

/// See [`store::Robots::create_robot`].
pub(crate) fn create(
    conn: &Connection,
    robot: &Robot,
    version: &Version,
) -> CoreResult<RobotCreated> {
    let before: Option<Robot> = document::one(
        conn,
        "robot",
        "SELECT body FROM robot WHERE id = ?1",
        params![robot.id.to_string()],
    )?;
    if let Some(before) = before {
        return Ok(RobotCreated::Created(before));
    }
    if name_taken(conn, robot.user_id, &robot.name.folded(), None)? {
        return Ok(RobotCreated::NameTaken);
    }
    let robot = Robot {
        version: 1,
        ..robot.clone()
    };
    document::execute(
        conn,
        "INSERT INTO robot (id, user_id, name_folded, body) VALUES (?1, ?2, ?3, ?4)",
        params![
            robot.id.to_string(),
            robot.user_id.to_string(),
            robot.name.folded(),
            document::write(&robot)?
        ],
    )?;
    insert_version(conn, robot.id, 1, version)?;
    Ok(RobotCreated::Created(robot))
}

/// See [`store::Robots::robot`].
pub(crate) fn row(conn: &Connection, id: RobotId) -> CoreResult<Option<RobotRow>> {
    let Some(robot) = read(conn, id)? else {
        return Ok(None);
    };
    Ok(Some(with_last_job(conn, robot)?))
}

/// See [`store::Robots::robots`].
pub(crate) fn of_user(conn: &Connection, user: UserId) -> CoreResult<Vec<RobotRow>> {
    let mut statement = conn.prepare_cached(
        "SELECT robot.body, (SELECT job.body FROM job WHERE job.robot_id = robot.id
                             ORDER BY job.number DESC LIMIT 1)
         FROM robot WHERE user_id = ?1 AND deleted_at IS NULL
         ORDER BY name_folded, id LIMIT ?2",
    )?;
    let mut rows = statement.query(params![user.to_string(), MOST_ROBOTS])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (robot, job): (String, Option<String>) = (row.get(0)?, row.get(1)?);
        let robot: Robot = document::parse("robot", &robot)?;
        let last_job = job.map(|job| document::parse("job", &job)).transpose()?;
        found.push(RobotRow { robot, last_job });
    }
    Ok(found)
}

/// See [`store::Robots::patch_robot`].
pub(crate) fn patch(
    conn: &Connection,
    user: UserId,
    id: RobotId,
    patch: &RobotPatch,
    now: Timestamp,
) -> CoreResult<RobotPatched> {
    let Some(before) = read(conn, id)?.filter(|robot| robot.user_id == user) else {
        return Ok(RobotPatched::Gone);
    };
    let mut robot = before.clone();
    if let Some(name) = &patch.name {
        if name_taken(conn, user, &name.folded(), Some(id))? {
            return Ok(RobotPatched::NameTaken);
        }
        robot.name.clone_from(name);
    }
    if let Some(description) = &patch.description {
        robot.description.clone_from(description);
    }
    if let Some(labels) = &patch.labels {
        robot.labels.clone_from(labels);
    }
    if let Some(settings) = &patch.settings {
        robot.settings.clone_from(settings);
    }
    robot.favourite = patch.favourite.unwrap_or(robot.favourite);
    let mut jobs = Vec::new();
    if robot != before {
        robot.rev += 1;
        robot.updated_at = now;
        update(conn, &robot)?;
    }
    if patch.labels.is_some() {
        jobs = relabel_waiting(conn, &robot)?;
    }
    Ok(RobotPatched::Done {
        robot: with_last_job(conn, robot)?,
        jobs,
    })
}

/// See [`store::Robots::add_version`]. The same call again is known by everything that it stored.
pub(crate) fn add_version(
    conn: &Connection,
    user: UserId,
    id: RobotId,
    expected: Option<u32>,
    version: &Version,
) -> CoreResult<VersionAdded> {
    let Some(mut robot) = read(conn, id)?.filter(|robot| robot.user_id == user) else {
        return Ok(VersionAdded::Gone);
    };
    let as_latest = Version {
        head: VersionHead {
            version: robot.version,
            ..version.head.clone()
        },
        content: version.content.clone(),
    };
    let follows = expected.is_none_or(|expected| expected.checked_add(1) == Some(robot.version));
    if follows && self::version(conn, id, robot.version)?.as_ref() == Some(&as_latest) {
        return Ok(VersionAdded::Added(with_last_job(conn, robot)?));
    }
    if expected.is_some_and(|expected| expected != robot.version) {
        return Ok(VersionAdded::Conflict {
            version: robot.version,
        });
    }
    robot.version += 1;
    robot.parameters.clone_from(&version.head.parameters);
    robot.updated_at = version.head.created_at;
    robot.rev += 1;
    insert_version(conn, id, robot.version, version)?;
    update(conn, &robot)?;
    Ok(VersionAdded::Added(with_last_job(conn, robot)?))
}

/// See [`store::Robots::versions`].
pub(crate) fn versions(conn: &Connection, id: RobotId) -> CoreResult<Vec<VersionHead>> {
    document::many(
        conn,
        "version",
        "SELECT head FROM robot_version WHERE robot_id = ?1 ORDER BY version DESC",
        params![id.to_string()],
    )
}

/// See [`store::Robots::version`].
pub(crate) fn version(conn: &Connection, id: RobotId, version: u32) -> CoreResult<Option<Version>> {
    let found: Option<(String, String)> = conn
        .prepare_cached(
            "SELECT head, content FROM robot_version WHERE robot_id = ?1 AND version = ?2",
        )?
        .query_row(params![id.to_string(), version], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((head, content)) = found else {
        return Ok(None);
    };
    let head: VersionHead = document::read("version of robot", id, &head)?;
    let content: Content = document::read("version of robot", id, &content)?;
    Ok(Some(Version { head, content }))
}

/// See [`store::Robots::delete_robot`]. The same call again is known by its time.
pub(crate) fn delete(
    conn: &Connection,
    user: UserId,
    id: RobotId,
    now: Timestamp,
) -> CoreResult<Option<DeletedRobot>> {
    let found: Option<(String, Option<i64>)> = conn
        .prepare_cached("SELECT body, deleted_at FROM robot WHERE id = ?1")?
        .query_row(params![id.to_string()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((body, deleted_at)) = found else {
        return Ok(None);
    };
    let mut robot: Robot = document::read("robot", id, &body)?;
    if robot.user_id != user || deleted_at.is_some_and(|at| at != now.as_millis()) {
        return Ok(None);
    }
    if deleted_at.is_none() {
        robot.rev += 1;
        robot.updated_at = now;
        update(conn, &robot)?;
        document::execute(
            conn,
            "UPDATE robot SET deleted_at = ?2 WHERE id = ?1",
            params![id.to_string(), now.as_millis()],
        )?;
        document::execute(
            conn,
            "DELETE FROM last_values WHERE user_id = ?1 AND robot_id = ?2",
            params![user.to_string(), id.to_string()],
        )?;
        forget::unnamed_versions(conn, &id.to_string())?;
    }
    let waiting = waiting(conn, user, id)?.iter().map(|job| job.id).collect();
    Ok(Some(DeletedRobot { robot, waiting }))
}

fn read(conn: &Connection, id: RobotId) -> CoreResult<Option<Robot>> {
    let body = document::text(
        conn,
        "SELECT body FROM robot WHERE id = ?1 AND deleted_at IS NULL",
        params![id.to_string()],
    )?;
    body.map(|body| document::read("robot", id, &body))
        .transpose()
}

fn with_last_job(conn: &Connection, robot: Robot) -> CoreResult<RobotRow> {
    let last_job = document::one(
        conn,
        "job",
        "SELECT body FROM job WHERE robot_id = ?1 ORDER BY number DESC LIMIT 1",
        params![robot.id.to_string()],
    )?;
    Ok(RobotRow { robot, last_job })
}

fn name_taken(
    conn: &Connection,
    user: UserId,
    folded: &str,
    but: Option<RobotId>,
) -> CoreResult<bool> {
    let found = document::text(
        conn,
        "SELECT id FROM robot WHERE user_id = ?1 AND name_folded = ?2 AND deleted_at IS NULL",
        params![user.to_string(), folded],
    )?;
    Ok(found.is_some_and(|id| but.is_none_or(|but| but.to_string() != id)))
}

fn update(conn: &Connection, robot: &Robot) -> CoreResult<()> {
    document::execute(
        conn,
        "UPDATE robot SET name_folded = ?2, body = ?3 WHERE id = ?1",
        params![
            robot.id.to_string(),
            robot.name.folded(),
            document::write(robot)?
        ],
    )?;
    Ok(())
}

fn insert_version(
    conn: &Connection,
    robot: RobotId,
    number: u32,
    version: &Version,
) -> CoreResult<()> {
    let head = VersionHead {
        version: number,
        ..version.head.clone()
    };
    document::execute(
        conn,
        "INSERT INTO robot_version (robot_id, version, sha256, head, content)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            robot.to_string(),
            number,
            head.sha256.to_string(),
            document::write(&head)?,
            document::write(&version.content)?
        ],
    )?;
    Ok(())
}

/// The robot's waiting jobs. By the index of its user's open jobs: a robot may have a long history.
fn waiting(conn: &Connection, user: UserId, robot: RobotId) -> CoreResult<Vec<Job>> {
    document::many(
        conn,
        "job",
        "SELECT body FROM job INDEXED BY job_open
         WHERE user_id = ?1 AND ended_at IS NULL AND robot_id = ?2 AND status = 'waiting'
         ORDER BY created_at, id",
        params![user.to_string(), robot.to_string()],
    )
}

/// A robot's waiting jobs ask for its labels; answers which these are.
fn relabel_waiting(conn: &Connection, robot: &Robot) -> CoreResult<Vec<JobId>> {
    let mut relabelled = Vec::new();
    for before in waiting(conn, robot.user_id, robot.id)? {
        if before.labels != robot.labels {
            let mut job = before.clone();
            job.labels.clone_from(&robot.labels);
            job.rev += 1;
            jobs::update(conn, &before, &job)?;
        }
        relabelled.push(before.id);
    }
    Ok(relabelled)
}
