//! Data folders that must not be served: the program says why and what to do, and every file stays
//! as it was, byte for byte. Each was left by a server that was killed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use sha2::Digest;
use tempfile::TempDir;

use crate::processes::{Server, create_owner, refuse};

/// What happens to a data folder.
type Harm = fn(&Path);

#[tokio::test]
async fn a_damaged_folder_is_refused_with_a_reason_and_a_hint_and_untouched() {
    let cases: [(Harm, &str); 6] = [
        (
            |data| overwrite(data, "arkwright.db", 0, &[0xA5; 64]),
            "is not a database",
        ),
        (
            |data| overwrite(data, "arkwright.db", 10 * 4_096, &[0xA5; 4_096]),
            "is damaged",
        ),
        (|data| cut(data, "arkwright.db", 3 * 4_096), "is damaged"),
        (
            |data| overwrite(data, "arkwright.db-wal", 32 + 500, &[0xA5; 64]),
            "arkwright.db-wal` is damaged",
        ),
        (
            |data| sql(data, "PRAGMA user_version = 99"),
            "was written by a newer version (schema 99",
        ),
        (
            |data| sql(data, "DROP TABLE audit"),
            "stands between two versions",
        ),
    ];
    let left = left_by_a_killed_server();
    for (harm, said) in cases {
        let folder = copied(left.path());
        harm(folder.path());
        let before = files(folder.path());
        let text = refuse(folder.path(), &[], 1, said).await;
        let what_to_do = ["backup", "hint: ", "install that version"];
        assert!(what_to_do.iter().any(|word| text.contains(word)), "{text}");
        assert_eq!(files(folder.path()), before, "{text}");
    }
}

#[tokio::test]
async fn what_a_killed_server_leaves_is_served_again() {
    let left = left_by_a_killed_server();
    let folder = copied(left.path());
    let log = folder.path().join("arkwright.db-wal");
    let mut torn = fs::read(&log).unwrap();
    torn.extend([0xA5; 3_000]);
    fs::write(&log, torn).unwrap();
    fs::write(folder.path().join("has-account"), "").unwrap();
    // With its account: no setup link is told.
    assert!(Server::start(folder.path()).setup_link.is_none());
}

/// A data folder with an account, whose server was killed.
fn left_by_a_killed_server() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    // Closed once, so that the file holds its tables, and then killed, so that its log holds more.
    let mut server = Server::start(folder.path());
    server.signal(nix::sys::signal::Signal::SIGTERM);
    assert!(server.child.wait().unwrap().success());
    let _server = Server::start(folder.path());
    for n in 0..4 {
        let made = create_owner(folder.path(), &format!("anna{n}@example.org"));
        assert!(made.status.success());
    }
    folder
}

fn copied(from: &Path) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let done = Command::new("cp")
        .arg("-r")
        .arg(from.join("."))
        .arg(folder.path())
        .status();
    assert!(done.unwrap().success());
    folder
}

/// The digest of each file but the index of the log, which SQLite makes anew as it likes.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut digests = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() || name.ends_with("-shm") {
            continue;
        }
        let digest = sha2::Sha256::digest(fs::read(&path).unwrap());
        digests.insert(name, format!("{digest:x?}"));
    }
    digests
}

fn overwrite(data: &Path, name: &str, at: usize, with: &[u8]) {
    let mut bytes = fs::read(data.join(name)).unwrap();
    bytes[at..at + with.len()].copy_from_slice(with);
    fs::write(data.join(name), bytes).unwrap();
}

fn cut(data: &Path, name: &str, length: usize) {
    let mut bytes = fs::read(data.join(name)).unwrap();
    assert!(length < bytes.len());
    bytes.truncate(length);
    fs::write(data.join(name), bytes).unwrap();
}

/// Changes a database, which is then closed.
fn sql(data: &Path, sql: &str) {
    let file = rusqlite::Connection::open(data.join("arkwright.db")).unwrap();
    file.execute_batch(sql).unwrap();
}
