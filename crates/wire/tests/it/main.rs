//! Every message has an example file, which its Rust type reads and writes back unchanged.

mod examples;
mod tolerance;
