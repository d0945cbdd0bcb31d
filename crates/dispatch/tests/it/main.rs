//! What the verbs promise, on the real store in memory.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests end by panicking")]

mod cancel;
mod lost_answers;
mod pairing;
mod play;
mod sweep;
mod waiting;

use simulation::rules as world;
