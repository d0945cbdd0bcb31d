//! What the person who keeps a server does with its database as a whole: copy it while it is in
//! use, look through it, and let a copy take the place of what was lost.
//!
//! Called by the short commands of the server, never by the server itself. Each opens the file for
//! itself and closes it again.

use std::collections::BTreeMap;
use std::path::Path;

use model::transition::Command;
use model::{Job, JobId, Sha256, Status, Timestamp};
use rusqlite::Connection;
use store::StoreResult;

use crate::core::document::{count, texts, try_read};
use crate::core::{CoreError, CoreResult, jobs};
use crate::open::{self, OpenError};
use crate::readers::in_one_state;
use crate::writer::write_alone;

/// How many findings of SQLite are told at most.
const MOST_FINDINGS: usize = 20;
/// Tables whose `body` is a document, and what one of it is called.
const DOCUMENTS: [(&str, &str); 10] = [
    ("user", "user"),
    ("robot", "robot"),
    ("agent", "agent"),
    ("job", "job"),
    ("artifact", "artifact"),
    ("session", "session"),
    ("token", "API token"),
    ("enrolment", "enrolment token"),
    ("invite", "invite"),
    ("audit", "row of the audit"),
];

/// A database that is looked at, copied or put back as a whole.
pub struct Keeping {
    conn: Connection,
}

/// What became of the jobs that were open when the copy was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rewound {
    /// They ended as failed: whether they were carried out since cannot be known.
    pub ended: u64,
    /// They wait again: their owners said that repeating is safe.
    pub waiting: u64,
}

impl Keeping {
    /// Opens an existing database, beside a server that may be running.
    ///
    /// # Errors
    /// As [`crate::SqliteStore::open_beside`].
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Ok(Self {
            conn: open::beside(path)?,
        })
    }

    /// Opens a database that no server uses, and brings it up to date.
    ///
    /// # Errors
    /// As [`crate::SqliteStore::open`].
    pub fn bring_up_to_date(path: &Path) -> Result<Self, OpenError> {
        Ok(Self {
            conn: open::for_server(path)?,
        })
    }

    /// Leaves one file, with nothing beside it.
    ///
    /// # Errors
    /// The disk's.
    pub fn close(self) -> StoreResult<()> {
        let closed = self.conn.close();
        closed.map_err(|(_, error)| CoreError::from(error).not_done())
    }

    /// Writes all of it, as it is at one moment, into a new file. Writers are not held up.
    ///
    /// # Errors
    /// The disk's; what was written so far is left to the caller.
    pub fn copy_to(&self, to: &Path) -> StoreResult<()> {
        let to = to.to_string_lossy().into_owned();
        let copied = self.conn.execute("VACUUM INTO ?1", [to]);
        copied
            .map(drop)
            .map_err(|error| CoreError::from(error).not_done())
    }

    /// What is wrong with it, in sentences. It reads everything.
    ///
    /// # Errors
    /// It cannot be read at all.
    pub fn findings(&self) -> StoreResult<Vec<String>> {
        in_one_state(&self.conn, |conn| {
            let check = format!("PRAGMA integrity_check({MOST_FINDINGS})");
            let mut found = texts(conn, &check, [])?;
            found.retain(|line| line != "ok");
            for (table, what) in DOCUMENTS {
                let sql = format!("SELECT rowid || '' FROM \"{table}\" WHERE NOT json_valid(body)");
                let rows = texts(conn, &sql, [])?;
                found.extend(
                    rows.iter()
                        .map(|row| format!("{what} in row {row} is damaged")),
                );
            }
            let unreadable = unreadable_jobs(conn)?;
            if unreadable > 0 {
                found.push(format!("{unreadable} jobs cannot be read"));
            }
            Ok(found)
        })
    }

    /// How many rows there are of what people know.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn counts(&self) -> StoreResult<BTreeMap<&'static str, u64>> {
        in_one_state(&self.conn, |conn| {
            let of = |table: &'static str| {
                let sql = format!("SELECT count(*) FROM \"{table}\"");
                let rows = conn.query_row(&sql, [], |row| row.get(0))?;
                Ok((table, count(rows)))
            };
            let tables = ["user", "robot", "agent", "job", "event_batch", "artifact"];
            tables.into_iter().map(of).collect()
        })
    }

    /// The digests of all files that it names: artifacts and packages.
    ///
    /// # Errors
    /// It cannot be read, or names something that is no digest.
    pub fn files(&self) -> StoreResult<Vec<Sha256>> {
        in_one_state(&self.conn, |conn| {
            let digests = texts(
                conn,
                "SELECT sha256 FROM artifact UNION
                 SELECT sha256 FROM robot_version
                 WHERE json_extract(content, '$.is') = 'package' ORDER BY 1",
                [],
            )?;
            digests.iter().map(|text| digest(text)).collect()
        })
    }

    /// Settles what was open when this copy was made: see [`Command::Rewind`]. All or nothing.
    ///
    /// # Errors
    /// It cannot be written; then nothing was changed.
    pub fn rewind(&self, now: Timestamp) -> StoreResult<Rewound> {
        write_alone(&self.conn, move |conn| {
            let mut rewound = Rewound::default();
            for id in open_jobs(conn)? {
                if let store::jobs::JobAnswer::Changed { job, .. } =
                    jobs::change(conn, id, Command::Rewind, None, now)?
                {
                    if job.status() == Status::Waiting {
                        rewound.waiting += 1;
                    } else {
                        rewound.ended += 1;
                    }
                }
            }
            Ok(rewound)
        })
    }
}

/// How many jobs are JSON and yet no jobs. One is read after the other: there may be millions.
fn unreadable_jobs(conn: &Connection) -> CoreResult<u64> {
    let mut statement = conn.prepare("SELECT body FROM job WHERE json_valid(body)")?;
    let mut rows = statement.query([])?;
    let mut unreadable = 0;
    while let Some(row) = rows.next()? {
        let text: String = row.get(0)?;
        if try_read::<Job>("job", &text).is_none() {
            unreadable += 1;
        }
    }
    Ok(unreadable)
}

fn open_jobs(conn: &Connection) -> CoreResult<Vec<JobId>> {
    let ids = texts(
        conn,
        "SELECT id FROM job WHERE status IN ('waiting', 'executing') ORDER BY id",
        [],
    )?;
    let parse = |text: &String| {
        text.parse()
            .map_err(|error| crate::core::document::damaged("job", text, error))
    };
    ids.iter().map(parse).collect()
}

fn digest(text: &str) -> CoreResult<Sha256> {
    text.parse()
        .map_err(|error| crate::core::document::damaged("digest", text, error))
}
