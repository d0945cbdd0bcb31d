//! The agent's mind: scripted scenarios on its own, and random schedules against the real sessions.
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
mod world;
