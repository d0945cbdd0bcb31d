//! The installation and the servers that run on it.

use model::{ObjectId, Timestamp};
use rusqlite::{Connection, params};

use super::{CoreResult, document};

/// A server that has not been heard of for so long left no trace that matters: a week.
const FORGET_AFTER_MS: i64 = 7 * 24 * 3_600_000;

/// See [`store::Node::installation`].
pub(crate) fn installation(conn: &Connection, fresh: ObjectId) -> CoreResult<ObjectId> {
    document::execute(
        conn,
        "INSERT OR IGNORE INTO installation (only_one, id) VALUES (1, ?1)",
        params![fresh.to_string()],
    )?;
    let id = document::text(conn, "SELECT id FROM installation", [])?.unwrap_or_default();
    id.parse()
        .map_err(|error| document::damaged("installation", &id, error))
}

/// See [`store::Node::node_alive`].
pub(crate) fn alive(
    conn: &Connection,
    node: ObjectId,
    listening_since: Timestamp,
    now: Timestamp,
) -> CoreResult<()> {
    document::execute(
        conn,
        "INSERT INTO node (id, listening_since, alive_at) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET listening_since = excluded.listening_since,
                                   alive_at = excluded.alive_at",
        params![
            node.to_string(),
            listening_since.as_millis(),
            now.as_millis()
        ],
    )?;
    let long_ago = now.as_millis().saturating_sub(FORGET_AFTER_MS);
    document::execute(
        conn,
        "DELETE FROM node WHERE alive_at < ?1",
        params![long_ago],
    )?;
    Ok(())
}

/// See [`store::Node::listening_since`].
pub(crate) fn listening_since(
    conn: &Connection,
    alive_after: Timestamp,
) -> CoreResult<Option<Timestamp>> {
    let found = document::number(
        conn,
        "SELECT max(listening_since) FROM node WHERE alive_at >= ?1",
        params![alive_after.as_millis()],
    )?;
    Ok(found.map(Timestamp::from_millis))
}

/// See [`store::Node::ping`]: asked of the writing thread, whose answer is the one that counts.
pub(crate) fn ping(conn: &Connection) -> CoreResult<()> {
    document::number(conn, "SELECT 1", [])?;
    Ok(())
}
