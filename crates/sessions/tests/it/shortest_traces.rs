//! The shortest stories in which an earlier draft of the protocol broke a promise: each ends well.

use model::transition::Command;
use model::{Failure, Status, StopMode};
use serde_json::json;
use sessions::AfterAgent;
use store::agents::Join;
use wire::ErrorCode;

use crate::peers::{Line, code, executing, held, offered, success};
use crate::world::{World, now_or_never};

fn failure(world: &World, job: model::JobId) -> Option<Failure> {
    match world.job(job).state {
        model::JobState::Ended { outcome, .. } => match outcome.ending {
            model::Ending::Failed { failure, .. } => Some(failure),
            model::Ending::Success | model::Ending::Cancelled { .. } => None,
        },
        model::JobState::Waiting { .. } | model::JobState::Executing { .. } => None,
    }
}

#[test]
fn a_power_cut_after_the_confirmation_starts_nothing_twice() {
    for repeatable in [false, true] {
        let world = World::new();
        let robot = if repeatable {
            world.repeatable_robot()
        } else {
            world.robot()
        };
        let job = world.play(robot);
        let (agent, _, key) = executing(&world, job);
        // The robot may run; the disk says `accepted`.
        let mut again = Line::new(&world, agent, "restarted");
        let told = again
            .join(&world, json!([held(key, "accepted", 0)]))
            .unwrap();
        assert_eq!(told["keep"], json!([]));
        assert_eq!(told["drop"][0]["reason"], "unknown");
        assert_eq!(failure(&world, job), Some(Failure::AgentLost));
        let start = again.confirm(&world, key);
        assert_eq!(code(start), ErrorCode::StaleAttempt);
        // What it did all the same is kept.
        assert_eq!(again.events(&world, key, 1..=2).unwrap(), 2);
        let late = again.finish(&world, key, 2, success()).unwrap();
        assert_eq!(late["late"], true);
        assert_eq!(world.job(job).status(), Status::Failed);
    }
}

#[test]
fn a_copy_of_the_disk_starts_nothing_twice() {
    let world = World::new();
    let job = world.play(world.robot());
    let (agent, mut original, key) = offered(&world, job);
    original.confirm(&world, key).unwrap();
    let mut copy = Line::new(&world, agent, "copy");
    let told = copy
        .join(&world, json!([held(key, "accepted", 0)]))
        .unwrap();
    assert_eq!(told["drop"][0]["reason"], "unknown");
    assert_eq!(code(copy.confirm(&world, key)), ErrorCode::StaleAttempt);
    assert_eq!(code(original.renew(&world, &[key])), ErrorCode::Replaced);
    assert_eq!(original.then, AfterAgent::Close);
}

#[test]
fn a_copy_that_takes_the_offer_first_is_the_only_one_to_confirm_it() {
    let world = World::new();
    let job = world.play(world.robot());
    let (agent, mut original, key) = offered(&world, job);
    let mut copy = Line::new(&world, agent, "copy");
    let told = copy
        .join(&world, json!([held(key, "accepted", 0)]))
        .unwrap();
    assert_eq!(told["keep"][0]["upTo"], 0);
    assert_eq!(code(original.confirm(&world, key)), ErrorCode::Replaced);
    copy.confirm(&world, key).unwrap();
    assert_eq!(world.job(job).status(), Status::Executing);
}

#[test]
fn an_agent_whose_disk_lost_events_numbers_on_behind_what_is_stored() {
    let world = World::new();
    let job = world.play(world.robot());
    let (agent, mut line, key) = executing(&world, job);
    assert_eq!(line.events(&world, key, 1..=2).unwrap(), 2);
    let mut again = Line::new(&world, agent, "restarted");
    let told = again
        .join(&world, json!([held(key, "running", 0)]))
        .unwrap();
    assert_eq!(told["keep"][0]["upTo"], 2);
    let gap =
        json!({"seq": 3, "at": "2026-11-23T08:15:02.118Z", "kind": "gap", "reason": "disk_lost"});
    let body = json!({"jobId": job, "attempt": 1, "first": 3, "events": [gap]});
    assert_eq!(again.say(&world, "events", body).unwrap()["upTo"], 3);
    let lost =
        json!({"kind": "failed", "failure": "agent_lost", "message": "the computer stopped"});
    again.finish(&world, key, 3, lost).unwrap();
    assert_eq!(failure(&world, job), Some(Failure::AgentLost));
}

#[test]
fn a_join_that_is_carried_out_late_replaces_nobody() {
    let world = World::new();
    let job = world.play(world.robot());
    let agent = world.agent();
    let mut crashed = Line::new(&world, agent, "crashed");
    let mut living = Line::joined(&world, agent, "living", json!([]));
    living.claim(&world, "c-1");
    let key = (job, 1);
    living.confirm(&world, key).unwrap();
    world.heard.take();
    // The join of the crashed process was on its way at a slow node, with nothing in its hands.
    let late = crashed.join(&world, json!([]));
    assert_eq!(code(late), ErrorCode::Replaced);
    assert_eq!(crashed.then, AfterAgent::Close);
    assert_eq!(world.heard.take(), [], "the living process is told nothing");
    let told = living.renew(&world, &[key]).unwrap();
    assert_eq!(told, json!({"drop": [], "cancel": []}));
    assert_eq!(world.job(job).status(), Status::Executing);
}

