//! What a connection may do, message by message, on the real store in memory.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests end by panicking")]

mod agent_rules;
mod any_schedule;
mod page;
mod peers;
mod shortest_traces;
mod watching;

use simulation::rules as world;
