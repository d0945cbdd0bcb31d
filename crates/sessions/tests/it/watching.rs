//! Following the events of a job: none is lost and none comes twice.

use model::{JobId, ObjectId};
use serde_json::{Value, json};
use sessions::{AfterPage, Next, Watcher};
use wire::ErrorCode;

use crate::peers::{Line, Page, code, executing};
use crate::world::{World, now_or_never};

fn watch(world: &World, page: &mut Page, body: Value) -> (Value, Watcher) {
    let answer = page.say(world, "watch", body).unwrap();
    match page.then.clone() {
        AfterPage::Watch(watcher) => (answer, watcher),
        other => panic!("no watcher: {other:?}"),
    }
}

/// All that a door pushes on a hint, as (attempt, seq).
fn pull(world: &World, watcher: &mut Watcher) -> Vec<(u32, u64)> {
    let mut pulled = Vec::new();
    while let Next::Events(batch) = now_or_never(watcher.next(&*world.store)).unwrap() {
        let pushed: Value = serde_json::from_str(&batch.to_json()).unwrap();
        assert_eq!(pushed["first"], batch.first);
        for (seq, event) in (batch.first..).zip(pushed["events"].as_array().unwrap()) {
            assert_eq!(event["seq"], seq);
            pulled.push((batch.attempt.attempt, seq));
        }
    }
    pulled
}

fn seqs(attempt: u32, seqs: std::ops::RangeInclusive<u64>) -> Vec<(u32, u64)> {
    seqs.map(|seq| (attempt, seq)).collect()
}

#[test]
fn what_comes_between_answer_and_first_hint_is_told_once() {
    let world = World::new();
    let job = world.play(world.robot());
    let (_, mut line, key) = executing(&world, job);
    line.events(&world, key, 1..=5).unwrap();
    let mut page = Page::new(&world);
    let (answer, mut watcher) = watch(
        &world,
        &mut page,
        json!({"jobId": job, "attempt": 1, "after": 3}),
    );
    assert_eq!(
        (&answer["upTo"], &answer["attempt"]),
        (&json!(5), &json!(1))
    );
    line.events(&world, key, 6..=7).unwrap();
    assert_eq!(pull(&world, &mut watcher), seqs(1, 4..=7));
    assert_eq!(pull(&world, &mut watcher), []);
    line.events(&world, key, 8..=2_500).unwrap_err();
    line.events(&world, key, 8..=1_000).unwrap();
    line.events(&world, key, 1_001..=2_000).unwrap();
    assert_eq!(pull(&world, &mut watcher), seqs(1, 8..=2_000));
}

#[test]
fn a_job_that_waits_is_followed_from_its_first_event_and_into_newer_attempts() {
    let world = World::new();
    let job = world.play(world.repeatable_robot());
    let mut page = Page::new(&world);
    let (answer, mut watcher) = watch(&world, &mut page, json!({"jobId": job, "after": 0}));
    assert_eq!(answer.get("attempt"), None);
    assert_eq!(pull(&world, &mut watcher), []);

    let (_, mut line, key) = executing(&world, job);
    line.events(&world, key, 1..=2).unwrap();
    assert_eq!(pull(&world, &mut watcher), seqs(1, 1..=2));
    let lost = json!({"kind": "failed", "failure": "agent_lost", "message": "m"});
    line.events(&world, key, 3..=3).unwrap();
    line.finish(&world, key, 3, lost).unwrap();
    line.claim(&world, "c-2");
    line.confirm(&world, (job, 2)).unwrap();
    line.events(&world, (job, 2), 1..=2).unwrap();
    let mut all = seqs(1, 3..=3);
    all.extend(seqs(2, 1..=2));
    assert_eq!(pull(&world, &mut watcher), all);
    assert_eq!(watcher.position(), (Some(2), 2));
}

