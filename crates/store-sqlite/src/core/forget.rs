//! What has been kept long enough: ended jobs, unused sessions, pairings, links and tokens that
//! ran out.

use std::collections::BTreeSet;

use model::Timestamp;
use rusqlite::{Connection, params};

use super::{CoreResult, document};

/// See [`store::Jobs::forget_jobs`].
pub(crate) fn jobs(conn: &Connection, now: Timestamp, most: u32) -> CoreResult<u32> {
    let mut statement = conn.prepare_cached(
        "SELECT id, robot_id FROM job WHERE forget_at <= ?1 ORDER BY forget_at LIMIT ?2",
    )?;
    let found: Vec<(String, String)> = statement
        .query_map(params![now.as_millis(), most], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect::<Result<_, _>>()?;
    let mut forgotten = 0;
    for (job, _) in &found {
        for sql in [
            "DELETE FROM event_batch WHERE job_id = ?1",
            "DELETE FROM log WHERE job_id = ?1",
            "DELETE FROM artifact WHERE job_id = ?1",
            "DELETE FROM job_untold WHERE job_id = ?1",
            "DELETE FROM job_secret WHERE job_id = ?1",
            "DELETE FROM job_parameters WHERE job_id = ?1",
            "DELETE FROM job WHERE id = ?1",
        ] {
            document::execute(conn, sql, params![job])?;
        }
        forgotten += 1;
    }
    let robots: BTreeSet<&String> = found.iter().map(|(_, robot)| robot).collect();
    for robot in robots {
        unnamed_versions(conn, robot)?;
    }
    Ok(forgotten)
}

/// See [`store::People::forget_sessions`].
pub(crate) fn sessions(conn: &Connection, unused_since: Timestamp, most: u32) -> CoreResult<u32> {
    some_of(
        conn,
        "DELETE FROM session WHERE id IN
           (SELECT id FROM session WHERE last_used_at <= ?1 LIMIT ?2)",
        unused_since,
        most,
    )
}

/// See [`store::People::forget_links`]. There are few of them, so that no index is worth its
/// place. Times in documents have one form, in which the earlier one is the lesser text; what is
/// damaged stays.
pub(crate) fn links(conn: &Connection, expired_before: Timestamp, most: u32) -> CoreResult<u32> {
    let links = ran_out(
        conn,
        "DELETE FROM link WHERE token_hash IN
           (SELECT token_hash FROM link WHERE iif(json_valid(body), body ->> 'expiresAt' <= ?1, 0)
            LIMIT ?2)",
        expired_before,
        most,
    )?;
    let invites = ran_out(
        conn,
        "DELETE FROM invite WHERE id IN
           (SELECT id FROM invite WHERE iif(json_valid(body), body ->> 'expiresAt' <= ?1, 0) LIMIT ?2)",
        expired_before,
        most,
    )?;
    Ok(links.saturating_add(invites))
}

/// See [`store::Pairings::forget_enrolments`]. As few as links.
pub(crate) fn enrolments(
    conn: &Connection,
    expired_before: Timestamp,
    most: u32,
) -> CoreResult<u32> {
    ran_out(
        conn,
        "DELETE FROM enrolment WHERE id IN
           (SELECT id FROM enrolment WHERE iif(json_valid(body), body ->> 'expiresAt' <= ?1, 0)
            LIMIT ?2)",
        expired_before,
        most,
    )
}

/// See [`store::Pairings::forget_pairings`].
pub(crate) fn pairings(conn: &Connection, expired_before: Timestamp, most: u32) -> CoreResult<u32> {
    some_of(
        conn,
        "DELETE FROM pairing WHERE id IN
           (SELECT id FROM pairing WHERE expires_at <= ?1 LIMIT ?2)",
        expired_before,
        most,
    )
}

fn some_of(conn: &Connection, sql: &str, before: Timestamp, most: u32) -> CoreResult<u32> {
    deleted(
        document::execute(conn, sql, params![before.as_millis(), most])?,
        most,
    )
}

fn ran_out(conn: &Connection, sql: &str, before: Timestamp, most: u32) -> CoreResult<u32> {
    deleted(
        document::execute(conn, sql, params![before.to_string(), most])?,
        most,
    )
}

fn deleted(deleted: usize, most: u32) -> CoreResult<u32> {
    // No more than `most`, which fits.
    Ok(u32::try_from(deleted).unwrap_or(most))
}

/// Deletes the versions of a deleted robot that no job names.
pub(crate) fn unnamed_versions(conn: &Connection, robot: &str) -> CoreResult<()> {
    document::execute(
        conn,
        "DELETE FROM robot_version
         WHERE robot_id = ?1
           AND (SELECT deleted_at FROM robot WHERE id = ?1) IS NOT NULL
           AND version NOT IN (SELECT robot_version FROM job WHERE robot_id = ?1)",
        params![robot],
    )?;
    Ok(())
}
