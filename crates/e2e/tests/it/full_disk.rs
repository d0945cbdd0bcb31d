//! A disk that fills up under the agent costs lines, which are counted, and no outcome.
//!
//! The small disk is a file system of its own, which only root may make; without it these tests
//! say so and look at nothing.

use std::fs;
use std::path::Path;

use e2e::SmallDisk;
use serde_json::Value;
use testkit::{Agent, Person, Place, Server, Witness};

const LONG: &str = include_str!("../../robots/long.robot");
const DRIP: &str = include_str!("../../robots/drip.robot");
const LINES: u64 = 4_000;

#[tokio::test]
async fn an_outcome_is_delivered_while_the_disk_is_full_behind_a_gap_that_counts_what_is_missing() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    stage.disk.fill().expect("the disk can be written");
    stage.witness.open_gate();

    let ended = stage.anna.job_ended(&stage.job).await;
    assert_eq!(ended["status"], "success", "{ended}");
    let told = Told::of(&stage.anna, &stage.job).await;
    assert!(told.missing > 0, "the disk was full");
    assert!(told.lines.len() < usize::try_from(LINES).unwrap());
    told.accounts_for_every_line();
}

#[tokio::test]
async fn a_robot_that_says_little_at_a_time_leaves_room_for_its_end() {
    let Some(stage) = Stage::with(DRIP).await else {
        return;
    };
    stage.disk.fill().expect("the disk can be written");
    stage.witness.open_gate();

    let ended = stage.anna.job_ended(&stage.job).await;
    assert_eq!(ended["status"], "success", "{ended}");
    let told = Told::of(&stage.anna, &stage.job).await;
    assert!(told.missing > 0, "the disk was full");
}

#[tokio::test]
async fn lines_go_on_behind_the_gap_once_the_disk_has_room_again() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    stage.disk.fill().expect("the disk can be written");
    stage.witness.open_gate();
    testkit::until("the agent says that its disk is full", async || {
        stage.agent.told("warning").pop()
    })
    .await;
    stage.disk.free().expect("the disk was filled");

    let ended = stage.anna.job_ended(&stage.job).await;
    assert_eq!(ended["status"], "success", "{ended}");
    let told = Told::of(&stage.anna, &stage.job).await;
    assert!(told.missing > 0, "the disk was full");
    assert_eq!(told.lines.last(), Some(&LINES));
    told.accounts_for_every_line();
}

/// A robot at its gate, on a computer whose spool lies on a small disk.
struct Stage {
    agent: Agent,
    anna: Person,
    job: String,
    witness: Witness,
    disk: SmallDisk,
    _server: Server,
    _place: std::sync::Arc<Place>,
}

impl Stage {
    async fn new() -> Option<Self> {
        Self::with(LONG).await
    }

    async fn with(source: &str) -> Option<Self> {
        let place = Place::new();
        let Some(disk) = SmallDisk::mount(place.join("reception/spool"), 1 << 20) else {
            eprintln!("not looked at: a small file system cannot be made here");
            return None;
        };
        let server = Server::start(&place, &[]).await;
        let anna = server.owner().await;
        let agent = Agent::join(&place, &anna, "reception").await;
        let robot = anna.robot("Robot", source).await;
        let witness = Witness::new(&place, "witness");
        let count = Path::new(witness.folder()).join("lines");
        fs::write(count, LINES.to_string()).expect("the folder is there");
        let job = anna.play(&robot, witness.folder()).await;
        witness.has("start", 1).await;
        Some(Self {
            agent,
            anna,
            job,
            witness,
            disk,
            _server: server,
            _place: place,
        })
    }
}

/// What the server tells of a job's only attempt.
struct Told {
    lines: Vec<u64>,
    /// What the gaps count.
    missing: u64,
}

impl Told {
    async fn of(anna: &Person, job: &str) -> Self {
        let events = anna.events(job, 1).await;
        for (event, seq) in events.iter().zip(1..) {
            assert_eq!(event["seq"], seq, "{event}");
        }
        let line = |event: &Value| event["text"].as_str()?.strip_prefix("line ")?.parse().ok();
        let gaps = events.iter().filter(|event| event["kind"] == "gap");
        let counted = gaps.map(|gap| {
            assert_eq!(gap["reason"], "disk_full", "{gap}");
            gap["count"].as_u64().expect("it is known how many")
        });
        Self {
            missing: counted.sum(),
            lines: events.iter().filter_map(line).collect(),
        }
    }

    /// The lines are in order, none is told twice, and the gaps count those that are missing.
    fn accounts_for_every_line(&self) {
        assert!(self.lines.is_sorted_by(|one, next| one < next));
        let told = u64::try_from(self.lines.len()).expect("a length fits");
        let missing = LINES - told;
        // Steps may be missing too.
        assert!(
            (missing..=missing + 40).contains(&self.missing),
            "{missing} lines are missing, {} are said to be",
            self.missing
        );
    }
}
