//! Files that are opened: good, foreign, damaged, newer, older, missing.

use std::fs;
use std::path::Path;

use model::{Name, ObjectId, Role, Timestamp, UserId};
use rusqlite::Connection;
use store::People as _;
use store::StoreError;
use store::conformance::crash::sample;
use store::jobs::DueQuery;
use store::people::{User, UserCreated};
use store_sqlite::{OpenError, SqliteStore};

use crate::given::Folder;

#[tokio::test]
async fn a_closed_store_is_found_as_it_was() {
    let folder = Folder::new();
    let store = folder.open();
    let user = anna();
    store.create_user(user.clone()).await.unwrap();
    drop(store);
    let files: Vec<_> = fs::read_dir(&*folder).unwrap().collect();
    assert_eq!(files.len(), 1, "the log was not tidied up: {files:?}");
    let found = folder.open().user(user.id).await.unwrap();
    assert_eq!(found, Some(user));
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let _store = folder.open();
    for entry in fs::read_dir(&*folder).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn a_short_command_writes_beside_the_server() {
    let folder = Folder::new();
    let server = folder.open();
    let beside = SqliteStore::open_beside(&folder.database()).unwrap();
    let user = anna();
    let created = beside.create_user(user.clone()).await.unwrap();
    assert_eq!(created, UserCreated::Created(user.clone()));
    assert_eq!(server.user(user.id).await.unwrap(), Some(user.clone()));
    drop(beside);
    let taken = server.create_user(User {
        id: UserId(ObjectId::from_bytes([2; 12])),
        ..user.clone()
    });
    assert_eq!(taken.await.unwrap(), UserCreated::EmailTaken(user));
}

#[test]
fn a_short_command_makes_no_database() {
    let folder = Folder::new();
    let missing = SqliteStore::open_beside(&folder.database());
    assert!(matches!(missing, Err(OpenError::Missing { .. })));
    fs::write(folder.database(), "").unwrap();
    let empty = SqliteStore::open_beside(&folder.database());
    assert!(matches!(empty, Err(OpenError::Missing { .. })));
    assert!(fs::read(folder.database()).unwrap().is_empty());
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let folder = Folder::new();
    let text = "these are the minutes of a meeting ".repeat(1_000);
    fs::write(folder.database(), &text).unwrap();
    let refused = refusals(&folder.database());
    for error in refused {
        assert!(matches!(error, OpenError::NotADatabase { .. }), "{error}");
    }
    assert_eq!(fs::read_to_string(folder.database()).unwrap(), text);
}

#[test]
fn a_folder_in_its_place_is_no_database() {
    let folder = Folder::new();
    fs::create_dir(folder.database()).unwrap();
    for error in refusals(&folder.database()) {
        assert!(matches!(error, OpenError::NotADatabase { .. }), "{error}");
    }
}

#[test]
fn a_database_of_another_program_is_left_alone() {
    let folder = Folder::new();
    let other = Connection::open(folder.database()).unwrap();
    other.execute_batch("CREATE TABLE song (id)").unwrap();
    drop(other);
    let before = fs::read(folder.database()).unwrap();
    for error in refusals(&folder.database()) {
        assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
    }
    assert_eq!(fs::read(folder.database()).unwrap(), before);
}

#[test]
fn a_damaged_database_is_left_alone() {
    let folder = Folder::new();
    drop(folder.open());
    let mut bytes = fs::read(folder.database()).unwrap();
    let end = bytes.len();
    bytes[8 * 4096..end].fill(0xA5);
    fs::write(folder.database(), &bytes).unwrap();
    for error in refusals(&folder.database()) {
        assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains("restore a backup"), "{error}");
    }
    assert_eq!(fs::read(folder.database()).unwrap(), bytes);
    bytes.truncate(3 * 4096);
    fs::write(folder.database(), &bytes).unwrap();
    for error in refusals(&folder.database()) {
        assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    }
}

#[test]
fn a_newer_database_is_left_alone() {
    let folder = Folder::new();
    set_version(&folder, 99);
    let before = fs::read(folder.database()).unwrap();
    for error in refusals(&folder.database()) {
        assert!(
            matches!(error, OpenError::Newer { found: 99, .. }),
            "{error}"
        );
    }
    assert_eq!(fs::read(folder.database()).unwrap(), before);
}

#[test]
fn a_short_command_does_not_bring_an_older_database_up_to_date() {
    let folder = Folder::new();
    set_version(&folder, 0);
    let before = fs::read(folder.database()).unwrap();
    let refused = SqliteStore::open_beside(&folder.database()).err().unwrap();
    assert!(
        matches!(refused, OpenError::Older { found: 0, .. }),
        "{refused}"
    );
    assert_eq!(fs::read(folder.database()).unwrap(), before);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = Folder::new();
    fs::write(folder.join("file"), "").unwrap();
    let refused = SqliteStore::open(&folder.join("file/data/arkwright.db"));
    let refused = refused.err().unwrap();
    assert!(matches!(refused, OpenError::Folder { .. }), "{refused}");
}

#[tokio::test]
async fn a_damaged_document_is_named() {
    let folder = Folder::new();
    let store = folder.open();
    let user = anna();
    store.create_user(user.clone()).await.unwrap();
    let other = Connection::open(folder.database()).unwrap();
    let sql = "UPDATE user SET body = replace(body, '\"role\":\"owner\"', '\"role\":7')";
    assert_eq!(other.execute(sql, []).unwrap(), 1);
    match store.user(user.id).await {
        Err(StoreError::Corrupt { document, .. }) => {
            assert_eq!(document, format!("user {}", user.id));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_damaged_job_does_not_hold_up_the_sweep() {
    let folder = Folder::new();
    let store = folder.open();
    sample(folder.open()).await;
    let other = Connection::open(folder.database()).unwrap();
    let sql = "UPDATE job SET body = '{', holder = 'x', offer_until = 1 WHERE number = 1";
    assert_eq!(other.execute(sql, []).unwrap(), 1);
    let sql = "UPDATE job SET offer_until = 2 WHERE number = 2";
    assert_eq!(other.execute(sql, []).unwrap(), 1);
    let now = Timestamp::from_millis(10);
    let query = DueQuery {
        now,
        heard_before: now,
        told_before: now,
    };
    assert_eq!(store.due(query, 10).await.unwrap(), []);
}

/// The errors of the server and of a short command.
fn refusals(path: &Path) -> [OpenError; 2] {
    [
        SqliteStore::open(path).err().unwrap(),
        SqliteStore::open_beside(path).err().unwrap(),
    ]
}

fn set_version(folder: &Folder, version: i32) {
    drop(folder.open());
    let other = Connection::open(folder.database()).unwrap();
    other.pragma_update(None, "user_version", version).unwrap();
}

fn anna() -> User {
    User {
        id: UserId(ObjectId::from_bytes([1; 12])),
        name: Name::parse("Anna").unwrap(),
        email: "anna@example.org".to_owned(),
        password: "$argon2id$".to_owned(),
        role: Role::Owner,
        settings: serde_json::Map::new(),
        created_at: Timestamp::from_millis(1_700_000_000_000),
        disabled: false,
    }
}
