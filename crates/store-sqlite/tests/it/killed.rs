//! What was acknowledged is there after the process was killed in the midst of its commits.
//!
//! A killed process leaves to its system what it had written, synced or not: for most rounds a
//! file system in memory, which syncs at once, shows the same in a fraction of the time.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;

use store::conformance::crash::{is_kept, write_and_tell};
use store_sqlite::SqliteStore;

use crate::given::Folder;

const ROUNDS_ON_DISK: u64 = 20;
const ROUNDS_IN_MEMORY: u64 = 80;
/// A file system in memory, where there is one.
const IN_MEMORY: &str = "/dev/shm";
/// The child process finds its database and its round here.
const CHILD: &str = "ARKWRIGHT_TEST_CHILD_DATABASE";
const ROUND: &str = "ARKWRIGHT_TEST_CHILD_ROUND";

#[test]
fn what_was_acknowledged_is_there_after_a_kill() {
    attack(&Folder::new(), ROUNDS_ON_DISK);
}

#[test]
fn what_was_acknowledged_is_there_after_a_kill_in_memory() {
    attack(&Folder::below(IN_MEMORY.as_ref()), ROUNDS_IN_MEMORY);
}

fn attack(folder: &Folder, rounds: u64) {
    let mut told = Vec::new();
    for round in 1..=rounds {
        // Killed at another point each time.
        let enough = usize::try_from(20 + round * 37 % 150).unwrap();
        let lines = lines_until_killed(folder, round, enough);
        check(folder, &lines);
        told.extend(lines);
    }
    // What an earlier round acknowledged has survived all later ones.
    check(folder, &told);
    println!("{rounds} rounds, {} acknowledged writes", told.len());
    let least = usize::try_from(rounds * 80).unwrap();
    assert!(told.len() > least, "only {} were told", told.len());
}

/// Nothing by itself: the tests above start this test program again for it alone.
#[test]
fn the_child_that_is_killed() {
    let Some(database) = std::env::var_os(CHILD) else {
        return;
    };
    let round = std::env::var(ROUND).unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    let store = Arc::new(SqliteStore::open(database.as_ref()).unwrap());
    runtime.block_on(write_and_tell(store, round, |line| {
        // One write a line: a killed process leaves no half of one that counts.
        let _told = std::io::stdout().write_all(format!("told {line}\n").as_bytes());
    }));
}

fn lines_until_killed(folder: &Folder, round: u64, enough: usize) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["killed::the_child_that_is_killed", "--exact", "--nocapture"])
        .env(CHILD, folder.database())
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = Vec::new();
    let mut text = Vec::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    while output.read_until(b'\n', &mut text).unwrap() > 0 {
        let whole = text.ends_with(b"\n");
        let line = String::from_utf8(std::mem::take(&mut text)).unwrap();
        if let Some(line) = line.trim_end().strip_prefix("told ")
            && whole
        {
            lines.push(line.to_owned());
        }
        if lines.len() == enough {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(lines.len() >= enough, "the child ended early");
    lines
}

fn check(folder: &Folder, told: &[String]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let store = folder.open();
    runtime.block_on(async {
        for line in told {
            is_kept(store.as_ref(), line).await;
        }
    });
}
