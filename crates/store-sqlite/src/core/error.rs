//! Why a verb could not be answered, before it is known what became of its transaction.

use rusqlite::ErrorCode;
use store::StoreError;

/// A verb that could not be answered.
#[derive(Debug)]
pub(crate) enum CoreError {
    /// SQLite refused.
    Sql(rusqlite::Error),
    /// A stored document cannot be read.
    Store(StoreError),
}

/// An answer of a verb.
pub(crate) type CoreResult<T> = Result<T, CoreError>;

impl From<rusqlite::Error> for CoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for CoreError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl CoreError {
    /// The store's error for a verb whose transaction was rolled back.
    pub(crate) fn not_done(self) -> StoreError {
        match self {
            Self::Store(error) => error,
            Self::Sql(error) => not_done(&error),
        }
    }
}

/// The store's error for a statement that surely changed nothing.
pub(crate) fn not_done(error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt {
            document: "database".to_owned(),
            reason: error.to_string(),
        },
        _ => StoreError::Unavailable(describe(error)),
    }
}

/// What went wrong, in words for the person who runs the server.
pub(crate) fn describe(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full".to_owned(),
        Some(ErrorCode::ReadOnly) => "the database cannot be written to".to_owned(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another process holds the database".to_owned()
        }
        _ => error.to_string(),
    }
}
