//! The server as its clients see it: a real one on a free port, real requests, the official
//! Socket.IO client.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

mod artifacts;
mod backups;
mod bad_input;
mod browser;
mod contract;
mod damaged;
mod described;
mod disk;
mod harness;
mod pairing;
mod people;
mod processes;
mod robots;
mod scopes;
mod slow_reader;
mod store_faults;
