//! [`SqliteStore`]: where the verbs are carried out.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;
use store::StoreResult;

use crate::core::CoreResult;
use crate::open::{self, OpenError};
use crate::readers::{Readers, in_one_state};
use crate::writer::{Writer, write_alone};

/// How many connections read.
const READERS: usize = 4;

/// The store on SQLite.
pub struct SqliteStore {
    runs: Runs,
}

/// Where verbs run.
enum Runs {
    /// Writes on a thread of their own, reads beside it.
    OnThreads {
        /// Dropped first: the last connection that closes tidies up the files.
        readers: Readers,
        writer: Writer,
    },
    /// Everything on the caller's thread, one verb after the other.
    Here(Mutex<Connection>),
}

impl SqliteStore {
    /// Opens the server's database, makes it if there is none, and brings it up to date. Reads
    /// need a tokio runtime.
    ///
    /// # Errors
    /// What is wrong with the file or its folder, and what to do; nothing was changed then.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let conn = open::for_server(path)?;
        let readers = (0..READERS)
            .map(|_| open::reading(path))
            .collect::<Result<_, _>>()?;
        let writer = Writer::start(conn).map_err(|error| OpenError::Other {
            path: path.to_owned(),
            reason: format!("no thread could be started: {error}"),
        })?;
        Ok(Self {
            runs: Runs::OnThreads {
                readers: Readers::new(readers),
                writer,
            },
        })
    }

    /// Opens an existing database beside a server that may be running, for a short command. Each
    /// verb is one transaction on the caller's thread.
    ///
    /// # Errors
    /// As [`SqliteStore::open`]; also if there is no database, or one of another schema version.
    pub fn open_beside(path: &Path) -> Result<Self, OpenError> {
        Ok(Self {
            runs: Runs::Here(Mutex::new(open::beside(path)?)),
        })
    }

    /// A store that lives and ends with this value, for simulations and tests: the same SQL, on
    /// the caller's thread, without a runtime; none of its futures ever waits.
    ///
    /// # Errors
    /// Hardly: when there is no memory.
    pub fn in_memory() -> Result<Self, OpenError> {
        Ok(Self {
            runs: Runs::Here(Mutex::new(open::in_memory()?)),
        })
    }

    pub(crate) async fn write<T, F>(&self, verb: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> CoreResult<T> + Send + 'static,
    {
        match &self.runs {
            Runs::OnThreads { writer, .. } => writer.write(verb).await,
            Runs::Here(conn) => {
                write_alone(&conn.lock().unwrap_or_else(PoisonError::into_inner), verb)
            }
        }
    }

    pub(crate) async fn read<T, F>(&self, verb: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> CoreResult<T> + Send + 'static,
    {
        match &self.runs {
            Runs::OnThreads { readers, .. } => readers.read(verb).await,
            Runs::Here(conn) => {
                in_one_state(&conn.lock().unwrap_or_else(PoisonError::into_inner), verb)
            }
        }
    }
}
