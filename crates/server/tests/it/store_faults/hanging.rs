//! A store that hangs: who asks is told to try again, in bounded time, and nothing is doubled.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use store::faulty::Fault;
use store_sqlite::SqliteStore;

use super::given::{Armed, Computer, Faults};
use crate::harness::{Person, ROBOT, TestServer, check_refusal, good};

/// How long the store may take here. A write is tried three times.
const ANSWER_MS: u64 = 300;
/// Far more than all that takes, and less than anybody waits for an answer.
const BOUND: Duration = Duration::from_secs(20);

/// A robot's job from play to its end, while each of its writes hangs when it is first asked for.
struct Story<'a> {
    faults: Arc<Faults>,
    fault: Fault,
    person: &'a Person<'a>,
    computer: Computer,
}

#[tokio::test]
async fn calls_that_are_never_carried_out_are_answered_in_bounded_time() {
    tell(Fault::HangNotDone).await;
}

#[tokio::test]
async fn calls_that_are_carried_out_and_never_answered_are_not_doubled() {
    tell(Fault::HangDone).await;
}

async fn tell(fault: Fault) {
    let faults = Arc::new(Faults::default());
    let between = Arc::clone(&faults);
    let server = TestServer::over(
        |config| config.store.answer_ms = ANSWER_MS,
        move |path| Ok(between.before(Arc::new(SqliteStore::open(path)?))),
    )
    .await;
    let anna = server.person("Anna").await;
    let robot = anna.robot("Hello", ROBOT).await;
    let agent = anna.agent().await;
    let computer = Computer::joined(&anna, &agent).await;
    let mut story = Story {
        faults,
        fault,
        person: &anna,
        computer,
    };
    let play = json!({"robotId": robot, "requestId": "once", "parameters": []});
    let job = story.plays("play", &play).await["id"].clone();
    let claim = json!({"claimId": "one", "free": 1});
    let claimed = story.says("offer_next", "claim", claim).await;
    assert_eq!(claimed["offers"][0]["jobId"], job, "{claimed}");
    let attempt = json!({"jobId": job, "attempt": 1});
    story.says("change_job", "confirm", attempt).await;
    let line = json!({"seq": 1, "at": "2026-11-23T08:15:05.118Z", "kind": "output",
        "stream": "stdout", "text": "hello\n"});
    let events = json!({"jobId": job, "attempt": 1, "first": 1, "events": [line]});
    let stored = story.says("append_events", "events", events).await;
    assert_eq!(stored["upTo"], 1, "{stored}");
    let finish = json!({"jobId": job, "attempt": 1, "lastSeq": 1,
        "outcome": {"kind": "success", "ranMs": 5}});
    story.says("change_job", "finish", finish).await;

    let jobs = anna.get("/jobs").await;
    let jobs = jobs["items"].as_array().unwrap();
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    assert_eq!(jobs[0]["status"], "success");
    assert_eq!(jobs[0]["attempt"], 1);
    let job = job.as_str().unwrap();
    let events = anna.get(&format!("/jobs/{job}/events")).await;
    assert_eq!(events["items"].as_array().unwrap().len(), 1, "{events}");
    server.stop().await;
}

impl Story<'_> {
    /// Hangs each call of that verb from now on.
    fn hangs(&self, verb: &'static str) {
        self.faults.arm(Armed {
            verb,
            nth: 1,
            times: usize::MAX,
            fault: self.fault,
        });
    }

    /// Plays while that verb hangs, then again; answers the job.
    async fn plays(&mut self, verb: &'static str, body: &Value) -> Value {
        self.hangs(verb);
        let ask = || self.person.ask(Method::POST, "/jobs").json(body);
        let answer = tokio::time::timeout(BOUND, ask().send()).await;
        let answer = answer.expect("it is answered in bounded time").unwrap();
        check_refusal(answer, "try_again").await;
        self.faults.none();
        good(ask()).await
    }

    /// Says something while that verb hangs, then again; answers the second acknowledgement.
    async fn says(&mut self, verb: &'static str, name: &str, body: Value) -> Value {
        self.hangs(verb);
        let server = self.person.server;
        let said = self.computer.say(server, name, body.clone());
        let said = tokio::time::timeout(BOUND, said).await;
        let said = said.expect("it is answered in bounded time");
        assert_eq!(said["error"]["code"], "try_again", "{name}: {said}");
        assert!(said["error"]["retryAfterMs"].is_u64(), "{said}");
        self.faults.none();
        let said = self.computer.say(server, name, body).await;
        assert_eq!(said["ok"], true, "{name}: {said}");
        said
    }
}
