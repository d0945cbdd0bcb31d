//! The rules of the namespace `/agent`, one by one.

use model::{ObjectId, Status};
use serde_json::{Value, json};
use sessions::AfterAgent;
use store::agents::Running;
use wire::ErrorCode;

use crate::peers::{Line, code, event, executing, held, named, offered, success};
use crate::world::{World, now_or_never};

fn messages() -> Vec<(&'static str, Value)> {
    let job = ObjectId::from_bytes([5; 12]).to_string();
    vec![
        ("claim", json!({"claimId": "c", "free": 1})),
        ("confirm", json!({"jobId": job, "attempt": 1})),
        (
            "decline",
            json!({"jobId": job, "attempt": 1, "reason": "x"}),
        ),
        (
            "events",
            json!({"jobId": job, "attempt": 1, "first": 1, "events": [event(1)]}),
        ),
        (
            "finish",
            json!({"jobId": job, "attempt": 1, "lastSeq": 0, "outcome": success()}),
        ),
        ("renew", json!({"running": [], "free": 0})),
    ]
}

#[test]
fn nothing_is_heard_before_the_join() {
    let world = World::new();
    let mut line = Line::new(&world, world.agent(), "p");
    for (name, body) in messages() {
        let refused = line.say(&world, name, body);
        assert_eq!(code(refused), ErrorCode::NotJoined, "{name}");
        assert_eq!(line.then, AfterAgent::Nothing, "it may still join");
    }
    let told = line.join(&world, json!([])).unwrap();
    assert_eq!(told["room"], json!(world.user));
    assert_eq!(told["limits"]["messageBytes"], 1_048_576);
    assert_eq!(told["limits"]["lostMs"], 90_000);
    assert_eq!(line.then, AfterAgent::EnterRoom(world.user));
}

#[test]
fn the_room_of_another_user_is_forbidden_and_an_earlier_join_stays() {
    let world = World::new();
    let mut line = Line::new(&world, world.agent(), "p");
    let foreign = |user: Value| json!({"userId": user, "slots": 1, "version": "1", "os": "linux", "host": "h", "holding": []});
    let ben = world.new_user("ben");
    for user in [json!(ben), json!("nobody")] {
        let refused = line.say(&world, "join", foreign(user));
        assert_eq!(code(refused), ErrorCode::Forbidden);
        assert!(!line.session.has_joined());
    }
    line.join(&world, json!([])).unwrap();
    let refused = line.say(&world, "join", foreign(json!(ben)));
    assert_eq!(code(refused), ErrorCode::Forbidden);
    assert_eq!(line.then, AfterAgent::Nothing);
    assert_eq!(line.claim(&world, "c").len(), 0, "it is still joined");
}

#[test]
fn form_comes_before_state() {
    let world = World::new();
    let mut line = Line::new(&world, world.agent(), "p");
    let wrong = [
        ("join", json!({"userId": world.user}), "version"),
        ("join", json!({"userId": 7}), "userId"),
        ("claim", json!({"claimId": "a b", "free": 1}), "claimId"),
        ("claim", json!({"claimId": "c", "free": 65}), "free"),
        ("claim", json!({"claimId": "c", "free": -1}), "free"),
        (
            "events",
            json!({"jobId": "x", "attempt": 1, "first": 2, "events": [event(3)]}),
            "events[0].seq",
        ),
        (
            "events",
            json!({"jobId": "x", "attempt": 1, "first": 1, "events": []}),
            "events",
        ),
        ("renew", json!({"running": [], "free": 65}), "free"),
    ];
    for (name, body, field) in wrong {
        let refused = line.say(&world, name, body).unwrap_err();
        assert_eq!(refused.code, ErrorCode::Invalid, "{name}");
        let named = refused.fields.unwrap();
        if name != "join" {
            assert_eq!(named[0].name, field, "{name}");
        }
    }
    for slots in [0, 65] {
        let body = json!({"userId": world.user, "slots": slots, "version": "1", "os": "linux",
            "host": "h", "holding": []});
        let refused = line.say(&world, "join", body).unwrap_err();
        assert_eq!(refused.fields.unwrap()[0].name, "slots");
    }
    let unknown = line.say(&world, "dance", json!({})).unwrap_err();
    assert_eq!(unknown.code, ErrorCode::Invalid);
}

