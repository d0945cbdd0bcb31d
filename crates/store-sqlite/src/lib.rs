//! The store on SQLite.
//!
//! `core` holds all SQL as plain functions; `writer` carries out what changes something, many
//! commands in one transaction; `readers` answers the rest beside it; `open` looks at a file
//! before it is used, `log_file` at its log; `keeping` copies a whole database and puts it back. [`SqliteStore`] puts them
//! behind the traits of the `store` crate.
//!
//! A write that was answered is on the disk (write-ahead log, `synchronous=FULL`). Time and ids
//! come from the callers; nothing here reads a clock.

mod core;
mod keeping;
mod log_file;
mod open;
mod readers;
mod sqlite_store;
mod verbs;
mod writer;

pub use keeping::{Keeping, Rewound};
pub use open::OpenError;
pub use sqlite_store::SqliteStore;
