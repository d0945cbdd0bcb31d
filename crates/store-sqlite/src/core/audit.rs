//! Who changed what.

use model::Timestamp;
use rusqlite::{Connection, params};
use store::audit::{AuditAsk, AuditEntry};

use super::{CoreResult, document};

/// See [`store::Audit::note_change`].
pub(crate) fn note_change(conn: &Connection, entry: &AuditEntry) -> CoreResult<()> {
    document::execute(
        conn,
        "INSERT INTO audit (id, at, user_id, action, body) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO NOTHING",
        params![
            entry.id.to_string(),
            entry.at.as_millis(),
            entry.user_id.to_string(),
            entry.action,
            document::write(entry)?
        ],
    )?;
    Ok(())
}

/// See [`store::Audit::audit_page`].
pub(crate) fn audit_page(conn: &Connection, ask: &AuditAsk) -> CoreResult<Vec<AuditEntry>> {
    let (after_at, after_id) = match &ask.after {
        Some((at, id)) => (at.as_millis(), id.to_string()),
        None => (i64::MAX, String::new()),
    };
    let from = ask.from.map_or(i64::MIN, Timestamp::as_millis);
    let to = ask.to.map_or(i64::MAX, Timestamp::as_millis);
    // Written out for each filter, so that each has its index.
    let filter = match (&ask.user, &ask.action) {
        (Some(_), _) => "user_id = ?6 AND (?7 IS NULL OR action = ?7)",
        (None, Some(_)) => "action = ?7 AND ?6 IS NULL",
        (None, None) => "?6 IS NULL AND ?7 IS NULL",
    };
    let sql = format!(
        "SELECT body FROM audit
         WHERE {filter} AND at >= ?1 AND at < ?2 AND (at, id) < (?3, ?4)
         ORDER BY at DESC, id DESC LIMIT ?5"
    );
    document::many(
        conn,
        "audit",
        &sql,
        params![
            from,
            to,
            after_at,
            after_id,
            ask.limit,
            ask.user.map(|user| user.to_string()),
            ask.action
        ],
    )
}
