//! The program itself: its commands, its exit codes, and what it refuses at the start.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};
use serde_json::Value;

use crate::harness::PASSWORD;

/// The longest that a start which must fail may take.
const LIMIT: std::time::Duration = std::time::Duration::from_secs(20);

fn arkwright(arguments: &[&str], data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arkwright"));
    command.args(arguments).arg("--data").arg(data);
    command.stdin(Stdio::null());
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A started server that is killed when the test ends.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: String,
    pub(crate) setup_link: Option<String>,
}

impl Server {
    pub(crate) fn start(data: &Path) -> Self {
        let mut command = arkwright(&["serve", "--listen", "127.0.0.1:0"], data);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = || lines.next().map(Result::unwrap);
        let listening = line().unwrap();
        let address = listening.strip_prefix("listening on ").unwrap().to_owned();
        let is_new = !data.join("has-account").exists();
        let setup_link = is_new.then(|| line().unwrap());
        Self {
            child,
            address,
            setup_link,
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).unwrap();
        kill(Pid::from_raw(pid), signal).unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

pub(crate) fn create_owner(data: &Path, email: &str) -> Output {
    let arguments = [
        "owner",
        "create",
        "--email",
        email,
        "--name",
        "Anna",
        "--password-stdin",
        "--json",
    ];
    let mut command = arkwright(&arguments, data);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "{PASSWORD}").unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

#[test]
fn short_commands_work_beside_a_running_server_and_a_second_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let without = create_owner(&data, "anna@example.org");
    assert_eq!(without.status.code(), Some(1));
    assert!(said(&without).contains("hint: "), "{}", said(&without));

    let mut server = Server::start(&data);
    let link = server.setup_link.clone().unwrap();
    let expected = format!("setup link: {}/welcome#", server.address);
    assert!(link.starts_with(&expected), "{link}");
    let second = arkwright(&["serve", "--listen", "127.0.0.1:0"], &data)
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(3));
    assert!(
        said(&second).contains("another server is running"),
        "{}",
        said(&second)
    );
    let port = server.address.strip_prefix("http://").unwrap();
    let other = folder.path().join("other");
    let taken = arkwright(&["serve", "--listen", port], &other)
        .output()
        .unwrap();
    assert_eq!(taken.status.code(), Some(1));
    assert!(
        said(&taken).contains("another program listens there"),
        "{}",
        said(&taken)
    );
    assert!(!other.exists(), "nothing was touched");

    let owner = create_owner(&data, "Anna@Example.org");
    assert!(owner.status.success(), "{}", said(&owner));
    let answer: Value = serde_json::from_slice(&owner.stdout).unwrap();
    let user = answer["userId"].as_str().unwrap();
    assert_eq!(
        create_owner(&data, "anna@example.org").status.code(),
        Some(1)
    );
    for named in [user, "anna@example.org"] {
        let enrol = arkwright(&["enrol", "--user", named], &data)
            .output()
            .unwrap();
        assert!(enrol.status.success(), "{}", said(&enrol));
        assert!(
            String::from_utf8(enrol.stdout)
                .unwrap()
                .starts_with("enrol_")
        );
    }
    let link = arkwright(&["sign-in-link", "--user", "anna@example.org"], &data)
        .output()
        .unwrap();
    let link = String::from_utf8(link.stdout).unwrap();
    assert!(
        link.starts_with(&format!("{}/sign-in#", server.address)),
        "{link}"
    );
    let nobody = arkwright(&["enrol", "--user", "b@example.org"], &data)
        .output()
        .unwrap();
    assert_eq!(nobody.status.code(), Some(1));
    let doctor = arkwright(&["doctor", "--json"], &data).output().unwrap();
    let findings: Value = serde_json::from_slice(&doctor.stdout).unwrap();
    let found = |code: &str| {
        let findings = findings.as_array().unwrap().iter();
        findings
            .clone()
            .any(|finding| finding["code"] == code && finding["ok"] == true)
    };
    assert!(
        found("data folder") && found("database") && found("clock"),
        "{findings}"
    );

    server.signal(Signal::SIGTERM);
    let ended = server.child.wait().unwrap();
    assert_eq!(ended.code(), Some(0));
    fs::write(data.join("has-account"), "").unwrap();
    let again = Server::start(&data);
    assert!(again.setup_link.is_none());
}

/// A start that must fail by itself, with that code and saying that; answers all that it says.
pub(crate) async fn refuse(data: &Path, more: &[&str], code: i32, expected: &str) -> String {
    let mut command = arkwright(&["serve", "--listen", "127.0.0.1:0"], data);
    command.args(more);
    let mut command = tokio::process::Command::from(command);
    let ended = tokio::time::timeout(LIMIT, command.kill_on_drop(true).output()).await;
    let output = ended.expect("the program ends by itself").unwrap();
    assert_eq!(output.status.code(), Some(code), "{}", said(&output));
    assert!(said(&output).contains(expected), "{}", said(&output));
    assert!(output.stdout.is_empty());
    said(&output)
}

#[tokio::test]
async fn a_start_that_cannot_succeed_says_why_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("arkwright.toml");
    let config_flag = ["--config", config.to_str().unwrap()];
    let new = folder.path().join("new");
    for (text, expected) in [
        ("listen = [", "no valid TOML"),
        ("listn = '127.0.0.1:1'", "did you mean `listen`?"),
        (
            "[limits]\nlost_ms = 1",
            "`limits.silent_ms` must be less than `limits.lost_ms`",
        ),
        ("[log]\nfilter = '=='", "log.filter"),
    ] {
        fs::write(&config, text).unwrap();
        refuse(&new, &config_flag, 2, expected).await;
        assert!(!new.exists(), "nothing was touched");
    }
    refuse(&new, &["--public-url", "example.org"], 2, "public_url").await;
    refuse(&new, &["--config", "/no/such/file"], 2, "cannot be read").await;

    let damaged = folder.path().join("damaged");
    fs::create_dir(&damaged).unwrap();
    let text =
        "this is not a database, and long enough not to be taken for an empty one".repeat(99);
    fs::write(damaged.join("arkwright.db"), &text).unwrap();
    refuse(&damaged, &[], 1, "is not a database").await;
    assert_eq!(
        fs::read_to_string(damaged.join("arkwright.db")).unwrap(),
        text
    );

    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    refuse(&file.join("data"), &[], 1, "cannot be used").await;
    // Nothing is read-only to the superuser.
    if !geteuid().is_root() {
        let read_only = folder.path().join("read-only");
        fs::create_dir(&read_only).unwrap();
        fs::set_permissions(&read_only, fs::Permissions::from_mode(0o500)).unwrap();
        refuse(&read_only, &[], 1, "make it writable").await;
    }
    // A full disk.
    if Path::new("/dev/full").exists() && geteuid().is_root() {
        let full = folder.path().join("full");
        fs::create_dir(&full).unwrap();
        std::os::unix::fs::symlink("/dev/full", full.join(".probe")).unwrap();
        refuse(&full, &[], 1, "cannot be used").await;
    }
}

#[test]
fn wrong_usage_exits_with_its_own_code() {
    let output = Command::new(env!("CARGO_BIN_EXE_arkwright"))
        .args(["serve", "--port", "7"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
}