#[test]
fn a_job_id_that_is_none_names_an_unknown_attempt() {
    let world = World::new();
    let mut line = Line::new(&world, world.agent(), "p");
    let nonsense = json!([{"jobId": "nonsense", "attempt": 1, "state": "running", "lastSeq": 4}]);
    let told = line.join(&world, nonsense).unwrap();
    let dropped = json!([{"jobId": "nonsense", "attempt": 1, "reason": "unknown"}]);
    assert_eq!(told["drop"], dropped);
    let body = json!({"running": [{"jobId": "nonsense", "attempt": 1}], "free": 0});
    assert_eq!(line.say(&world, "renew", body).unwrap()["drop"], dropped);
    for (name, mut body) in messages() {
        if body.get("jobId").is_none() {
            continue;
        }
        let unknown = line.say(&world, name, body.clone());
        assert_eq!(code(unknown), ErrorCode::StaleAttempt, "{name}");
        body["jobId"] = json!("nonsense");
        let malformed = line.say(&world, name, body);
        assert_eq!(code(malformed), ErrorCode::StaleAttempt, "{name}");
    }
}

#[test]
fn a_claim_never_takes_more_than_its_slots_and_repeats_itself() {
    let world = World::new();
    let robot = world.robot();
    for _ in 0..4 {
        world.pass(1);
        world.play(robot);
    }
    let mut line = Line::joined(&world, world.agent(), "p", json!([]));
    let first = line.claim(&world, "c-1");
    assert_eq!(first.len(), 1, "free was 1");
    assert_eq!(line.claim(&world, "c-1"), first, "the answer was lost");
    let more = line.say(&world, "claim", json!({"claimId": "c-2", "free": 64}));
    assert_eq!(more.unwrap()["offers"].as_array().unwrap().len(), 1);
    assert_eq!(line.claim(&world, "c-3").len(), 0, "both slots are taken");
}

#[test]
fn an_offer_says_what_is_to_be_run_and_how() {
    let world = World::new();
    let job = world.play(world.robot());
    let mut line = Line::joined(&world, world.agent(), "p", json!([]));
    let offer = line.claim(&world, "c-1").remove(0);
    assert_eq!(offer["jobId"], json!(job));
    assert_eq!(offer["attempt"], 1);
    assert_eq!(offer["robot"]["kind"], "robotframework");
    assert!(offer["robot"]["source"].as_str().unwrap().contains("Tasks"));
    assert_eq!(offer["settings"]["stopGraceMs"], 10_000);
    assert_eq!(offer["settings"].get("timeoutMs"), None);
}

#[test]
fn offers_that_ran_out_do_not_hold_their_agents_slots() {
    let world = World::new();
    let robot = world.robot();
    for _ in 0..4 {
        world.pass(1);
        world.play(robot);
    }
    let mut line = Line::joined(&world, world.agent(), "p", json!([]));
    line.claim(&world, "c-1");
    line.claim(&world, "c-2");
    world.pass(15_000);
    assert_eq!(line.claim(&world, "c-3").len(), 1, "no sweep has come yet");
}

#[test]
fn a_confirmation_is_answered_alike_on_any_connection_of_its_process() {
    let world = World::new();
    let job = world.play(world.robot());
    let (agent, mut line, key) = offered(&world, job);
    assert_eq!(line.confirm(&world, key).unwrap(), json!({"secrets": []}));
    assert_eq!(line.confirm(&world, key).unwrap(), json!({"secrets": []}));
    let mut again = Line::joined(&world, agent, "first", json!([held(key, "accepted", 0)]));
    assert_eq!(again.confirm(&world, key).unwrap(), json!({"secrets": []}));
    assert_eq!(code(line.confirm(&world, key)), ErrorCode::NotJoined);
    assert_eq!(line.then, AfterAgent::Close);
}

#[test]
fn an_offer_that_ran_out_cannot_be_confirmed_whether_swept_or_not() {
    let world = World::new();
    let job = world.play(world.robot());
    let (_, mut line, key) = offered(&world, job);
    world.pass(15_000);
    assert_eq!(code(line.confirm(&world, key)), ErrorCode::StaleAttempt);
    let after = world.job(job);
    assert_eq!((after.status(), after.offer()), (Status::Waiting, None));
    assert_eq!(after.declined.len(), 1, "its agent was there");
}

