//! Every message has an example file, which its Rust type reads and writes back unchanged.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests end by panicking")]

mod examples;
mod tolerance;
