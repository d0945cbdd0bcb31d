//! Backups: all that a server on SQLite keeps, as one file, and that file put back.
//!
//! A backup is a zip: `backup.json` says what it is, `arkwright.db` is the database as it was at
//! one moment, and `files/<digest>` are the artifacts and packages that it names. The database is
//! copied first, so that no row names a file that came later; a file that was deleted meanwhile is
//! told. The key for secrets is left out: whoever has a backup cannot read secrets with it.
//!
//! Whoever puts one back has lost the time since. What was open then may have been carried out, so
//! it is not started again unless its owner said that repeating is safe
//! (`model::transition::Command::Rewind`).
//!
//! Called by the short commands; everything here blocks.

mod manifest;
mod put_back;
mod streams;
mod write;

pub use manifest::Manifest;
pub use put_back::{PutBack, PutBackError, put_back};
pub use streams::digest_of;
pub use write::{BackupError, Made, make};
