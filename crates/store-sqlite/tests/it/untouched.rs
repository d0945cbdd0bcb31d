//! Databases that must not be used: refused by the server and by short commands, in words, and
//! every file beside them stays as it was, byte for byte. What a crash leaves behind is none of
//! them.
//!
//! Each is tried as it lies there when it was closed, and as a killed process leaves it. The index
//! of the log (`-shm`) is no part of it: SQLite makes it anew whenever it likes.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use store::Store;
use store::conformance::crash::{is_kept, sample};
use store_sqlite::{OpenError, SqliteStore};

use crate::given::Folder;

const PAGE: usize = 4_096;
const FRAME: usize = 24 + PAGE;

/// What happens to a database.
type Harm = fn(&Path);

#[tokio::test]
async fn a_damaged_database_is_refused_in_words_and_untouched() {
    let cases: [(&str, Harm, &str); 5] = [
        (
            "its name",
            |file| overwrite(file, 0, &[0xA5; 16]),
            "is not a database",
        ),
        (
            "its page size",
            |file| overwrite(file, 16, &[3, 7]),
            "is not a database",
        ),
        (
            "pages in the middle",
            |file| overwrite(file, 8 * PAGE, &[0xA5; 8 * PAGE]),
            "is damaged",
        ),
        (
            "cut after three pages",
            |file| cut(file, 3 * PAGE),
            "is damaged",
        ),
        (
            "cut within a page",
            |file| cut(file, 20 * PAGE + 100),
            "is damaged",
        ),
    ];
    for (what, harm, said) in cases {
        let folder = closed().await;
        harm(&folder.database());
        is_refused(&folder, what, said);
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_and_untouched() {
    for folder in [closed().await, killed().await] {
        let file = Connection::open(folder.database()).unwrap();
        file.pragma_update(None, "user_version", 99).unwrap();
        let folder = copied(&folder);
        drop(file);
        is_refused(
            &folder,
            "newer",
            "was written by a newer version (schema 99",
        );
    }
}

#[tokio::test]
async fn a_database_between_two_versions_is_refused_and_untouched() {
    let cases = [
        ("a table is missing", "DROP TABLE audit", "audit"),
        ("an index is missing", "DROP INDEX job_free", "job_free"),
        (
            "a table has one column more",
            "ALTER TABLE node ADD COLUMN more TEXT",
            "node",
        ),
        (
            "the number is behind its tables",
            "PRAGMA user_version = 1",
            "audit",
        ),
    ];
    for (what, sql, object) in cases {
        for folder in [closed().await, killed().await] {
            let file = Connection::open(folder.database()).unwrap();
            file.execute_batch(sql).unwrap();
            let folder = copied(&folder);
            drop(file);
            let before = files(&folder);
            let refused = SqliteStore::open(&folder.database()).err().unwrap();
            let said = refused.to_string();
            assert!(
                matches!(refused, OpenError::HalfMigrated { .. }),
                "{what}: {said}"
            );
            assert!(
                said.contains("stands between two versions"),
                "{what}: {said}"
            );
            assert!(said.contains(&format!("`{object}")), "{what}: {said}");
            assert_eq!(files(&folder), before, "{what}");
        }
    }
}

#[tokio::test]
async fn a_log_that_lost_writes_in_its_middle_is_refused_and_untouched() {
    let cases: [(&str, Harm); 3] = [
        ("a frame in the middle", |log| {
            overwrite(log, 32 + 5 * FRAME + 700, &[0xA5; 64])
        }),
        ("a hole", |log| {
            overwrite(log, 32 + 4 * FRAME, &[0; 2 * FRAME])
        }),
        ("its head", |log| overwrite(log, 8, &[0xA5; 8])),
    ];
    for (what, harm) in cases {
        let folder = killed().await;
        harm(&log_of(&folder));
        let before = files(&folder);
        let refused = SqliteStore::open(&folder.database()).err().unwrap();
        let said = refused.to_string();
        assert!(
            said.contains("arkwright.db-wal` is damaged"),
            "{what}: {said}"
        );
        assert!(said.contains("restore a backup"), "{what}: {said}");
        assert_eq!(files(&folder), before, "{what}");
    }
}

/// What a crash leaves: the last transaction, which nobody was told of, in any state.
#[tokio::test]
async fn a_log_that_is_torn_at_its_end_is_opened_with_all_that_was_acknowledged() {
    let cases: [(&str, Harm); 5] = [
        ("nothing", |_| {}),
        ("half a frame more", |log| append(log, &[0xA5; FRAME / 2])),
        ("ten frames of nothing more", |log| {
            append(log, &[0; 10 * FRAME])
        }),
        ("half a head of a frame more", |log| append(log, &[1; 11])),
        (
            "the end of a transaction that was not written whole",
            |log| {
                let bytes = fs::read(log).unwrap();
                let last = bytes[bytes.len() - FRAME..].to_vec();
                append(log, &[0; FRAME]);
                append(log, &last);
            },
        ),
    ];
    for (what, harm) in cases {
        let (folder, told) = killed_with_lines().await;
        harm(&log_of(&folder));
        let store = Arc::new(SqliteStore::open(&folder.database()).unwrap());
        for line in &told {
            is_kept(store.as_ref(), line).await;
        }
        drop(store);
        assert!(!log_of(&folder).exists(), "{what}");
    }
    // Also in the midst of its last frame: what was written with it was never acknowledged.
    let (folder, _) = killed_with_lines().await;
    let length = usize::try_from(fs::metadata(log_of(&folder)).unwrap().len()).unwrap();
    cut(&log_of(&folder), length - 100);
    SqliteStore::open(&folder.database()).unwrap();
}

/// A database that was closed.
async fn closed() -> Folder {
    let folder = Folder::new();
    sample(folder.open()).await;
    assert_eq!(files(&folder).len(), 1);
    folder
}

/// A database as a killed process leaves it, with what was written last in its log alone.
async fn killed() -> Folder {
    killed_with_lines().await.0
}

async fn killed_with_lines() -> (Folder, Vec<String>) {
    let folder = Folder::new();
    let store: Arc<dyn Store> = folder.open();
    let told = sample(Arc::clone(&store)).await;
    let left = copied(&folder);
    assert!(fs::metadata(log_of(&left)).unwrap().len() > 20_000);
    (left, told)
}

/// The files as they are at this moment.
fn copied(folder: &Folder) -> Folder {
    let copy = Folder::new();
    for name in ["arkwright.db", "arkwright.db-wal"] {
        if folder.join(name).exists() {
            fs::copy(folder.join(name), copy.join(name)).unwrap();
        }
    }
    copy
}

fn is_refused(folder: &Folder, what: &str, expected: &str) {
    let before = files(folder);
    let refused = [
        SqliteStore::open(&folder.database()).err().unwrap(),
        SqliteStore::open_beside(&folder.database()).err().unwrap(),
    ];
    for error in refused {
        assert!(error.to_string().contains(expected), "{what}: {error}");
    }
    assert_eq!(files(folder), before, "{what}");
}

/// All files but the index of the log: their sizes and digests.
fn files(folder: &Folder) -> BTreeMap<String, (usize, u64)> {
    let entries = fs::read_dir(&**folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names = names.filter(|name| !name.ends_with("-shm"));
    let files = names.map(|name| {
        let bytes = fs::read(folder.join(&name)).unwrap();
        let mut digest = DefaultHasher::new();
        bytes.hash(&mut digest);
        (name, (bytes.len(), digest.finish()))
    });
    files.collect()
}

fn log_of(folder: &Folder) -> std::path::PathBuf {
    folder.join("arkwright.db-wal")
}

fn overwrite(file: &Path, at: usize, with: &[u8]) {
    let mut bytes = fs::read(file).unwrap();
    bytes[at..at + with.len()].copy_from_slice(with);
    fs::write(file, bytes).unwrap();
}

fn append(file: &Path, more: &[u8]) {
    let mut bytes = fs::read(file).unwrap();
    bytes.extend(more);
    fs::write(file, bytes).unwrap();
}

fn cut(file: &Path, length: usize) {
    let mut bytes = fs::read(file).unwrap();
    assert!(length < bytes.len(), "it is too short to be cut");
    bytes.truncate(length);
    fs::write(file, bytes).unwrap();
}
