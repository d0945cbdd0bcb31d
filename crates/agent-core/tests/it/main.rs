//! The agent's mind: scripted scenarios on its own; the simulation runs it against the real sessions.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests end by panicking"
)]

mod cancelling;
mod connection;
mod finishing;
mod log;
mod restarting;
mod script;
mod starting;
