//! The store on SQLite as its users meet it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bounded;
mod conformance;
mod faulty;
mod files;
mod given;
mod killed;
mod untouched;
mod upgrade;
