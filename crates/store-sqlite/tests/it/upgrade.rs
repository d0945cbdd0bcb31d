//! Databases of every schema version that was ever released, opened by this program.
//!
//! Each lies compressed in `tests/schema/`. A new version is added by running its
//! `this_version_is_written` with `ARKWRIGHT_TEST_WRITE_SCHEMA=1`; those that are there are never
//! written again once they were released.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::Connection;
use store::conformance::crash::{is_kept, sample};
use store_sqlite::SqliteStore;

use crate::given::Folder;

/// The version that this program writes.
const VERSION: u32 = 2;

#[tokio::test]
async fn every_older_database_is_brought_up_to_date() {
    let fresh = Folder::new();
    drop(fresh.open());
    for version in 1..=VERSION {
        let folder = Folder::new();
        let compressed = fs::read(file(version)).unwrap();
        let bytes = zstd::decode_all(compressed.as_slice()).unwrap();
        fs::write(folder.database(), bytes).unwrap();

        let store = folder.open();

        for line in fs::read_to_string(lines(version)).unwrap().lines() {
            is_kept(store.as_ref(), line).await;
        }
        drop(store);
        assert_eq!(schema(&folder), schema(&fresh), "version {version}");
    }
}

#[tokio::test]
async fn this_version_is_written() {
    if std::env::var_os("ARKWRIGHT_TEST_WRITE_SCHEMA").is_none() {
        return;
    }
    let folder = Folder::new();
    let store = Arc::new(SqliteStore::open(&folder.database()).unwrap());
    let told = sample(store.clone()).await;
    drop(store);
    let bytes = fs::read(folder.database()).unwrap();
    let compressed = zstd::encode_all(bytes.as_slice(), 19).unwrap();
    fs::write(file(VERSION), compressed).unwrap();
    fs::write(lines(VERSION), told.join("\n") + "\n").unwrap();
}

fn schema(folder: &Folder) -> Vec<(String, Option<String>)> {
    let conn = Connection::open(folder.database()).unwrap();
    let mut statement = conn
        .prepare("SELECT name, sql FROM sqlite_schema ORDER BY name")
        .unwrap();
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

fn file(version: u32) -> PathBuf {
    folder().join(format!("v{version}.db.zst"))
}

fn lines(version: u32) -> PathBuf {
    folder().join(format!("v{version}.lines"))
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/schema")
}
