//! The binary `arkwright-agent`.
fn main() {}
