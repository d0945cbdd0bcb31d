//! Documents as JSON text, and numbers as SQLite knows them.

use std::fmt::Display;

use rusqlite::{Connection, OptionalExtension, Params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::StoreError;

use super::{CoreError, CoreResult};

/// The text of a document.
pub(crate) fn write<T: Serialize>(document: &T) -> CoreResult<String> {
    serde_json::to_string(document).map_err(|error| {
        CoreError::Store(StoreError::Unavailable(format!(
            "a document cannot be written as JSON: {error}"
        )))
    })
}

/// The document of that text; `kind` and `id` name it if it is damaged.
pub(crate) fn read<T: DeserializeOwned>(kind: &str, id: impl Display, text: &str) -> CoreResult<T> {
    serde_json::from_str(text).map_err(|error| damaged(kind, id, error))
}

/// The document of that text; it is named by the id inside it if it is damaged.
pub(crate) fn parse<T: DeserializeOwned>(kind: &str, text: &str) -> CoreResult<T> {
    serde_json::from_str(text).map_err(|error| damaged(kind, name_of(text), error))
}

/// The error that names a damaged document.
pub(crate) fn damaged(kind: &str, id: impl Display, reason: impl Display) -> CoreError {
    CoreError::Store(StoreError::Corrupt {
        document: format!("{kind} {id}"),
        reason: reason.to_string(),
    })
}

/// The document that `sql` selects as its one column.
pub(crate) fn one<T: DeserializeOwned>(
    conn: &Connection,
    kind: &str,
    sql: &str,
    params: impl Params,
) -> CoreResult<Option<T>> {
    let text = text(conn, sql, params)?;
    text.map(|text| parse(kind, &text)).transpose()
}

/// The documents that `sql` selects as its one column, in its order.
pub(crate) fn many<T: DeserializeOwned>(
    conn: &Connection,
    kind: &str,
    sql: &str,
    params: impl Params,
) -> CoreResult<Vec<T>> {
    let texts = texts(conn, sql, params)?;
    texts.iter().map(|text| parse(kind, text)).collect()
}

/// As [`many`], without those that are damaged: where one must not hold up all others.
pub(crate) fn readable<T: DeserializeOwned>(
    conn: &Connection,
    kind: &str,
    sql: &str,
    params: impl Params,
) -> CoreResult<Vec<T>> {
    let texts = texts(conn, sql, params)?;
    Ok(texts
        .iter()
        .filter_map(|text| try_read(kind, text))
        .collect())
}

/// The document of that text; one that is damaged is reported and left out.
pub(crate) fn try_read<T: DeserializeOwned>(kind: &str, text: &str) -> Option<T> {
    serde_json::from_str(text)
        .inspect_err(|error| {
            tracing::error!(kind, id = name_of(text), %error, "a document is damaged");
        })
        .ok()
}

/// The text that `sql` selects as its one column.
pub(crate) fn text(
    conn: &Connection,
    sql: &str,
    params: impl Params,
) -> CoreResult<Option<String>> {
    let mut statement = conn.prepare_cached(sql)?;
    Ok(statement.query_row(params, |row| row.get(0)).optional()?)
}

/// The texts that `sql` selects as its one column.
pub(crate) fn texts(conn: &Connection, sql: &str, params: impl Params) -> CoreResult<Vec<String>> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params, |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The number that `sql` selects as its one column.
pub(crate) fn number(conn: &Connection, sql: &str, params: impl Params) -> CoreResult<Option<i64>> {
    let mut statement = conn.prepare_cached(sql)?;
    let found: Option<Option<i64>> = statement.query_row(params, |row| row.get(0)).optional()?;
    Ok(found.flatten())
}

/// Carries out `sql`; answers how many rows it changed.
pub(crate) fn execute(conn: &Connection, sql: &str, params: impl Params) -> CoreResult<usize> {
    Ok(conn.prepare_cached(sql)?.execute(params)?)
}

/// A count as SQLite stores it. No count of ours comes near the largest one.
pub(crate) fn int(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count as SQLite stored it.
pub(crate) fn count(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or(0)
}

/// The id inside a damaged text, as far as it can be found.
fn name_of(text: &str) -> String {
    let after = text.split_once(r#""id":""#).map_or("", |(_, after)| after);
    after.chars().take_while(|c| *c != '"').take(24).collect()
}
