//! What could not be read for a page is read again: a page that follows what it shows does not ask.

use std::sync::Arc;
use std::time::Duration;

use model::{Actor, ActorKind, JobId, StopMode};
use serde_json::{Value, json};
use store::faulty::Fault;

use super::given::{Armed, Faults};
use super::polling::Polling;
use super::row::{Door, Row};
use super::stage::Stage;

/// How long the server may take to ask its store.
const LIMIT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_change_that_could_not_be_read_is_told_when_the_store_answers_again() {
    let stage = Stage::set(&Row::at(Door::Page, "<waiting>")).await;
    let page = joined(&stage).await;
    away(&stage.faults, "open_jobs");
    let app = &stage.server.app;
    let anna = Actor {
        kind: ActorKind::User,
        id: stage.anna.to_string(),
        name: "Anna".to_owned(),
    };
    let job: JobId = stage.things["waiting"].parse().unwrap();
    let cancelled = app
        .dispatch
        .cancel(stage.anna, anna, job, StopMode::Stop, app.now());
    cancelled.await.unwrap();
    back_once_missed(&stage.faults).await;

    let status = page
        .hears(|packet| said(packet, "job", &["job", "status"]))
        .await;

    assert_eq!(status, "cancelled");
    stage.strike();
}

#[tokio::test]
async fn the_last_events_that_could_not_be_read_reach_who_watches() {
    let mut stage = Stage::set(&Row::at(Door::Page, "<executing>")).await;
    let page = joined(&stage).await;
    let job = stage.things["executing"].clone();
    let watch = json!(["watch", {"jobId": job, "attempt": 1, "after": 0}]);
    page.send(format!("42/web,2{watch}")).await;
    page.hears(|packet| packet.starts_with("43/web,2").then_some(()))
        .await;
    away(&stage.faults, "events");
    let line = json!({"seq": 1, "at": "2026-11-23T08:15:05.118Z", "kind": "output",
        "stream": "stdout", "text": "the last words\n"});
    let events = json!({"jobId": job, "attempt": 1, "first": 1, "events": [line]});
    let computer = stage.computer.as_mut().unwrap();
    let stored = computer.say(&stage.server, "events", events).await;
    assert_eq!(stored["upTo"], 1, "{stored}");
    back_once_missed(&stage.faults).await;

    let events = page
        .hears(|packet| said(packet, "events", &["events"]))
        .await;

    assert_eq!(events[0]["text"], "the last words\n");
    stage.strike();
}

/// A page that is in its user's room.
async fn joined(stage: &Stage) -> Polling {
    let page = Polling::open(&stage.server, &stage.cookie).await;
    page.send(format!("40/web,{}", json!({"v": 1}))).await;
    page.hears(|packet| packet.starts_with("40/web").then_some(()))
        .await;
    let join = json!(["join", {"userId": stage.anna}]);
    page.send(format!("42/web,1{join}")).await;
    page.hears(|packet| packet.starts_with("43/web,1").then_some(()))
        .await;
    page
}

/// From now on that verb is refused.
fn away(faults: &Arc<Faults>, verb: &'static str) {
    faults.arm(Armed {
        verb,
        nth: 1,
        times: usize::MAX,
        fault: Fault::Unavailable,
    });
}

/// Ends that, once it was asked for in vain.
async fn back_once_missed(faults: &Arc<Faults>) {
    let missed = async {
        while faults.met() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, missed).await.unwrap();
    faults.none();
}

/// A field of that message, if the packet is one.
fn said(packet: &str, name: &str, path: &[&str]) -> Option<Value> {
    let message: Value = serde_json::from_str(packet.strip_prefix("42/web,")?).unwrap();
    (message[0] == name).then(|| {
        path.iter()
            .fold(message[1].clone(), |at, key| at[key].clone())
    })
}
