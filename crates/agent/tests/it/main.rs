//! The agent's hands, with real supervisors.

#![expect(clippy::panic, clippy::unwrap_used, reason = "tests fail by panicking")]

mod packages;
mod robots;
