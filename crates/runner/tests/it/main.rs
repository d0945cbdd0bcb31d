//! Attempts with a real Robot Framework, real environments and real process trees.
//!
//! All tests share one data folder below `target/`, so that the environment is built once; each
//! has a workspace of its own.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what a test does not expect ends it"
)]

mod ends;
mod harness;
mod lives;
mod resists;
mod says;
