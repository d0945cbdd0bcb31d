//! The rules of the namespace `/web`.

use model::ObjectId;
use serde_json::{Value, json};
use sessions::{Access, AfterPage};
use store::people::Scope;
use wire::ErrorCode;

use crate::peers::{Page, code, executing, offered, success};
use crate::world::World;

fn play(world: &World, page: &mut Page, body: Value) -> Result<Value, wire::ErrorBody> {
    page.say(world, "play", body)
}

#[test]
fn only_the_own_room_is_open() {
    let world = World::new();
    let mut page = Page::new(&world);
    let joined = page
        .say(&world, "join", json!({"userId": world.user}))
        .unwrap();
    assert_eq!(joined["room"], json!(world.user));
    assert_eq!(joined["build"], "build");
    assert_eq!(page.then, AfterPage::EnterRoom(world.user));
    let ben = world.new_user("ben");
    for user in [json!(ben), json!(ObjectId::from_bytes([9; 12])), json!("x")] {
        for name in ["join", "leave"] {
            let refused = page.say(&world, name, json!({"userId": user}));
            assert_eq!(code(refused), ErrorCode::Forbidden);
            assert_eq!(page.then, AfterPage::Nothing);
        }
    }
    page.say(&world, "leave", json!({"userId": world.user}))
        .unwrap();
    assert_eq!(page.then, AfterPage::LeaveRoom(world.user));
}

#[test]
fn play_answers_the_job_and_needs_no_room() {
    let world = World::new();
    let robot = world.robot();
    let mut page = Page::new(&world);
    let body = json!({"requestId": "r-1", "robotId": robot, "parameters": []});
    let job = play(&world, &mut page, body.clone()).unwrap()["job"].clone();
    assert_eq!(job["status"], "waiting");
    assert_eq!(job["whyWaiting"]["code"], "no_agent");
    assert_eq!(job["parameters"], json!([]));
    assert_eq!(job["can"]["cancel"], true);
    assert_eq!(job["can"]["kill"]["no"], "nothing is executing");
    assert_eq!(job["createdBy"]["name"], "Anna");
    assert_eq!(job.get("attempt"), None);
    let again = play(&world, &mut page, body).unwrap()["job"].clone();
    assert_eq!(again["id"], job["id"]);
    let other =
        json!({"requestId": "r-1", "robotId": robot, "parameters": [], "agentLabel": "sap"});
    let refused = play(&world, &mut page, other).unwrap_err();
    assert_eq!(refused.code, ErrorCode::Conflict);
    assert_eq!(json!(refused.job_id), job["id"]);
}

#[test]
fn a_play_names_what_is_wrong_with_it() {
    let world = World::new();
    let robot = world.robot();
    let mut page = Page::new(&world);
    let nobody = ObjectId::from_bytes([9; 12]);
    let cases = [
        (
            json!({"requestId": "", "robotId": robot, "parameters": []}),
            ErrorCode::Invalid,
            "requestId",
        ),
        (
            json!({"requestId": "r", "robotId": robot, "parameters": [{"name": "X", "value": 1}]}),
            ErrorCode::Invalid,
            "X",
        ),
        (
            json!({"requestId": "r", "robotId": robot, "parameters": [], "agentLabel": "two words"}),
            ErrorCode::Invalid,
            "agentLabel",
        ),
        (
            json!({"requestId": "r", "robotId": nobody, "parameters": []}),
            ErrorCode::NotFound,
            "",
        ),
        (
            json!({"requestId": "r", "robotId": "x", "parameters": []}),
            ErrorCode::NotFound,
            "",
        ),
        (
            json!({"requestId": "r", "robotId": robot, "parameters": [], "agentId": "x"}),
            ErrorCode::NotFound,
            "",
        ),
        (
            json!({"requestId": "r", "robotId": robot, "parameters": [], "version": 7}),
            ErrorCode::NotFound,
            "",
        ),
    ];
    for (body, code, field) in cases {
        let refused = play(&world, &mut page, body.clone()).unwrap_err();
        assert_eq!(refused.code, code, "{body}");
        if code == ErrorCode::Invalid {
            assert_eq!(refused.fields.unwrap()[0].name, field);
        }
    }
}