#[test]
fn an_older_connection_of_the_same_process_may_come_back_another_one_may_not() {
    let world = World::new();
    let job = world.play(world.robot());
    let (agent, mut old, key) = executing(&world, job);
    let _newer = Line::joined(&world, agent, "first", json!([held(key, "running", 0)]));
    let last = |old: &mut Line, name: &str, body: Value| {
        let refused = code(old.say(&world, name, body));
        (refused, old.then)
    };
    let lines = [
        ("renew", json!({"running": [], "free": 0})),
        ("claim", json!({"claimId": "c", "free": 1})),
        ("confirm", named(key)),
        (
            "decline",
            json!({"jobId": job, "attempt": 1, "reason": "x"}),
        ),
        (
            "events",
            json!({"jobId": job, "attempt": 1, "first": 1, "events": [event(1)]}),
        ),
        (
            "finish",
            json!({"jobId": job, "attempt": 1, "lastSeq": 0, "outcome": success()}),
        ),
    ];
    for (name, body) in lines.clone() {
        let told = last(&mut old, name, body);
        assert_eq!(told, (ErrorCode::NotJoined, AfterAgent::Close), "{name}");
    }
    assert_eq!(code(old.join(&world, json!([]))), ErrorCode::NotJoined);
    let _other = Line::joined(&world, agent, "second", json!([held(key, "running", 0)]));
    for (name, body) in lines {
        let told = last(&mut old, name, body);
        assert_eq!(told, (ErrorCode::Replaced, AfterAgent::Close), "{name}");
    }
    assert_eq!(world.job(job).status(), Status::Executing);
    let stored = now_or_never(world.store.stored_to(job, 1)).unwrap();
    assert_eq!(stored, 0, "nothing was changed");
}

#[test]
fn an_open_offer_of_a_replaced_process_goes_back_at_once() {
    let world = World::new();
    let job = world.play(world.robot());
    let (agent, _, _) = offered(&world, job);
    let mut same = Line::joined(&world, agent, "first", json!([]));
    assert_eq!(
        same.claim(&world, "c-1")[0]["attempt"],
        1,
        "the same process asks again for what it was given"
    );
    let mut other = Line::joined(&world, agent, "second", json!([]));
    assert_eq!(other.claim(&world, "c-9")[0]["attempt"], 2);
}

#[test]
fn each_entry_of_holding_is_answered_once() {
    let world = World::new();
    let robot = world.robot();
    let (done, open) = (world.play(robot), world.play(robot));
    let agent = world.agent();
    let mut line = Line::joined(&world, agent, "p", json!([]));
    for id in ["c-1", "c-2"] {
        line.claim(&world, id);
    }
    for job in [done, open] {
        line.confirm(&world, (job, 1)).unwrap();
    }
    line.finish(&world, (done, 1), 0, success()).unwrap();
    let holding = json!([
        held((open, 1), "running", 3),
        held((open, 1), "running", 3),
        held((done, 1), "ended", 0),
        held((open, 7), "accepted", 0),
    ]);
    let told = line.join(&world, holding).unwrap();
    assert_eq!(told["keep"].as_array().unwrap().len(), 1);
    let dropped = json!([
        {"jobId": done, "attempt": 1, "reason": "ended"},
        {"jobId": open, "attempt": 7, "reason": "unknown"},
    ]);
    assert_eq!(told["drop"], dropped);
}

#[test]
fn events_are_stored_once_and_without_holes() {
    let world = World::new();
    let job = world.play(world.robot());
    let (_, mut line, key) = executing(&world, job);
    assert_eq!(line.events(&world, key, 1..=3).unwrap(), 3);
    assert_eq!(line.events(&world, key, 1..=3).unwrap(), 3, "repeated");
    assert_eq!(line.events(&world, key, 2..=5).unwrap(), 5, "overlapping");
    let missing = line.events(&world, key, 7..=7).unwrap_err();
    assert_eq!(missing.code, ErrorCode::MissingEvents);
    assert_eq!(missing.up_to, Some(5));
    let read = now_or_never(world.store.events(job, 1, 0, 100, 1 << 20)).unwrap();
    assert_eq!(read.events.len(), 5);
}

#[test]
fn an_attempt_ends_once_every_event_is_stored_and_keeps_its_first_outcome() {
    let world = World::new();
    let job = world.play(world.robot());
    let (_, mut line, key) = executing(&world, job);
    line.events(&world, key, 1..=3).unwrap();
    let early = line.finish(&world, key, 4, success()).unwrap_err();
    assert_eq!(early.code, ErrorCode::MissingEvents);
    assert_eq!(early.up_to, Some(3));
    let below = line.finish(&world, key, 2, success()).unwrap_err();
    assert_eq!(below.code, ErrorCode::Invalid);
    assert_eq!(below.fields.unwrap()[0].name, "lastSeq");
    let stored = line.finish(&world, key, 3, success()).unwrap();
    assert_eq!(stored, json!({"outcome": success()}));
    let other = json!({"kind": "failed", "failure": "robot", "message": "no"});
    let again = line.finish(&world, key, 9, other).unwrap();
    assert_eq!(again, json!({"outcome": success()}));
    assert_eq!(line.events(&world, key, 2..=3).unwrap(), 3);
    let beyond = line.events(&world, key, 4..=4);
    assert_eq!(code(beyond), ErrorCode::Conflict);
}

