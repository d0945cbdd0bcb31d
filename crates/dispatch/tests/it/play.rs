//! Play and retry.

use dispatch::{PlayAnswer, PlayRefused, PlayRequest, RetryRefused, RetryRequest};
use model::parameter::{Parameter, ParameterType};
use model::{AgentId, JobId, ObjectId, RobotId, RobotSettings, StopMode};
use serde_json::json;

use crate::world::{Hint, World, given, key, now_or_never};

fn declared(name: &str, kind: ParameterType) -> Parameter {
    Parameter::new(name, kind)
}

fn play(world: &World, ask: PlayRequest) -> Result<PlayAnswer, PlayRefused> {
    now_or_never(world.dispatch.play(ask, world.now()))
}

fn played(world: &World, ask: PlayRequest) -> JobId {
    match play(world, ask).unwrap() {
        PlayAnswer::Created(job) => job.id,
        PlayAnswer::Same(_) => panic!("it is a new one"),
    }
}

#[test]
fn a_play_is_kept_and_told_to_the_agents_and_pages() {
    let world = World::new();
    let robot = world.robot();
    world.heard.take();
    let job = played(&world, world.ask(robot));
    let stored = world.job(job);
    assert_eq!((stored.number, stored.robot_version), (1, 1));
    let heard = world.heard.take();
    for hint in [Hint::Work(world.user), Hint::Job(job), Hint::Robot(robot)] {
        assert!(heard.contains(&hint), "{hint:?}");
    }
}

#[test]
fn the_same_request_plays_once_and_other_content_is_a_conflict() {
    let world = World::new();
    let robot = world.robot_with(
        vec![declared("N", ParameterType::Number)],
        RobotSettings::default(),
    );
    let ask = |n: i32| PlayRequest {
        request: Some(key("r-1")),
        parameters: vec![given("N", n)],
        ..world.ask(robot)
    };
    let first = played(&world, ask(1));
    let again = play(&world, ask(1)).unwrap();
    assert!(matches!(again, PlayAnswer::Same(job) if job.id == first));
    let other = play(&world, ask(2)).unwrap_err();
    assert!(matches!(other, PlayRefused::RequestIdTaken { job } if job == first));
    // A version that is named is other content than the latest, which is not.
    let named = PlayRequest {
        version: Some(1),
        ..ask(1)
    };
    let other = play(&world, named).unwrap_err();
    assert!(matches!(other, PlayRefused::RequestIdTaken { .. }));
}

#[test]
fn a_repeated_request_is_answered_also_after_its_robot_is_gone() {
    let world = World::new();
    let robot = world.robot();
    let ask = || PlayRequest {
        request: Some(key("r-1")),
        ..world.ask(robot)
    };
    let first = played(&world, ask());
    let by = world.actor();
    let delete = world
        .dispatch
        .delete_robot(world.user, &by, robot, world.now());
    assert!(now_or_never(delete).unwrap().is_some());
    assert_eq!(world.job(first).status(), model::Status::Cancelled);
    let again = play(&world, ask()).unwrap();
    assert!(matches!(again, PlayAnswer::Same(job) if job.id == first));
    let new = PlayRequest {
        request: Some(key("r-2")),
        ..ask()
    };
    assert!(matches!(
        play(&world, new).unwrap_err(),
        PlayRefused::RobotGone
    ));
}

#[test]
fn a_refused_request_does_not_use_its_id_up() {
    let world = World::new();
    let robot = world.robot_with(
        vec![declared("N", ParameterType::Number)],
        RobotSettings::default(),
    );
    let ask = |n: serde_json::Value| PlayRequest {
        request: Some(key("r-1")),
        parameters: vec![given("N", n)],
        ..world.ask(robot)
    };
    let refused = play(&world, ask(json!("many"))).unwrap_err();
    assert!(matches!(refused, PlayRefused::Parameters(problems) if problems[0].name == "N"));
    played(&world, ask(json!(3)));
}

