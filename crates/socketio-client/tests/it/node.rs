//! The Node process with the official server, and its packages.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::LIMIT;

/// A running server; dropping it kills the process.
pub(crate) struct NodeServer {
    child: Child,
    orders: ChildStdin,
    lines: mpsc::UnboundedReceiver<Value>,
    pub(crate) port: u16,
}

impl NodeServer {
    /// A server on a free port with a quick heartbeat.
    pub(crate) async fn start() -> Self {
        Self::with(json!({ "engine": { "pingInterval": 2_000, "pingTimeout": 2_000 } })).await
    }

    /// A server with the options of `server.mjs`.
    pub(crate) async fn with(options: Value) -> Self {
        install();
        let mut child = Command::new("node")
            .arg("server.mjs")
            .arg(options.to_string())
            .current_dir(folder())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node is on the path");
        let orders = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, lines) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok(Some(line)) = output.next_line().await {
                if sender.send(serde_json::from_str(&line).unwrap()).is_err() {
                    break;
                }
            }
        });
        let mut server = Self {
            child,
            orders,
            lines,
            port: 0,
        };
        server.port = server.told("listening").await["port"]
            .as_u64()
            .unwrap()
            .try_into()
            .unwrap();
        server
    }

    /// Gives an order of `server.mjs`.
    pub(crate) async fn order(&mut self, order: Value) {
        self.orders
            .write_all(format!("{order}\n").as_bytes())
            .await
            .unwrap();
    }

    /// The next news of one kind; what comes before it is passed over.
    pub(crate) async fn told(&mut self, kind: &str) -> Value {
        let news = async {
            loop {
                let line = self.lines.recv().await.expect("the server runs");
                if line["type"] == kind {
                    return line;
                }
            }
        };
        timeout(LIMIT, news)
            .await
            .expect("news of the server within the limit")
    }

    /// Ends the process without a goodbye.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Stops the process in the middle of whatever it does; its sockets stay open.
    #[cfg(unix)]
    pub(crate) fn freeze(&self) {
        use nix::sys::signal::{Signal, kill};
        let pid = i32::try_from(self.child.id().unwrap()).unwrap();
        kill(nix::unistd::Pid::from_raw(pid), Signal::SIGSTOP).unwrap();
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/node")
}

/// Installs the server's packages if those of the lock file are not there.
/// Tests run as processes of their own, so a lock on a file makes it one of them.
fn install() {
    let one_at_a_time =
        File::create(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("npm-ci.lock")).unwrap();
    one_at_a_time.lock().unwrap();
    let wanted = fs::read(folder().join("package-lock.json")).unwrap();
    let installed = folder().join("node_modules/.installed-lock.json");
    if fs::read(&installed).is_ok_and(|found| found == wanted) {
        return;
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let output = std::process::Command::new(npm)
        .args(["ci", "--no-audit", "--no-fund"])
        .current_dir(folder())
        .output()
        .expect("npm is on the path");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    fs::write(installed, wanted).unwrap();
}