#[test]
fn cancel_answers_the_job_and_a_conflict_shows_how_it_ended() {
    let world = World::new();
    let job = world.play(world.robot());
    let (_, mut line, key) = executing(&world, job);
    let mut page = Page::new(&world);
    let stop = json!({"jobId": job, "mode": "stop"});
    let asked = page.say(&world, "cancel", stop.clone()).unwrap()["job"].clone();
    assert_eq!(asked["status"], "executing");
    assert_eq!(asked["cancelling"]["mode"], "stop");
    assert_eq!(asked["cancelling"]["reached"], false);
    assert_eq!(asked["can"]["cancel"]["no"], "it is being stopped");
    assert_eq!(asked["can"]["kill"], true);
    line.renew(&world, &[key]).unwrap();
    let asked = page.say(&world, "cancel", stop.clone()).unwrap()["job"].clone();
    assert_eq!(asked["cancelling"]["reached"], true);
    line.finish(&world, key, 0, success()).unwrap();
    let refused = page.say(&world, "cancel", stop).unwrap_err();
    assert_eq!(refused.code, ErrorCode::Conflict);
    let shown = refused.job.unwrap();
    assert_eq!(json!(shown.status), "success");
    assert_eq!(shown.cancelling, None);
    for unknown in [json!("x"), json!(ObjectId::from_bytes([9; 12]))] {
        let body = json!({"jobId": unknown, "mode": "stop"});
        assert_eq!(code(page.say(&world, "cancel", body)), ErrorCode::NotFound);
    }
    let wrong = json!({"jobId": job, "mode": "gently"});
    assert_eq!(code(page.say(&world, "cancel", wrong)), ErrorCode::Invalid);
}

#[test]
fn each_scope_of_a_token_stands_alone() {
    let world = World::new();
    let robot = world.robot();
    let job = world.play(robot);
    let messages = [
        ("join", json!({"userId": world.user}), Scope::Read),
        ("leave", json!({"userId": world.user}), Scope::Read),
        ("watch", json!({"jobId": job, "after": 0}), Scope::Read),
        ("unwatch", json!({"jobId": job}), Scope::Read),
        (
            "play",
            json!({"requestId": "r", "robotId": robot, "parameters": []}),
            Scope::Play,
        ),
        ("cancel", json!({"jobId": job, "mode": "stop"}), Scope::Play),
    ];
    for scope in [Scope::Read, Scope::Play, Scope::Edit, Scope::Metrics] {
        let mut page = Page::with(&world, Access::Token(vec![scope]));
        for (name, body, needed) in &messages {
            let answer = page.say(&world, name, body.clone());
            if scope == *needed {
                assert!(answer.is_ok(), "{name} with {scope:?}");
            } else {
                assert_eq!(code(answer), ErrorCode::Forbidden, "{name} with {scope:?}");
            }
        }
    }
}

#[test]
fn a_late_outcome_is_shown_beside_the_status() {
    let world = World::new();
    let job = world.play(world.robot());
    let (_, mut line, key) = executing(&world, job);
    world.pass(40_000);
    world.sweep();
    let mut page = Page::new(&world);
    let watch = json!({"jobId": job, "after": 0});
    let shown = page.say(&world, "watch", watch.clone()).unwrap()["job"].clone();
    assert_ne!(shown.get("silentSince"), None);
    world.pass(50_000);
    world.sweep();
    let shown = page.say(&world, "watch", watch.clone()).unwrap()["job"].clone();
    assert_eq!(shown["outcome"]["failure"], "agent_lost");
    assert_eq!(shown["can"]["cancel"], true, "it may still run");
    assert_eq!(shown["can"]["retry"], true);
    line.finish(&world, key, 0, success()).unwrap();
    let shown = page.say(&world, "watch", watch).unwrap()["job"].clone();
    assert_eq!(shown["status"], "failed");
    assert_eq!(shown["late"]["outcome"], success());
    assert_eq!(shown["can"]["cancel"]["no"], "it has ended");
}

#[test]
fn an_offer_shows_its_agent_and_no_start() {
    let world = World::new();
    let job = world.play(world.robot());
    let (agent, _, _) = offered(&world, job);
    let mut page = Page::new(&world);
    let watch = json!({"jobId": job, "after": 0});
    let answer = page.say(&world, "watch", watch).unwrap();
    assert_eq!(answer["job"]["attempt"], 1);
    assert_eq!(answer["job"]["agentId"], json!(agent));
    assert_eq!(answer["job"].get("startedAt"), None);
    assert_eq!(answer["job"].get("lastSeq"), None);
    assert_eq!(answer.get("attempt"), None);
    assert_eq!(answer["upTo"], 0);
}
