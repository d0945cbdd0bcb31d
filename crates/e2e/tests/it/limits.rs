//! An agent at its limits, in sizes that a person waits for; `cargo xtask limits` asks for more.

use e2e::limits::{long_log, many_jobs};

/// More than this is growth, and no cache that fills once.
const GROWTH_KIB: u64 = 16 * 1024;

#[tokio::test]
async fn a_long_log_that_waits_for_the_server_takes_disk_and_neither_memory_nor_files() {
    let told = long_log(50_000).await;

    eprintln!("{told}");
    assert!(told.spooled.memory_kib < told.before.memory_kib + 2 * GROWTH_KIB);
    assert!(told.delivered.memory_kib < told.before.memory_kib + 2 * GROWTH_KIB);
    let most = told.before.open_files + 8;
    assert!(told.spooled.open_files <= most && told.delivered.open_files <= most);
    assert!(told.spool.bytes > 4 << 20, "it was in the spool");
}

#[tokio::test]
async fn many_short_jobs_leave_nothing_behind() {
    let told = many_jobs(120).await;

    eprintln!("{told}");
    let (before, after) = told.agent;
    assert!(after.memory_kib < before.memory_kib + GROWTH_KIB);
    assert!(after.open_files <= before.open_files + 2);
    assert_eq!(told.files.0.count, told.files.1.count);
    assert_eq!(told.processes.0, told.processes.1);
}