#[test]
fn an_unknown_kind_of_outcome_is_invalid_and_an_unknown_failure_is_kept() {
    let world = World::new();
    let job = world.play(world.robot());
    let (_, mut line, key) = executing(&world, job);
    let unknown = line.finish(&world, key, 0, json!({"kind": "vanished"}));
    assert_eq!(code(unknown), ErrorCode::Invalid);
    let outcome = json!({"kind": "failed", "failure": "sunspots", "message": "m"});
    let stored = line.finish(&world, key, 0, outcome.clone()).unwrap();
    assert_eq!(stored["outcome"], outcome);
}

#[test]
fn of_its_own_open_offer_an_agent_reports_nothing_and_of_anothers_attempt_never() {
    let world = World::new();
    let job = world.play(world.robot());
    let (_, mut line, key) = offered(&world, job);
    assert_eq!(
        code(line.events(&world, key, 1..=1)),
        ErrorCode::NotConfirmed
    );
    assert_eq!(
        code(line.finish(&world, key, 0, success())),
        ErrorCode::NotConfirmed
    );
    line.confirm(&world, key).unwrap();
    let mut other = Line::joined(&world, world.agent(), "other", json!([]));
    for refused in [
        code(other.events(&world, key, 1..=1)),
        code(other.finish(&world, key, 0, success())),
        code(other.confirm(&world, key)),
    ] {
        assert_eq!(refused, ErrorCode::StaleAttempt);
        assert_eq!(other.then, AfterAgent::Nothing);
    }
    let told = other.renew(&world, &[key]).unwrap();
    assert_eq!(told["drop"][0]["reason"], "unknown");
    assert_eq!(world.job(job).status(), Status::Executing);
}

#[test]
fn an_agent_that_reports_itself_lost_frees_a_repeatable_robot() {
    let world = World::new();
    let job = world.play(world.repeatable_robot());
    let (_, mut line, key) = executing(&world, job);
    let lost =
        json!({"kind": "failed", "failure": "agent_lost", "message": "the computer stopped"});
    line.finish(&world, key, 0, lost).unwrap();
    assert_eq!(world.job(job).status(), Status::Waiting);
    assert_eq!(line.claim(&world, "c-2")[0]["attempt"], 2);
}

#[test]
fn a_removed_agent_is_told_so_and_closed() {
    let world = World::new();
    let job = world.play(world.robot());
    let (agent, mut line, key) = executing(&world, job);
    let revoke = world
        .dispatch
        .revoke(world.user, agent, Running::Stop, world.now());
    now_or_never(revoke).unwrap();
    assert_eq!(code(line.renew(&world, &[key])), ErrorCode::Revoked);
    assert_eq!(line.then, AfterAgent::Close);
    assert_eq!(code(line.join(&world, json!([]))), ErrorCode::Revoked);
}

#[test]
fn a_request_to_end_is_repeated_until_the_outcome_is_stored() {
    let world = World::new();
    let job = world.play(world.robot());
    let (agent, mut line, key) = executing(&world, job);
    let cancel = world.dispatch.cancel(
        world.user,
        world.actor(),
        job,
        model::StopMode::Stop,
        world.now(),
    );
    now_or_never(cancel).unwrap();
    let told = json!([{"jobId": job, "attempt": 1, "mode": "stop"}]);
    assert_eq!(line.renew(&world, &[key]).unwrap()["cancel"], told);
    assert_eq!(line.renew(&world, &[key]).unwrap()["cancel"], told);
    let mut again = Line::new(&world, agent, "first");
    let joined = again.join(&world, json!([held(key, "running", 0)]));
    assert_eq!(joined.unwrap()["cancel"], told);
    again
        .finish(&world, key, 0, json!({"kind": "cancelled", "how": "stop"}))
        .unwrap();
    assert_eq!(world.job(job).status(), Status::Cancelled);
    let ended = again.renew(&world, &[key]).unwrap();
    assert_eq!(ended["cancel"], json!([]));
    assert_eq!(ended["drop"][0]["reason"], "ended");
}

#[test]
fn leaving_with_nothing_open_is_leaving_at_once() {
    let world = World::new();
    let agent = world.agent();
    let line = Line::joined(&world, agent, "p", json!([]));
    let state = || {
        let around = world.dispatch.surroundings(world.user, world.now());
        let around = now_or_never(around).unwrap();
        around.state_of(around.agent(agent).unwrap()).state
    };
    assert_eq!(state(), dispatch::AgentState::Online);
    now_or_never(line.session.left(world.now())).unwrap();
    assert_eq!(state(), dispatch::AgentState::Offline);
}
