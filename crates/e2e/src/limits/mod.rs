//! An agent at its limits, with real programs: as many lines, jobs and failures of its disk as it
//! must stand, and what it needs for that. The tests in `tests/it/limits.rs` run the small sizes,
//! the program `limits` the full ones.

mod gauge;
mod long_log;
mod many_jobs;

pub use gauge::{Files, Use};
pub use long_log::{LongLog, long_log};
pub use many_jobs::{ManyJobs, many_jobs};

/// Limits that a computer which is busy with nothing but this keeps.
const LIMITS: [(&str, u64); 3] = [
    ("renew_ms", 1_000),
    ("silent_ms", 10_000),
    ("offer_ms", 60_000),
];
