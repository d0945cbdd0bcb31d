//! Backups: made while the server works, whole or refused, put back so that nothing runs twice.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use model::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use server::backup::{self, PutBackError};
use server::data_folder::DataFolder;
use store_sqlite::Keeping;

use crate::artifacts::{confirmed, put};
use crate::harness::{Person, ROBOT, TestServer};

const NOW: Timestamp = Timestamp::from_millis(1_900_000_000_000);

fn data_of(server: &TestServer) -> DataFolder {
    DataFolder::new(server.app.config.data.clone())
}

async fn repeatable(anna: &Person<'_>, name: &str) -> String {
    let robot = anna.robot(name, ROBOT).await;
    let settings = json!({"settings": {"repeatable": true}});
    let request = anna.ask(Method::PATCH, &format!("/robots/{robot}"));
    let patched = request.json(&settings).send().await.unwrap();
    assert!(patched.status().is_success());
    robot
}

async fn play(anna: &Person<'_>, robot: &str) -> String {
    let played = json!({"robotId": robot, "parameters": []});
    let job = anna.post("/jobs", played).await;
    job["id"].as_str().unwrap().to_owned()
}

/// A server with an executing job that has left a file, and two that wait; and its backup.
struct Made {
    _folder: tempfile::TempDir,
    backup: PathBuf,
    restored: PathBuf,
    executing: String,
    waiting: String,
    waiting_repeatable: String,
    cookie: String,
    user: model::UserId,
}

/// The entries of a zip.
type Entries = BTreeMap<String, Vec<u8>>;

const LEFT: &[u8] = b"what the robot left behind";

async fn made() -> Made {
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    let agent = anna.agent().await;
    let executing = confirmed(&anna, &agent).await;
    let place = format!("{executing}/1/artifacts/left.txt");
    let stored = put(&server, &agent, &place, LEFT).send().await.unwrap();
    assert_eq!(stored.status(), 201);
    let once = anna.robot("Once", ROBOT).await;
    let waiting = play(&anna, &once).await;
    let again = repeatable(&anna, "Again").await;
    let waiting_repeatable = play(&anna, &again).await;

    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup.zip");
    let made = backup::make(&data_of(&server), &backup, NOW).unwrap();
    assert_eq!((made.manifest.files, made.missing.len()), (1, 0));
    // What comes afterwards is not in it.
    play(&anna, &once).await;
    let made = Made {
        backup,
        restored: folder.path().join("restored"),
        _folder: folder,
        executing: executing.to_string(),
        waiting,
        waiting_repeatable,
        cookie: anna.cookie.clone(),
        user: anna.id,
    };
    server.stop().await;
    made
}

#[tokio::test]
async fn a_backup_that_is_put_back_shows_everything_and_starts_nothing_twice() {
    let made = made().await;
    let done = backup::put_back(&made.backup, &DataFolder::new(made.restored.clone()), NOW);
    let done = done.unwrap();
    assert_eq!((done.rewound.ended, done.rewound.waiting), (2, 1));
    assert!(done.missing.is_empty());

    let restored = made.restored.clone();
    let server = TestServer::with(|config| config.data = restored).await;
    let anna = Person {
        server: &server,
        id: made.user,
        cookie: made.cookie.clone(),
    };
    let jobs = anna.get("/jobs").await;
    let found: BTreeMap<&str, (&str, &str)> = jobs["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| {
            let said = job["outcome"]["message"].as_str().unwrap_or_default();
            let status = job["status"].as_str().unwrap();
            (job["id"].as_str().unwrap(), (status, said))
        })
        .collect();
    let ended = ("failed", "the server was restored from a backup");
    assert_eq!(
        found,
        BTreeMap::from([
            (made.executing.as_str(), ended),
            (made.waiting.as_str(), ended),
            (made.waiting_repeatable.as_str(), ("waiting", "")),
        ])
    );
    let artifacts = anna
        .get(&format!("/jobs/{}/artifacts", made.executing))
        .await;
    let id = artifacts["items"][0]["id"].as_str().unwrap();
    let file = anna.ask(Method::GET, &format!("/artifacts/{id}"));
    let bytes = file.send().await.unwrap().bytes().await.unwrap();
    assert_eq!(bytes, LEFT);
    server.stop().await;
}

