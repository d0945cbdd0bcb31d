//! Why a job waits, from facts in the store.

use dispatch::{DeclineRequest, PlayRequest, Surroundings, why_waiting};
use model::{Check, Connection, JobId, Label};
use serde_json::Value;
use store::agents::{AgentPatch, Running};

use crate::sweep::join;
use crate::world::{World, key, now_or_never};

fn around(world: &World) -> Surroundings {
    now_or_never(world.dispatch.surroundings(world.user, world.now())).unwrap()
}

/// Code and sentence.
fn why(world: &World, job: JobId) -> Option<(&'static str, String)> {
    let reason = why_waiting(&world.job(job), &around(world))?;
    Some((reason.code, reason.message))
}

fn code(world: &World, job: JobId) -> Option<&'static str> {
    why(world, job).map(|(code, _)| code)
}

fn argument(world: &World, job: JobId, name: &str) -> Value {
    let reason = why_waiting(&world.job(job), &around(world)).unwrap();
    reason.args[name].clone()
}

fn online(world: &World, name: &str, labels: &[&str]) -> Connection {
    let connection = world.connect(world.agent_named(name, labels), "p");
    join(world, &connection, vec![]);
    connection
}

fn patch(world: &World, connection: &Connection, patch: AgentPatch) {
    let patched = world
        .dispatch
        .change_agent(world.user, connection.agent, patch);
    now_or_never(patched).unwrap();
}

#[test]
fn without_a_computer_it_says_so_and_an_offline_one_is_named() {
    let world = World::new();
    let job = world.play(world.robot());
    assert_eq!(code(&world, job), Some("no_agent"));
    world.agent();
    assert_eq!(code(&world, job), Some("agents_offline"));
    assert_eq!(argument(&world, job, "n"), 1);
    assert_eq!(argument(&world, job, "computer"), "RECEPTION");
}

#[test]
fn a_computer_that_would_take_it_in_a_moment_is_no_reason() {
    let world = World::new();
    let job = world.play(world.robot());
    online(&world, "RECEPTION", &[]);
    assert_eq!(why(&world, job), None);
    world.pass(30_000);
    assert_eq!(code(&world, job), Some("agents_offline"));
}

#[test]
fn an_open_offer_is_named_with_its_end() {
    let world = World::new();
    let job = world.play(world.robot());
    let connection = online(&world, "RECEPTION", &[]);
    let claim = world.dispatch.claim(&connection, key("c"), 1, world.now());
    now_or_never(claim).unwrap();
    assert_eq!(code(&world, job), Some("offered"));
    let until = argument(&world, job, "until");
    world.pass(15_000);
    assert_eq!(until, world.now().to_string());
    assert_ne!(code(&world, job), Some("offered"));
    world.dispatch.stops();
    assert_eq!(code(&world, job), Some("server_stopping"));
}

#[test]
fn all_labels_must_be_found_on_one_computer() {
    let world = World::new();
    online(&world, "A", &["sap"]);
    online(&world, "B", &["excel"]);
    let robot = world.robot();
    let labels = vec![Label::parse("sap").unwrap()];
    let patch = store::robots::RobotPatch {
        labels: Some(labels),
        ..Default::default()
    };
    let patched = world
        .dispatch
        .change_robot(world.user, robot, patch, world.now());
    now_or_never(patched).unwrap();
    let ask = PlayRequest {
        label: Some(Label::parse("excel").unwrap()),
        ..world.ask(robot)
    };
    let played = now_or_never(world.dispatch.play(ask, world.now())).unwrap();
    let job = played.job().id;
    assert_eq!(
        why(&world, job).unwrap(),
        (
            "label_missing",
            "no computer has all of the labels excel, sap".to_owned()
        )
    );
    assert_eq!(argument(&world, job, "label"), "excel, sap");
    online(&world, "C", &["excel", "sap"]);
    assert_eq!(why(&world, job), None);
}

#[test]
fn a_wanted_computer_is_named_when_it_is_away_or_removed() {
    let world = World::new();
    online(&world, "OTHER", &[]);
    let wanted = world.agent_named("FINANCE-2", &[]);
    let ask = PlayRequest {
        agent: Some(wanted),
        ..world.ask(world.robot())
    };
    let job = now_or_never(world.dispatch.play(ask, world.now()))
        .unwrap()
        .job()
        .id;
    assert_eq!(code(&world, job), Some("wanted_offline"));
    let revoke = world
        .dispatch
        .revoke(world.user, wanted, Running::Stop, world.now());
    now_or_never(revoke).unwrap();
    assert_eq!(code(&world, job), Some("wanted_removed"));
    assert_eq!(argument(&world, job, "computer"), "FINANCE-2");
}

#[test]
fn paused_not_ready_and_declined_come_before_busy() {
    let world = World::new();
    let job = world.play(world.robot());
    let connection = online(&world, "RECEPTION", &[]);
    let paused = |paused| AgentPatch {
        paused: Some(paused),
        ..AgentPatch::default()
    };
    patch(&world, &connection, paused(true));
    assert_eq!(code(&world, job), Some("agent_paused"));
    patch(&world, &connection, paused(false));

    let claim = world.dispatch.claim(&connection, key("c"), 1, world.now());
    now_or_never(claim).unwrap();
    let decline = DeclineRequest {
        attempt: model::AttemptKey { job, attempt: 1 },
        reason: "disk_full".to_owned(),
        message: Some("3 MB are free".to_owned()),
    };
    now_or_never(world.dispatch.decline(&connection, decline, world.now())).unwrap();
    assert_eq!(code(&world, job), Some("declined"));
    assert_eq!(argument(&world, job, "reason"), "disk_full");

    let failing = Check {
        code: "disk".to_owned(),
        ok: false,
        text: "3 MB are free".to_owned(),
    };
    let ask = dispatch::RenewRequest {
        connection: connection.clone(),
        running: vec![],
        checks: Some(vec![failing]),
    };
    now_or_never(world.dispatch.renew(ask, world.now())).unwrap();
    assert_eq!(
        why(&world, job).unwrap(),
        (
            "not_ready",
            "RECEPTION is not ready: 3 MB are free".to_owned()
        )
    );
}

#[test]
fn full_slots_and_the_queue_are_counted() {
    let world = World::new();
    let robot = world.robot();
    let connection = online(&world, "RECEPTION", &[]);
    let jobs = [(); 4].map(|()| {
        world.pass(1);
        world.play(robot)
    });
    let claim = world.dispatch.claim(&connection, key("c"), 64, world.now());
    assert_eq!(now_or_never(claim).unwrap().len(), 2, "two slots");
    assert_eq!(
        why(&world, jobs[2]).unwrap(),
        ("slots_busy", "both slots of RECEPTION are busy".to_owned())
    );
    assert_eq!(
        why(&world, jobs[3]).unwrap(),
        ("queued_behind", "one job is before this one".to_owned())
    );
}