#[test]
fn what_is_not_there_or_not_yours_cannot_be_played() {
    let world = World::new();
    let robot = world.robot();
    let nobody = ObjectId::from_bytes([77; 12]);
    let unknown = play(&world, world.ask(RobotId(nobody))).unwrap_err();
    assert!(matches!(unknown, PlayRefused::RobotGone));
    let stranger = PlayRequest {
        user: world.new_user("ben"),
        ..world.ask(robot)
    };
    assert!(matches!(
        play(&world, stranger).unwrap_err(),
        PlayRefused::RobotGone
    ));
    let version = PlayRequest {
        version: Some(2),
        ..world.ask(robot)
    };
    assert!(matches!(
        play(&world, version).unwrap_err(),
        PlayRefused::VersionGone(2)
    ));
    let agent = PlayRequest {
        agent: Some(AgentId(nobody)),
        ..world.ask(robot)
    };
    assert!(matches!(
        play(&world, agent).unwrap_err(),
        PlayRefused::AgentGone
    ));
}

#[test]
fn parameters_beyond_the_limit_are_too_large() {
    let world = World::new();
    let robot = world.robot_with(
        vec![declared("T", ParameterType::Text)],
        RobotSettings::default(),
    );
    let ask = |bytes: usize| PlayRequest {
        parameters: vec![given("T", "x".repeat(bytes))],
        ..world.ask(robot)
    };
    let refused = play(&world, ask(262_144)).unwrap_err();
    assert!(matches!(refused, PlayRefused::TooLarge { most: 262_144 }));
    played(&world, ask(260_000));
}

#[test]
fn a_secret_is_stored_sealed_and_comes_with_the_confirmation_alone() {
    let world = World::new();
    let robot = world.robot_with(
        vec![declared("TOKEN", ParameterType::Secret)],
        RobotSettings::default(),
    );
    let job = played(
        &world,
        PlayRequest {
            parameters: vec![given("TOKEN", "hunter2")],
            ..world.ask(robot)
        },
    );
    let shown = now_or_never(world.store.job_parameters(job)).unwrap();
    assert_eq!(shown[0].set, Some(true));
    assert_eq!(shown[0].value, None);
    let sealed = now_or_never(world.store.job_secrets(job)).unwrap();
    let bytes = String::from_utf8_lossy(&sealed[0].sealed).into_owned();
    assert!(!bytes.contains("hunter2"));

    let agent = world.agent();
    let connection = world.connect(agent, "p");
    crate::sweep::join(&world, &connection, vec![]);
    let claim = world.dispatch.claim(&connection, key("c"), 1, world.now());
    let offers = now_or_never(claim).unwrap();
    assert_eq!(offers[0].parameters, shown);
    let attempt = model::AttemptKey { job, attempt: 1 };
    let confirm = world.dispatch.confirm(&connection, attempt, world.now());
    let secrets = now_or_never(confirm).unwrap();
    assert_eq!(secrets[0].value, "hunter2");
}

#[test]
fn a_retry_needs_an_ended_job_and_its_secrets_again() {
    let world = World::new();
    let robot = world.robot_with(
        vec![
            declared("TOKEN", ParameterType::Secret),
            declared("T", ParameterType::Text),
        ],
        RobotSettings::default(),
    );
    let old = played(
        &world,
        PlayRequest {
            parameters: vec![given("TOKEN", "s"), given("T", "kept")],
            ..world.ask(robot)
        },
    );
    let retry = |secrets| {
        let ask = RetryRequest {
            user: world.user,
            by: world.actor(),
            request: Some(key("again")),
            job: old,
            secrets,
        };
        now_or_never(world.dispatch.retry(ask, world.now()))
    };
    assert!(matches!(retry(vec![]), Err(RetryRefused::NotEnded(_))));
    let cancel = world
        .dispatch
        .cancel(world.user, world.actor(), old, StopMode::Stop, world.now());
    now_or_never(cancel).unwrap();

    let Err(RetryRefused::Play(PlayRefused::Parameters(problems))) = retry(vec![]) else {
        panic!("the secret is missing");
    };
    assert_eq!(problems[0].name, "TOKEN");
    let Err(RetryRefused::Play(PlayRefused::Parameters(problems))) =
        retry(vec![given("TOKEN", "s"), given("T", "other")])
    else {
        panic!("only secrets are given again");
    };
    assert_eq!(problems[0].name, "T");

    let new = retry(vec![given("TOKEN", "s")]).unwrap().job().clone();
    assert_eq!(new.retry_of, Some(old));
    let values = now_or_never(world.store.job_parameters(new.id)).unwrap();
    assert_eq!(values[1].value, Some(json!("kept")));
    let same = retry(vec![given("TOKEN", "s")]).unwrap();
    assert!(matches!(same, PlayAnswer::Same(job) if job.id == new.id));
}
