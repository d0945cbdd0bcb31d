//! Opening a database file: what is looked at before anything is believed or changed.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use rusqlite_migration::{M, Migrations};
use thiserror::Error;

use crate::core::error::describe;
use crate::log_file;

/// `application_id` of our files, as set by the first migration.
const APPLICATION_ID: i32 = 0x4152_4b57;
/// Each step from one schema version to the next.
const STEPS: &[M<'static>] = &[
    M::up(include_str!("../migrations/0001.sql")),
    M::up(include_str!("../migrations/0002.sql")),
];
const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);
/// Files up to this size are read through once before they are used: a second at most.
const CHECKED_BYTES: u64 = 128 << 20;
/// How long a statement waits for another process that writes: a short command, or the server.
const BUSY: Duration = Duration::from_secs(5);
/// More statements than there are, so that each is prepared once.
const STATEMENTS: usize = 256;

/// Why a database was not opened. Nothing was changed.
#[derive(Debug, Error)]
pub enum OpenError {
    /// There is no file of that name.
    #[error("there is no database at `{path}`; start the server once, or name its data folder")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file or its folder cannot be made, read or written.
    #[error("`{path}` cannot be used")]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file or its folder may only be read.
    #[error("`{path}` and its folder must be writable for the user that runs the server")]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The disk is full.
    #[error("the disk is full: free some space for `{path}`, and start again")]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// The file is no SQLite database.
    #[error("`{path}` is not a database; move it away, or restore a backup in its place")]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is a database of another program.
    #[error("`{path}` is a database of another program; name another data folder")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file is damaged.
    #[error("`{path}` is damaged ({reason}); keep a copy of it, and restore a backup in its place")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The first thing that SQLite found.
        reason: String,
    },
    /// The file is neither of one version nor of another.
    #[error(
        "`{path}` stands between two versions (it says schema {found}, but `{object}` does not fit \
         that); restore a backup from before the update in its place"
    )]
    HalfMigrated {
        /// The file.
        path: PathBuf,
        /// The schema version that it names.
        found: i32,
        /// A table or index that is missing, different or too many.
        object: String,
    },
    /// A newer program has written the file.
    #[error(
        "`{path}` was written by a newer version (schema {found}, this program knows {known}); \
         install that version or a later one"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i32,
        /// Ours.
        known: i32,
    },
    /// An older program has written the file, and only the server brings it up to date.
    #[error(
        "`{path}` was written by an older version (schema {found}, this program needs {known}); \
         start the server once"
    )]
    Older {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i32,
        /// Ours.
        known: i32,
    },
    /// A step to the next schema version failed; the file is as it was.
    #[error("`{path}` could not be brought to the schema of this version")]
    Migration {
        /// The file.
        path: PathBuf,
        /// The step and why.
        source: rusqlite_migration::Error,
    },
    /// Anything else.
    #[error("`{path}` could not be opened: {reason}")]
    Other {
        /// The file.
        path: PathBuf,
        /// What SQLite or the operating system said.
        reason: String,
    },
}

/// The schema version that this program reads and writes.
pub(crate) fn known_version() -> i32 {
    i32::try_from(STEPS.len()).unwrap_or(i32::MAX)
}

/// The writing connection of the server: makes the file if there is none, and brings it up to
/// date.
pub(crate) fn for_server(path: &Path) -> Result<Connection, OpenError> {
    match fs::metadata(path) {
        Ok(found) if found.len() > 0 => {
            log_is_whole(path)?;
            let version = look(path, found.len())?;
            if version > known_version() {
                return Err(newer(path, version));
            }
            schema_fits(path, version)?;
        }
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => make(path)?,
        Err(source) => return Err(folder(path, source)),
    }
    let mut conn = writing(path)?;
    // What a crash has left at the end of the log goes, so that it is never taken for a part of it.
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .map_err(|error| failed(path, &error))?;
    migrate(&mut conn, path)?;
    Ok(conn)
}

/// The connection of a short command beside the server: the file must be there, with our schema.
pub(crate) fn beside(path: &Path) -> Result<Connection, OpenError> {
    let found = match fs::metadata(path) {
        Ok(found) if found.len() > 0 => found,
        Ok(_) => return Err(missing(path)),
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(missing(path)),
        Err(source) => return Err(folder(path, source)),
    };
    match look(path, found.len())? {
        version if version > known_version() => Err(newer(path, version)),
        version if version < known_version() => Err(OpenError::Older {
            path: path.to_owned(),
            found: version,
            known: known_version(),
        }),
        version => {
            schema_fits(path, version)?;
            writing(path)
        }
    }
}

/// A connection that only reads.
pub(crate) fn reading(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(|error| failed(path, &error))?;
    settle(&conn).map_err(|error| failed(path, &error))?;
    Ok(conn)
}

/// A connection that only reads, and makes no file beside a database without a log: nobody writes
/// to that one, for who does makes a log first.
fn looking(path: &Path) -> Result<Connection, OpenError> {
    let Some(name) = path.to_str().filter(|_| !log_of(path).exists()) else {
        return reading(path);
    };
    let name = name
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(format!("file:{name}?immutable=1"), flags)
        .map_err(|error| failed(path, &error))
}

