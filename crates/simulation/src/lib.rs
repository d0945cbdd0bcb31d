//! Many agents, pages and servers on simulated time, network, disks and robots, over the real
//! minds of agents, sessions, rules, wire JSON and SQL.
//!
//! A seed is a list of faults ([`Fault`], drawn before anything happens) and a dice for everything
//! else. [`run`] plays robots while what the list says goes wrong; then everything is healed and
//! must come to its end. One thread, one queue: the same seed is the same history, byte for byte.
//! [`shrink()`] leaves faults out as long as the same promise breaks.
//!
//! Called by `cargo xtask simulate`, by the tests of this crate and by whoever must show that a
//! mistake is found ([`find`]). [`rules`] is the inside of a server for the tests of `dispatch` and
//! `sessions`.
//!
//! Not here: sockets, threads, real disks and real processes; `testkit` and `e2e` have those.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what is built for tests ends by panicking"
)]

mod clocks;
mod computer;
mod dice;
mod disk;
mod ending;
mod faults;
mod hands;
mod hints;
mod line;
mod network;
mod node;
mod page;
mod plan;
mod promises;
mod record;
pub mod rules;
mod shrink;
mod tasks;
mod testimony;
mod verdict;
mod words;
mod workspace;
mod world;

pub use plan::{Fault, Kind};
pub use record::Keeps;
pub use shrink::shrink;
pub use verdict::{Broken, Figures, Found, Options, Verdict, find, plan, run};
