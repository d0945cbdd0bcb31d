//! Robots that are too long for an offer are fetched, whatever happens on the way.

use std::path::Path;
use std::time::Duration;

use agent::folder::Folder;
use agent::robots::{Parts, Robots};
use agent::server_api::{Credential, ServerApi};
use agent::server_url::ServerUrl;
use agent_core::{Input, Prepare, PrepareFailure};
use model::{AgentId, AttemptKey, ObjectId};
use runner::Folders;
use sha2::Digest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(60);
const ROBOT: &str = "*** Tasks ***\nOne\n    Log    1\n";

#[tokio::test]
async fn a_robot_that_two_attempts_want_at_once_is_there_for_both() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut computer = Computer::of(&server);
    computer.prepare(1);
    computer.prepare(2);
    let serving = tokio::spawn(async move {
        let mut first = ask(&server).await;
        first.write_all(HEAD.as_bytes()).await.unwrap();
        // A second request overtakes the first, if there is one.
        if let Ok(mut second) = timeout(Duration::from_secs(1), ask(&server)).await {
            answer(&mut second).await;
            second.read_to_end(&mut Vec::new()).await.ok();
        }
        first.write_all(ROBOT.as_bytes()).await.unwrap();
        // Whoever still asks is answered.
        while let Ok(mut late) = timeout(Duration::from_secs(1), ask(&server)).await {
            answer(&mut late).await;
        }
    });
    for _ in 0..2 {
        assert_eq!(computer.prepared().await, Ok(()));
    }
    serving.await.unwrap();
}

#[tokio::test]
async fn a_robot_is_fetched_again_when_the_server_was_killed_meanwhile() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut computer = Computer::of(&server);
    computer.prepare(1);
    let serving = timeout(LIMIT, async {
        drop(ask(&server).await);
        let mut half = ask(&server).await;
        half.write_all(HEAD.as_bytes()).await.unwrap();
        half.write_all(&ROBOT.as_bytes()[..5]).await.unwrap();
        drop(half);
        answer(&mut ask(&server).await).await;
    });
    serving.await.expect("it is asked three times");
    assert_eq!(computer.prepared().await, Ok(()));
}

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Length: 31\r\nConnection: close\r\n\r\n";

/// The next request.
async fn ask(server: &TcpListener) -> TcpStream {
    let (mut stream, _) = server.accept().await.unwrap();
    let mut heard = Vec::new();
    while !heard.ends_with(b"\r\n\r\n") {
        heard.push(stream.read_u8().await.unwrap());
    }
    stream
}

/// Answers a request whole.
async fn answer(stream: &mut TcpStream) {
    stream.write_all(HEAD.as_bytes()).await.unwrap();
    stream.write_all(ROBOT.as_bytes()).await.unwrap();
}

/// A computer on which robots are prepared.
struct Computer {
    data: tempfile::TempDir,
    robots: Robots,
    inbox: mpsc::Receiver<Input>,
}

impl Computer {
    fn of(server: &TcpListener) -> Self {
        let data = tempfile::tempdir().unwrap();
        let folder = Folder::at(Some(data.path().to_owned())).unwrap();
        folder.make().unwrap();
        let agent_key = folder.key(&agent::clock::SystemIds).unwrap();
        let (tell, inbox) = mpsc::channel(256);
        let address = format!("http://{}", server.local_addr().unwrap());
        let parts = Parts {
            folder,
            api: ServerApi::new(ServerUrl::parse(&address).unwrap()).unwrap(),
            credential: Credential {
                agent: AgentId(ObjectId::from_bytes([1; 12])),
                key: agent_key,
            },
            program: Path::new(env!("CARGO_BIN_EXE_arkwright-agent")).to_owned(),
        };
        let robots = Robots::new(parts, tell);
        Self {
            data,
            robots,
            inbox,
        }
    }

    fn prepare(&mut self, attempt: u32) {
        let digest = sha2::Sha256::digest(ROBOT);
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let offer = serde_json::json!({
            "jobId": "64f0c1000000000000009ab2", "attempt": attempt,
            "expiresAt": "2026-11-23T08:15:02.118Z",
            "robot": {
                "id": "64f0c1000000000000009ab3", "name": "Long", "version": 1,
                "kind": "robotframework", "sha256": digest, "packageUrl": "/package",
            },
            "parameters": [], "settings": {"stopGraceMs": 10_000, "repeatable": false},
        });
        self.robots.prepare(Prepare {
            key: key(attempt),
            offer: serde_json::from_value(offer).unwrap(),
        });
    }

    /// Whether the next attempt is prepared.
    async fn prepared(&mut self) -> Result<(), PrepareFailure> {
        match timeout(LIMIT, self.inbox.recv()).await.unwrap().unwrap() {
            Input::Prepared(_, result) => result,
            other => panic!("{other:?}"),
        }
    }
}

impl Drop for Computer {
    fn drop(&mut self) {
        let folders = Folders::new(self.data.path().to_owned());
        for attempt in [1, 2] {
            runner::clear(&folders.workspace(key(attempt))).ok();
        }
    }
}

fn key(attempt: u32) -> AttemptKey {
    format!("64f0c1000000000000009ab2-{attempt}")
        .parse()
        .unwrap()
}
