//! A real server whose disk is full or may not be written to. A file system of its own needs the
//! rights of root: without them these tests show nothing, and say so.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{PASSWORD, ROBOT, client};
use crate::processes::{Server, create_owner, refuse};
use crate::robots::zip;

/// How long the server may take to go on once there is room again.
const LIMIT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_full_disk_is_told_as_try_again_and_loses_nothing() {
    let Some(disk) = SmallDisk::mount("size=4m") else {
        return;
    };
    let data = disk.path().join("data");
    let server = Server::start(&data);
    assert!(create_owner(&data, "anna@example.org").status.success());
    let anna = Anna::signed_in(&server.address).await;
    let robot = anna.robot().await;
    let mut accepted = vec![anna.plays(&robot, "before").await.unwrap()];

    disk.fill();
    let mut refusals = 0;
    for n in 0..200 {
        match anna.plays(&robot, &format!("full-{n}")).await {
            // There is room in pages that are there already.
            Ok(job) => accepted.push(job),
            Err(code) => {
                assert_eq!(code, "try_again");
                refusals += 1;
            }
        }
        if refusals == 3 {
            break;
        }
    }
    assert_eq!(refusals, 3, "the disk is not full");
    assert_eq!(
        anna.saves_package(&robot).await,
        Err("try_again".to_owned())
    );
    // What is there can be looked at all the while.
    assert_eq!(anna.jobs().await.len(), accepted.len());

    disk.free();
    let until = tokio::time::timeout(LIMIT, async {
        loop {
            // The same request again, of which nobody knows better.
            if let Ok(job) = anna.plays(&robot, "full-0").await {
                break job;
            }
            tokio::task::yield_now().await;
        }
    });
    let job = until.await.expect("it goes on once there is room");
    if !accepted.contains(&job) {
        accepted.push(job);
    }
    assert_eq!(anna.saves_package(&robot).await, Ok(()));
    let mut there = anna.jobs().await;

    drop(server);
    fs::write(data.join("has-account"), "").unwrap();
    let server = Server::start(&data);
    let anna = Anna::signed_in(&server.address).await;
    assert_eq!(
        anna.jobs().await,
        there,
        "what was there is there after a kill"
    );
    there.sort();
    accepted.sort();
    assert_eq!(
        there, accepted,
        "each accepted play is one job, and no other is there"
    );
}

#[tokio::test]
async fn a_disk_that_may_not_be_written_to_is_refused_at_the_start() {
    let Some(disk) = SmallDisk::mount("size=4m") else {
        return;
    };
    let data = disk.path().join("data");
    drop(Server::start(&data));
    let remounted = Command::new("mount")
        .args(["-o", "remount,ro"])
        .arg(disk.path())
        .status();
    assert!(remounted.unwrap().success());
    let text = refuse(&data, &[], 1, "cannot be used").await;
    assert!(text.contains("Read-only file system"), "{text}");
    assert!(text.contains("hint: make it writable"), "{text}");
}

/// A person with a session.
struct Anna {
    client: Client,
    address: String,
    cookie: String,
    id: String,
}

impl Anna {
    async fn signed_in(address: &str) -> Self {
        let client = client();
        let body = json!({"email": "anna@example.org", "password": PASSWORD});
        let asked = client.post(format!("{address}/api/v1/session")).json(&body);
        let answer = asked.header("Origin", address).send().await.unwrap();
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let me: Value = answer.json().await.unwrap();
        Self {
            client,
            address: address.to_owned(),
            cookie,
            id: me["userId"].as_str().unwrap().to_owned(),
        }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let request = self
            .client
            .request(method, format!("{}/api/v1{path}", self.address));
        let request = request
            .header("Cookie", &self.cookie)
            .header("Origin", &self.address);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    async fn robot(&self) -> String {
        let body = json!({"name": "Hello", "source": ROBOT});
        let path = format!("/users/{}/robots", self.id);
        let (_, robot) = self.ask(Method::POST, &path, Some(body)).await;
        robot["id"].as_str().unwrap().to_owned()
    }

    /// The job, or the code of the refusal.
    async fn plays(&self, robot: &str, request: &str) -> Result<String, String> {
        let body = json!({"robotId": robot, "requestId": request, "parameters": []});
        let (status, answer) = self.ask(Method::POST, "/jobs", Some(body)).await;
        let field = if status.is_success() { "id" } else { "code" };
        let text = answer[field].as_str().unwrap().to_owned();
        if status.is_success() {
            Ok(text)
        } else {
            Err(text)
        }
    }

    /// Saves a package as the robot's next version.
    async fn saves_package(&self, robot: &str) -> Result<(), String> {
        let address = format!("{}/api/v1/robots/{robot}/source", self.address);
        let request = self.client.put(address).header("Cookie", &self.cookie);
        let request = request.header("Origin", &self.address);
        let request = request.header("Content-Type", "application/zip");
        let package = zip(&[("main.robot", ROBOT)]);
        let answer = request.body(package).send().await.unwrap();
        if answer.status().is_success() {
            return Ok(());
        }
        let error: Value = answer.json().await.unwrap();
        Err(error["code"].as_str().unwrap().to_owned())
    }

    async fn jobs(&self) -> Vec<String> {
        let (status, page) = self.ask(Method::GET, "/jobs?limit=200", None).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        let jobs = page["items"].as_array().unwrap().iter();
        jobs.map(|job| job["id"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// A file system that a few files fill.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount(options: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("mount");
        command
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(folder.path());
        let mounted = command.output().is_ok_and(|output| output.status.success());
        if !mounted {
            println!("left out: a file system of its own can be mounted by root only");
        }
        mounted.then_some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }

    /// Takes all the room there is.
    fn fill(&self) {
        let mut file = fs::File::create(self.filler()).unwrap();
        while file.write_all(&[1; 4_096]).is_ok() {}
    }

    /// Gives it back.
    fn free(&self) {
        fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let mut command = Command::new("umount");
        command.arg("--lazy").arg(self.path()).status().ok();
    }
}
