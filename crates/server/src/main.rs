//! The binary `arkwright`.
fn main() {}