/// Where the log of a database lies.
fn log_of(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

/// A database in memory, up to date.
pub(crate) fn in_memory() -> Result<Connection, OpenError> {
    let path = Path::new(":memory:");
    let mut conn = Connection::open_in_memory().map_err(|error| failed(path, &error))?;
    settle(&conn).map_err(|error| failed(path, &error))?;
    migrate(&mut conn, path)?;
    Ok(conn)
}

/// Looks at a file without changing it; answers its schema version.
fn look(path: &Path, size: u64) -> Result<i32, OpenError> {
    if path.is_dir() {
        return Err(OpenError::NotADatabase {
            path: path.to_owned(),
        });
    }
    let conn = looking(path)?;
    let said = |error: rusqlite::Error| failed(path, &error);
    let pragma = |name: &str| -> Result<i32, rusqlite::Error> {
        conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))
    };
    let version = pragma("user_version").map_err(said)?;
    let tables: i64 = conn
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(said)?;
    if tables > 0 && pragma("application_id").map_err(said)? != APPLICATION_ID {
        return Err(OpenError::Foreign {
            path: path.to_owned(),
        });
    }
    if size <= CHECKED_BYTES && version <= known_version() {
        let found: String = conn
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
            .map_err(said)?;
        if found != "ok" {
            return Err(OpenError::Damaged {
                path: path.to_owned(),
                reason: found,
            });
        }
    }
    Ok(version)
}

/// Refuses a log that has lost what it held. Looked at twice, because a short command may be
/// writing to it.
fn log_is_whole(path: &Path) -> Result<(), OpenError> {
    let log = log_of(path);
    let has_lost_writes = || {
        log_file::has_lost_writes(&log).map_err(|source| OpenError::Folder {
            path: log.clone(),
            source,
        })
    };
    if has_lost_writes()? && has_lost_writes()? {
        return Err(OpenError::Damaged {
            path: log,
            reason: "writes in the middle of the log are lost".to_owned(),
        });
    }
    Ok(())
}

/// Refuses a file whose tables are not those of its version. Tables of nobody's are left alone.
fn schema_fits(path: &Path, version: i32) -> Result<(), OpenError> {
    let said = |error: rusqlite::Error| failed(path, &error);
    let found = schema(&looking(path)?).map_err(said)?;
    let expected = schema_of(path, version)?;
    for name in schema_of(path, known_version())?
        .keys()
        .chain(expected.keys())
    {
        if found.get(name) != expected.get(name) {
            return Err(OpenError::HalfMigrated {
                path: path.to_owned(),
                found: version,
                object: name.clone(),
            });
        }
    }
    Ok(())
}

/// The tables and indexes of a version.
fn schema_of(path: &Path, version: i32) -> Result<BTreeMap<String, Option<String>>, OpenError> {
    let said = |error: rusqlite::Error| failed(path, &error);
    let mut conn = Connection::open_in_memory().map_err(said)?;
    let steps = usize::try_from(version).unwrap_or(0);
    MIGRATIONS
        .to_version(&mut conn, steps)
        .map_err(|source| OpenError::Migration {
            path: path.to_owned(),
            source,
        })?;
    schema(&conn).map_err(said)
}

/// What was made by whom: names, and the statements that made them.
fn schema(conn: &Connection) -> Result<BTreeMap<String, Option<String>>, rusqlite::Error> {
    let mut statement = conn.prepare("SELECT name, sql FROM sqlite_schema")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// Makes an empty file that only its owner can read, and the folder that it lies in.
fn make(path: &Path) -> Result<(), OpenError> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|source| folder(parent, source))?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(folder(path, source)),
    }
}

fn writing(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let said = |error: rusqlite::Error| failed(path, &error);
    let conn = Connection::open_with_flags(path, flags).map_err(said)?;
    settle(&conn).map_err(said)?;
    // Each commit is on the disk before it is answered, and readers never wait for the writer.
    conn.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))
        .map_err(said)?;
    conn.pragma_update(None, "synchronous", "FULL")
        .map_err(said)?;
    Ok(conn)
}

fn settle(conn: &Connection) -> Result<(), rusqlite::Error> {
    conn.busy_timeout(BUSY)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

fn migrate(conn: &mut Connection, path: &Path) -> Result<(), OpenError> {
    MIGRATIONS
        .to_latest(conn)
        .map_err(|source| OpenError::Migration {
            path: path.to_owned(),
            source,
        })
}

fn failed(path: &Path, error: &rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotADatabase { path },
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged {
            path,
            reason: error.to_string(),
        },
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            OpenError::ReadOnly { path }
        }
        Some(ErrorCode::DiskFull) => OpenError::Full { path },
        _ => OpenError::Other {
            path,
            reason: describe(error),
        },
    }
}

fn folder(path: &Path, source: std::io::Error) -> OpenError {
    OpenError::Folder {
        path: path.to_owned(),
        source,
    }
}

fn missing(path: &Path) -> OpenError {
    OpenError::Missing {
        path: path.to_owned(),
    }
}

fn newer(path: &Path, found: i32) -> OpenError {
    OpenError::Newer {
        path: path.to_owned(),
        found,
        known: known_version(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_of_the_schema_can_be_taken() {
        MIGRATIONS.validate().unwrap();
    }
}