#[test]
fn a_confirmation_that_is_carried_out_under_a_newer_join_ends_at_its_next_renew() {
    let world = World::new();
    let job = world.play(world.robot());
    let (agent, mut original, key) = offered(&world, job);
    let mut copy = Line::new(&world, agent, "copy");
    // The copy's join stands, and before it has looked at the offers the confirmation arrives.
    let join = Join {
        connection: copy.session.connection().clone(),
        slots: 2,
        version: "0.1.0".to_owned(),
        os: "linux".to_owned(),
        host: "reception".to_owned(),
        checks: None,
        now: world.now(),
    };
    now_or_never(world.store.join_agent(join)).unwrap();
    original.confirm(&world, key).unwrap();
    assert_eq!(world.job(job).status(), Status::Executing);
    copy.join(&world, json!([])).unwrap();
    assert_eq!(failure(&world, job), Some(Failure::AgentLost));
}

#[test]
fn an_executing_attempt_that_any_renew_does_not_name_is_lost_at_once() {
    for repeatable in [false, true] {
        let world = World::new();
        let robot = if repeatable {
            world.repeatable_robot()
        } else {
            world.robot()
        };
        let job = world.play(robot);
        let (agent, _, key) = executing(&world, job);
        let mut again = Line::joined(&world, agent, "first", json!([held(key, "running", 0)]));
        again.renew(&world, &[]).unwrap();
        assert_eq!(
            world.job(job).status(),
            Status::Executing,
            "kept on this very connection: its own forgetting proves nothing"
        );
        let mut third = Line::joined(&world, agent, "first", json!([held(key, "running", 0)]));
        // An earlier connection's number comes back when nothing raised it.
        third.renew(&world, &[key]).unwrap();
        let fourth = Line::joined(&world, agent, "first", json!([]));
        assert!(fourth.session.has_joined());
        assert_eq!(failure(&world, job), Some(Failure::AgentLost));
    }
}

#[test]
fn two_clocks_do_not_disagree_about_an_offer_once_it_is_dropped() {
    let world = World::new();
    let job = world.play(world.robot());
    let (agent, mut cut, key) = offered(&world, job);
    // The confirmation is on its way; another node's clock says that the offer has run out.
    world.pass(15_000);
    let mut again = Line::new(&world, agent, "first");
    let told = again
        .join(&world, json!([held(key, "accepted", 0)]))
        .unwrap();
    assert_eq!(told["drop"][0]["reason"], "stale");
    world.pass(-1_000);
    assert_eq!(code(cut.confirm(&world, key)), ErrorCode::StaleAttempt);
    let after = world.job(job);
    assert_eq!((after.status(), after.offer()), (Status::Waiting, None));
}

#[test]
fn a_cancelled_robot_never_starts_anew() {
    let world = World::new();
    let job = world.play(world.repeatable_robot());
    executing(&world, job);
    let cancel = world
        .dispatch
        .cancel(world.user, world.actor(), job, StopMode::Stop, world.now());
    now_or_never(cancel).unwrap();
    world.pass(90_000);
    world.sweep();
    assert_eq!(failure(&world, job), Some(Failure::AgentLost));
    let mut other = Line::joined(&world, world.agent(), "other", json!([]));
    assert_eq!(other.claim(&world, "c-2").len(), 0);
}

#[test]
fn an_attempt_whose_outcome_is_not_stored_is_never_dropped() {
    let world = World::new();
    let job = world.play(world.repeatable_robot());
    let (_, mut line, key) = executing(&world, job);
    world.pass(90_000);
    world.sweep();
    assert_eq!(world.job(job).status(), Status::Waiting);
    // The renew was sent while it was `accepted`; it has started meanwhile.
    let told = line.renew(&world, &[key]).unwrap();
    assert_eq!(told["drop"], json!([]));
    // A newer attempt at another agent changes nothing about that.
    let mut other = Line::joined(&world, world.agent(), "other", json!([]));
    assert_eq!(other.claim(&world, "c-2")[0]["attempt"], 2);
    other.confirm(&world, (job, 2)).unwrap();
    assert_eq!(line.renew(&world, &[key]).unwrap()["drop"], json!([]));
    let late = line.finish(&world, key, 0, success()).unwrap();
    assert_eq!(late["late"], true);
    assert_eq!(world.job(job).status(), Status::Executing);
    let told = line.renew(&world, &[key]).unwrap();
    assert_eq!(told["drop"][0]["reason"], "ended");
}

#[test]
fn only_an_open_offer_can_be_declined() {
    let world = World::new();
    let job = world.play(world.robot());
    let (_, mut line, key) = executing(&world, job);
    let decline = json!({"jobId": job, "attempt": 1, "reason": "no_slot"});
    let late = line.say(&world, "decline", decline);
    assert_eq!(code(late), ErrorCode::Conflict);
    assert_eq!(world.job(job).status(), Status::Executing);
    line.finish(&world, key, 0, success()).unwrap();
}

#[test]
fn an_attempt_number_is_offered_once() {
    let world = World::new();
    let job = world.play(world.robot());
    let (_, mut line, _) = offered(&world, job);
    let decline = json!({"jobId": job, "attempt": 1, "reason": "not_now"});
    line.say(&world, "decline", decline.clone()).unwrap();
    let repeated = line.say(&world, "decline", decline);
    assert_eq!(code(repeated), ErrorCode::StaleAttempt);
    assert_eq!(line.claim(&world, "c-2").len(), 0, "not asked again yet");
    world.pass(30_000);
    assert_eq!(line.claim(&world, "c-3")[0]["attempt"], 2);
    let command = Command::Expire {
        n: 1,
        declined_until: None,
    };
    let old = now_or_never(
        world
            .store
            .change_job(job, command, None, world.pass(60_000)),
    );
    assert!(matches!(
        old.unwrap(),
        store::jobs::JobAnswer::Refused { .. }
    ));
}
