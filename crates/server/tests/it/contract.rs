//! The contract of the wire, with the official JavaScript client as page and as agent.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::harness::{NOBODY, Person, ROBOT, TestServer};

/// The longest that one script may take.
const LIMIT: Duration = Duration::from_secs(50);

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/node")
}

/// Installs the client's packages if those of the lock file are not there. Tests run as processes
/// of their own, so a lock on a file makes it one of them.
fn install() {
    let lock = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("npm-ci.lock");
    let one_at_a_time = File::create(lock).unwrap();
    one_at_a_time.lock().unwrap();
    let wanted = fs::read(folder().join("package-lock.json")).unwrap();
    let installed = folder().join("node_modules/.installed-lock.json");
    if fs::read(&installed).is_ok_and(|found| found == wanted) {
        return;
    }
    let output = std::process::Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund"])
        .current_dir(folder())
        .output()
        .expect("npm is on the path");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    fs::write(installed, wanted).unwrap();
}

/// Starts a script of the official client.
pub(crate) fn script(name: &str, given: &Value, stdin: Stdio) -> Child {
    install();
    Command::new("node")
        .arg(name)
        .arg(given.to_string())
        .current_dir(folder())
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("node is on the path")
}

/// Runs a script to its end; answers the JSON of its last line.
async fn run(name: &str, given: &Value) -> Value {
    let running = script(name, given, Stdio::null()).wait_with_output();
    let output = tokio::time::timeout(LIMIT, running).await;
    let output = output.expect("the script ends in time").unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let text = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(text.lines().last().unwrap_or_default()).unwrap()
}

/// What the scripts are given: a person with a robot and an agent.
pub(crate) async fn given(person: &Person<'_>) -> Value {
    let robot = person.robot("Hello", ROBOT).await;
    let agent = person.agent().await;
    json!({"address": person.server.address, "userId": person.id, "cookie": person.cookie,
        "agentId": agent.id, "key": agent.key, "robotId": robot, "foreignId": NOBODY})
}

#[tokio::test]
async fn a_job_goes_from_play_to_success_and_strangers_are_refused() {
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    let told = run("whole.mjs", &given(&anna).await).await;
    let job = told["jobId"].as_str().unwrap();
    assert_eq!(anna.get(&format!("/jobs/{job}")).await["status"], "success");
    let events = anna.get(&format!("/jobs/{job}/events?limit=2")).await;
    assert_eq!(events["items"].as_array().unwrap().len(), 2);
    assert_eq!(events["nextAfter"], 2);
    let attempts = anna.get(&format!("/jobs/{job}/attempts")).await;
    assert_eq!(attempts["items"][0]["outcome"]["kind"], "success");
    server.stop().await;
}

#[tokio::test]
async fn clients_that_speak_directly_after_connect_are_all_heard() {
    let clients = std::env::var("ARKWRIGHT_TEST_CLIENTS").ok();
    let clients: u32 = clients.map_or(100, |text| text.parse().unwrap());
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    let token = json!({"name": "many", "scopes": ["read"]});
    let token = anna.post("/tokens", token).await["token"].clone();
    let given = json!({"address": server.address, "userId": anna.id, "token": token,
        "clients": clients});
    run("early.mjs", &given).await;
    server.stop().await;
}

#[tokio::test]
async fn the_messages_of_one_socket_are_handled_in_order() {
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    let mut given = given(&anna).await;
    given["messages"] = json!(10_000);
    run("order.mjs", &given).await;
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_stops_tells_its_clients_and_closes() {
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    let mut node = script("restart.mjs", &given(&anna).await, Stdio::null());
    let mut lines = BufReader::new(node.stdout.take().unwrap()).lines();
    let first = tokio::time::timeout(LIMIT, lines.next_line()).await;
    assert_eq!(first.unwrap().unwrap().as_deref(), Some("connected"));
    server.stop().await;
    let ended = tokio::time::timeout(LIMIT, node.wait_with_output()).await;
    let output = ended.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