#[tokio::test]
async fn a_backup_is_whole_while_others_write() {
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    let robot = anna.robot("Hello", ROBOT).await;
    let folder = tempfile::tempdir().unwrap();
    let data = data_of(&server);
    for round in 0..5 {
        let acknowledged = anna.get("/jobs?limit=200").await["items"]
            .as_array()
            .unwrap()
            .len();
        let to = folder.path().join(format!("{round}.zip"));
        let from = data.clone();
        let copying = tokio::task::spawn_blocking(move || backup::make(&from, &to, NOW));
        for _ in 0..20 {
            play(&anna, &robot).await;
        }
        copying.await.unwrap().unwrap();
        let restored = DataFolder::new(folder.path().join(format!("restored-{round}")));
        let file = folder.path().join(format!("{round}.zip"));
        backup::put_back(&file, &restored, NOW).unwrap();
        let keeping = Keeping::open(&restored.database()).unwrap();
        assert_eq!(keeping.findings().unwrap(), Vec::<String>::new());
        let jobs = keeping.counts().unwrap()["job"];
        assert!(
            jobs >= u64::try_from(acknowledged).unwrap(),
            "{jobs} of {acknowledged}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_whole_backup_is_refused_and_leaves_nothing_that_a_server_would_take() {
    let made = made().await;
    let whole = fs::read(&made.backup).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("damaged.zip");
    // Each entry is stored as it stands at some places of the file: its bytes, the list at the end.
    let places = (0..whole.len()).step_by(whole.len() / 60);
    let mut refused = 0;
    for (round, place) in places.enumerate() {
        let mut damaged = whole.clone();
        if round % 2 == 0 {
            damaged[place] ^= 0x55;
        } else {
            damaged.truncate(place);
        }
        fs::write(&file, damaged).unwrap();
        let data = DataFolder::new(folder.path().join(format!("data-{round}")));
        match backup::put_back(&file, &data, NOW) {
            // A byte that means nothing, such as a time of day in the list.
            Ok(_) => {
                let keeping = Keeping::open(&data.database()).unwrap();
                assert!(keeping.findings().unwrap().is_empty());
            }
            Err(error) => {
                let is_damage = matches!(
                    error,
                    PutBackError::Damaged { .. } | PutBackError::Newer { .. }
                );
                assert!(is_damage, "byte {place}: {error}");
                assert!(!data.database().exists(), "byte {place}");
                refused += 1;
            }
        }
    }
    assert!(refused > 40, "only {refused} of 60 damages were noticed");
}

fn arkwright(arguments: &[&Path], data: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arkwright"));
    command.args(arguments).arg("--data").arg(data);
    command.stdin(Stdio::null()).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

#[tokio::test]
async fn the_commands_say_what_they_did_and_what_to_do_next() {
    let made = made().await;
    let (backup, restored) = (made.backup.as_path(), made.restored.as_path());
    let [make, restore, check] = ["backup", "restore", "check"].map(Path::new);

    let done = arkwright(&[restore, backup], restored);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    assert!(said(&done).contains("2 ended as failed"), "{}", said(&done));
    assert!(said(&done).contains("secret.key"), "{}", said(&done));
    let twice = arkwright(&[restore, backup], restored);
    assert_eq!(twice.status.code(), Some(1));
    assert!(
        said(&twice).contains("is not overwritten"),
        "{}",
        said(&twice)
    );

    let again = made.restored.with_extension("zip");
    let done = arkwright(&[make, &again], restored);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    assert!(said(&done).contains("1 files"), "{}", said(&done));
    let twice = arkwright(&[make, &again], restored);
    assert_eq!(twice.status.code(), Some(1));
    let left: Vec<_> = fs::read_dir(again.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert_eq!(left, Vec::<String>::new(), "nothing unfinished is left");

    let whole = arkwright(&[check], restored);
    assert_eq!(whole.status.code(), Some(0), "{}", said(&whole));
    assert!(
        said(&whole).contains("everything is whole"),
        "{}",
        said(&whole)
    );
    let file = walk(&restored.join("artifacts/sha256"));
    fs::write(&file, b"changed").unwrap();
    let found = arkwright(&[check], restored);
    assert_eq!(found.status.code(), Some(4), "{}", said(&found));
    assert!(said(&found).contains("was changed"), "{}", said(&found));
    let lacking = restored.with_extension("lacking.zip");
    let done = arkwright(&[make, &lacking], restored);
    assert_eq!(done.status.code(), Some(4), "{}", said(&done));
    assert!(
        said(&done).contains("1 files that the database names"),
        "{}",
        said(&done)
    );

    let missing = arkwright(
        &[restore, Path::new("/nowhere.zip")],
        &restored.with_extension("x"),
    );
    assert_eq!(missing.status.code(), Some(1));
    assert!(said(&missing).contains("hint: "), "{}", said(&missing));
}

#[tokio::test]
async fn a_backup_of_a_newer_program_and_one_with_a_foreign_file_are_refused() {
    let made = made().await;
    let folder = tempfile::tempdir().unwrap();
    let changed = |name: &str, change: &dyn Fn(&mut Entries)| {
        let mut entries = BTreeMap::new();
        let mut archive = zip::ZipArchive::new(fs::File::open(&made.backup).unwrap()).unwrap();
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            entries.insert(entry.name().to_owned(), bytes);
        }
        change(&mut entries);
        let path = folder.path().join(name);
        let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
        for (name, bytes) in entries {
            zip.start_file(name, zip::write::SimpleFileOptions::default())
                .unwrap();
            zip.write_all(&bytes).unwrap();
        }
        zip.finish().unwrap();
        let data = DataFolder::new(folder.path().join(format!("{name} data")));
        let error = backup::put_back(&path, &data, NOW).unwrap_err();
        assert!(!data.database().exists());
        error.to_string()
    };
    let newer = changed("newer", &|entries| {
        let mut manifest: Value = serde_json::from_slice(&entries["backup.json"]).unwrap();
        manifest["format"] = json!(2);
        manifest["program"] = json!("9.0.0");
        entries.insert("backup.json".into(), manifest.to_string().into_bytes());
    });
    assert!(newer.contains("made by version 9.0.0"), "{newer}");
    let foreign = changed("foreign", &|entries| {
        entries.insert("files/../../outside".into(), b"evil".to_vec());
    });
    assert!(foreign.contains("is no file of a backup"), "{foreign}");
    assert!(!folder.path().join("outside").exists());
    let lacking = changed("lacking", &|entries| {
        entries.retain(|name, _| !name.starts_with("files/"));
    });
    assert!(lacking.contains("holds 0 files instead of 1"), "{lacking}");
}

/// The one file below a folder.
fn walk(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    while path.is_dir() {
        path = fs::read_dir(&path).unwrap().next().unwrap().unwrap().path();
    }
    path
}
