//! What the rules of this crate promise, against strangers: arbitrary input,
//! and Robot Framework's own parser as the oracle.
#![expect(clippy::unwrap_used, reason = "tests end by panicking")]

mod any_input;
mod oracle;
mod same_as_robot_framework;
mod transition;
mod transition_table;
