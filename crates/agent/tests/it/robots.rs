//! Attempts whose start and end cross a crash, or each other.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use agent::folder::Folder;
use agent::robots::{Found, Parts, Robots, SUPERVISE};
use agent::server_api::{Credential, ServerApi};
use agent::server_url::ServerUrl;
use agent_core::{Input, Mode, Robot, RobotNews, Start, TailOffsets};
use model::{AgentId, AttemptKey, Ending, ObjectId};
use runner::{Folders, RobotSource, Settings, Spec, Survey, Workspace};
use tokio::sync::mpsc;

const LIMIT: Duration = Duration::from_secs(60);

#[tokio::test]
async fn an_attempt_whose_start_was_never_given_is_told_as_lost_at_once() {
    let mut computer = Computer::new();
    let workspace = computer.prepared().await;
    // The process before this one was killed between the record of the start and the start.
    let found = Found {
        key: key(),
        running: true,
    };
    let left = computer.robots.survey(&[found]).await;
    assert_eq!(
        (left[&key()].robot, left[&key()].begun),
        (Robot::Gone, false)
    );
    computer.robots.known(key(), TailOffsets::default());
    computer.robots.resume(key());
    let news = computer.news().await;
    assert!(matches!(news, RobotNews::Died), "{news:?}");
    assert_eq!(
        runner::survey(&workspace).unwrap(),
        Survey::Gone { started: false }
    );
}

#[tokio::test]
async fn an_attempt_that_was_only_accepted_keeps_its_supervisor() {
    let computer = Computer::new();
    let workspace = computer.prepared().await;
    let found = Found {
        key: key(),
        running: false,
    };
    let left = computer.robots.survey(&[found]).await;
    assert_eq!(
        (left[&key()].robot, left[&key()].begun),
        (Robot::There, false)
    );
    assert_eq!(runner::survey(&workspace).unwrap(), Survey::Alive);
    runner::clear(&workspace).unwrap();
}

#[tokio::test]
async fn a_stop_right_behind_the_start_is_heard_behind_it() {
    for round in 0..20 {
        let mut computer = Computer::new();
        computer.prepared().await;
        computer.robots.known(key(), TailOffsets::default());
        let start = Start {
            key: key(),
            secrets: Vec::new(),
        };
        computer.robots.start(start);
        computer.robots.control(key(), Mode::Kill);
        let news = computer.news().await;
        let RobotNews::Ended(outcome) = news else {
            panic!("round {round}: {news:?}");
        };
        let ending = outcome.ending;
        assert!(matches!(ending, Ending::Cancelled { .. }), "{ending:?}");
    }
}

#[tokio::test]
async fn a_workspace_that_a_crash_left_behind_is_cleared() {
    let computer = Computer::new();
    let workspace = computer.prepared().await;

    computer.robots.clear_leftovers(&[]).await;
    assert!(workspace.path().exists(), "a supervisor lives in it");
    runner::give_up(&workspace).unwrap();
    computer.robots.clear_leftovers(&[key()]).await;
    assert!(workspace.path().exists(), "the spool knows it");
    computer.robots.clear_leftovers(&[]).await;

    assert!(!workspace.path().exists());
}

#[tokio::test]
async fn what_a_robot_says_after_the_death_of_its_supervisor_is_told_before_its_end() {
    let mut computer = Computer::new();
    let workspace = computer.prepared().await;
    let supervisor = std::fs::read(workspace.join("supervisor.json")).unwrap();
    let supervisor: serde_json::Value = serde_json::from_slice(&supervisor).unwrap();
    let kill = format!("kill -9 {}", supervisor["pid"]);
    Command::new("sh").args(["-c", &kill]).status().unwrap();
    let events = workspace.join("events.jsonl");
    let says = r#"while :; do echo '{"kind":"log","text":"on"}' >> "$0"; sleep 0.02; done"#;
    let mut robot = Command::new("sh")
        .args(["-c", says])
        .arg(&events)
        .env("ARKWRIGHT_WORKSPACE", workspace.path())
        .spawn()
        .unwrap();

    computer.robots.known(key(), TailOffsets::default());
    computer.robots.resume(key());
    let (told, news) = computer.events_and_news().await;

    robot.wait().unwrap();
    assert!(matches!(news, RobotNews::Died), "{news:?}");
    let said = std::fs::read_to_string(&events).unwrap().lines().count();
    assert_eq!(told, said);
}

struct Computer {
    data: tempfile::TempDir,
    robots: Robots,
    inbox: mpsc::Receiver<Input>,
}

impl Computer {
    fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let folder = Folder::at(Some(data.path().to_owned())).unwrap();
        folder.make().unwrap();
        let agent_key = folder.key(&agent::clock::SystemIds).unwrap();
        let (tell, inbox) = mpsc::channel(256);
        let parts = Parts {
            folder,
            api: ServerApi::new(ServerUrl::parse("http://127.0.0.1:9").unwrap()).unwrap(),
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

    /// A workspace whose supervisor waits for its start.
    async fn prepared(&self) -> Workspace {
        let spec = Spec {
            key: key(),
            robot_name: "Test".to_owned(),
            parameters: Vec::new(),
            settings: Settings {
                timeout_ms: None,
                stop_grace_ms: 2_000,
            },
        };
        let folders = Folders::new(self.data.path().to_owned());
        let source = RobotSource::File("*** Tasks ***\nOne\n    Log    1\n");
        let workspace = runner::prepare(&folders, &spec, source).unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_arkwright-agent"));
        runner::spawn_supervisor(program, &[SUPERVISE], &workspace).unwrap();
        let mut look = tokio::time::interval(Duration::from_millis(10));
        let alive = async {
            while runner::survey(&workspace).unwrap() != Survey::Alive {
                look.tick().await;
            }
        };
        tokio::time::timeout(LIMIT, alive).await.unwrap();
        workspace
    }

    /// How the attempt ended.
    async fn news(&mut self) -> RobotNews {
        self.events_and_news().await.1
    }

    /// How many events it had, and how it ended.
    async fn events_and_news(&mut self) -> (usize, RobotNews) {
        let ended = async {
            let mut count = 0;
            loop {
                match self.inbox.recv().await.unwrap() {
                    Input::Robot(_, RobotNews::Events { events, .. }) => count += events.len(),
                    Input::Robot(_, news) => return (count, news),
                    other => panic!("{other:?}"),
                }
            }
        };
        tokio::time::timeout(LIMIT, ended).await.unwrap()
    }
}

fn key() -> AttemptKey {
    "64f0c1000000000000009ab2-1".parse().unwrap()
}