#[test]
fn a_named_attempt_is_followed_onwards_unless_it_is_the_only_one_asked_for() {
    let world = World::new();
    let job = world.play(world.repeatable_robot());
    let (_, mut line, key) = executing(&world, job);
    line.events(&world, key, 1..=2).unwrap();
    let lost = json!({"kind": "failed", "failure": "agent_lost", "message": "m"});
    line.finish(&world, key, 2, lost).unwrap();
    line.claim(&world, "c-2");
    line.confirm(&world, (job, 2)).unwrap();
    line.events(&world, (job, 2), 1..=1).unwrap();
    let mut page = Page::new(&world);
    let body = json!({"jobId": job, "attempt": 1, "after": 1, "only": true});
    let (_, mut only) = watch(&world, &mut page, body);
    assert_eq!(pull(&world, &mut only), seqs(1, 2..=2));
    let body = json!({"jobId": job, "attempt": 1, "after": 1});
    let (_, mut onwards) = watch(&world, &mut page, body);
    assert_eq!(pull(&world, &mut onwards), [(1, 2), (2, 1)]);
    let (answer, _) = watch(&world, &mut page, json!({"jobId": job, "after": 0}));
    assert_eq!(answer["attempt"], 2, "without a name it is the latest");
}

#[test]
fn a_watch_names_what_is_wrong_with_it() {
    let world = World::new();
    let job = world.play(world.robot());
    let mut page = Page::new(&world);
    let mut refused = |body: Value| code(page.say(&world, "watch", body));
    let without = json!({"jobId": job, "after": 1});
    assert_eq!(refused(without), ErrorCode::Invalid);
    let unconfirmed = json!({"jobId": job, "attempt": 1, "after": 0});
    assert_eq!(refused(unconfirmed), ErrorCode::NotFound);
    for unknown in [json!("x"), json!(ObjectId::from_bytes([9; 12]))] {
        let body = json!({"jobId": unknown, "after": 0});
        assert_eq!(refused(body), ErrorCode::NotFound);
    }
}

#[test]
fn after_beyond_the_end_counts_as_the_end() {
    let world = World::new();
    let job = world.play(world.robot());
    let (_, mut line, key) = executing(&world, job);
    line.events(&world, key, 1..=2).unwrap();
    let mut page = Page::new(&world);
    let body = json!({"jobId": job, "attempt": 1, "after": 99});
    let (answer, mut watcher) = watch(&world, &mut page, body);
    assert_eq!(answer["upTo"], 2);
    line.events(&world, key, 3..=3).unwrap();
    assert_eq!(pull(&world, &mut watcher), [(1, 3)]);
}

#[test]
fn one_connection_follows_so_many_jobs_and_no_more() {
    let world = World::new();
    let robot = world.robot();
    let mut page = Page::new(&world);
    let jobs: Vec<JobId> = (0..65).map(|_| world.play(robot)).collect();
    let body = |job: &JobId| json!({"jobId": job, "after": 0});
    for job in &jobs[..64] {
        watch(&world, &mut page, body(job));
    }
    let one_more = page.say(&world, "watch", body(&jobs[64]));
    assert_eq!(code(one_more), ErrorCode::SlowDown);
    watch(&world, &mut page, body(&jobs[0]));
    page.say(&world, "unwatch", json!({"jobId": jobs[0]}))
        .unwrap();
    assert_eq!(page.then, AfterPage::Unwatch(jobs[0]));
    watch(&world, &mut page, body(&jobs[64]));
}

#[test]
fn a_large_log_comes_in_batches_that_fit_into_messages() {
    let world = World::new();
    let job = world.play(world.robot());
    let (_, mut line, _) = executing(&world, job);
    let large = |line: &mut Line, seq: u64| {
        let event = json!({"seq": seq, "at": "2026-11-23T08:15:02.118Z", "kind": "log",
            "text": "x".repeat(60_000)});
        let body = json!({"jobId": job, "attempt": 1, "first": seq, "events": [event]});
        line.say(&world, "events", body).unwrap();
    };
    for seq in 1..=30 {
        large(&mut line, seq);
    }
    let mut page = Page::new(&world);
    let body = json!({"jobId": job, "attempt": 1, "after": 0});
    let (_, mut watcher) = watch(&world, &mut page, body);
    let mut batches = 0;
    while let Next::Events(batch) = now_or_never(watcher.next(&*world.store)).unwrap() {
        assert!(batch.to_json().len() < 1_048_576);
        batches += 1;
    }
    assert!(batches >= 3);
    assert_eq!(watcher.position(), (Some(1), 30));
}
