//! What bad input gets: a clear error, and nobody else is disturbed.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{NOBODY, Person, ROBOT, TestServer, good, refused};

#[tokio::test]
async fn what_does_not_exist_or_belongs_to_somebody_else_is_not_found() {
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    let ben = server.person("Ben").await;
    let robot = ben.robot("Ben's", ROBOT).await;
    let body = json!({"robotId": robot, "parameters": []});
    let job = ben.post("/jobs", body.clone()).await["id"].clone();
    let job = job.as_str().unwrap();
    let agent = ben.agent().await;

    refused(anna.ask(Method::POST, "/jobs").json(&body), "not_found").await;
    for robot in [robot.as_str(), NOBODY, "nonsense", "%00", "..%2f.."] {
        for path in ["", "/versions", "/source", "/play-form"] {
            let path = format!("/robots/{robot}{path}");
            refused(anna.ask(Method::GET, &path), "not_found").await;
        }
        let change = anna.ask(Method::PATCH, &format!("/robots/{robot}"));
        refused(change.json(&json!({"name": "Mine"})), "not_found").await;
        let save = anna.ask(Method::PUT, &format!("/robots/{robot}/source"));
        let save = save.header("Content-Type", "text/plain").body(ROBOT);
        refused(save, "not_found").await;
        refused(
            anna.ask(Method::DELETE, &format!("/robots/{robot}")),
            "not_found",
        )
        .await;
    }
    for job in [job, NOBODY, "nonsense"] {
        for path in [
            "",
            "/events",
            "/events.jsonl",
            "/log.txt",
            "/steps",
            "/search?q=x",
            "/attempts",
            "/artifacts",
        ] {
            let path = format!("/jobs/{job}{path}");
            refused(anna.ask(Method::GET, &path), "not_found").await;
        }
        let cancel = anna.ask(Method::POST, &format!("/jobs/{job}/cancel"));
        refused(cancel.json(&json!({"mode": "stop"})), "not_found").await;
        let retry = anna.ask(Method::POST, &format!("/jobs/{job}/retry"));
        refused(retry, "not_found").await;
    }
    for agent in [agent.id.to_string().as_str(), NOBODY, "nonsense"] {
        let path = format!("/agents/{agent}");
        let change = anna
            .ask(Method::PATCH, &path)
            .json(&json!({"paused": true}));
        refused(change, "not_found").await;
        refused(anna.ask(Method::DELETE, &path), "not_found").await;
        refused(
            anna.ask(Method::POST, &format!("{path}/check")),
            "not_found",
        )
        .await;
    }
    for path in [
        format!("/users/{}/robots", ben.id),
        "/users/nonsense/robots".to_owned(),
        "/artifacts/nonsense".to_owned(),
        format!("/artifacts/{NOBODY}"),
        "/no-such-address".to_owned(),
    ] {
        refused(anna.ask(Method::GET, &path), "not_found").await;
    }
    refused(anna.ask(Method::DELETE, "/jobs"), "not_found").await;
    for kind in ["sessions", "tokens", "enrolments"] {
        let path = format!("/{kind}/{NOBODY}");
        refused(anna.ask(Method::DELETE, &path), "not_found").await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_body_is_refused_by_what_is_wrong_with_it() {
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    let jobs = || anna.ask(Method::POST, "/jobs");
    let json =
        |request: reqwest::RequestBuilder| request.header("Content-Type", "application/json");

    refused(json(jobs()).body("{"), "malformed").await;
    refused(json(jobs()).body(vec![0xff]), "malformed").await;
    refused(
        jobs().header("Content-Type", "text/plain").body("{}"),
        "malformed",
    )
    .await;
    refused(jobs().body("{}"), "malformed").await;
    for (body, field) in [
        ("[]", ""),
        ("{}", "robotId"),
        (r#"{"robotId":7}"#, "robotId"),
        (
            r#"{"robotId":"x","parameters":[{"name":1,"value":1}]}"#,
            "parameters[0].name",
        ),
        (r#"{"robotId":"x","requestId":"with space"}"#, "requestId"),
        (r#"{"robotId":"x","agentLabel":"with space"}"#, "agentLabel"),
    ] {
        let error = refused(json(jobs()).body(body), "invalid").await;
        assert_eq!(error["fields"][0]["name"], field, "{error}");
    }
    let large = format!("{{\"robotId\":\"{}\"}}", "x".repeat(9 * 1024 * 1024));
    refused(json(jobs()).body(large), "too_large").await;

    // Unknown fields are ignored; a wrong one of the robot's parameters is named.
    let source = "*** Variables ***\n${COUNT: int}    10\n\n*** Tasks ***\nT\n    Log    1\n";
    let robot = anna.robot("Counts", source).await;
    let body = |value: Value| {
        let parameters = json!([{"name": "COUNT", "value": value}]);
        json!({"robotId": robot, "parameters": parameters, "colour": "green"})
    };
    anna.post("/jobs", body(json!(7))).await;
    let error = refused(jobs().json(&body(json!("7"))), "invalid").await;
    assert_eq!(error["fields"][0]["name"], "COUNT");

    for path in [
        "/jobs?limit=0",
        "/jobs?limit=201",
        "/jobs?limit=many",
        "/jobs?cursor=made-up",
        "/jobs?status=dancing",
        "/jobs?from=yesterday",
        "/jobs?robotId=x",
    ] {
        refused(anna.ask(Method::GET, path), "invalid").await;
    }
    server.stop().await;
}

async fn save(anna: &Person<'_>, robot: &str, source: Vec<u8>, code: &str) -> Value {
    let save = anna.ask(Method::PUT, &format!("/robots/{robot}/source"));
    let save = save.header("Content-Type", "text/plain").body(source);
    refused(save, code).await
}

#[tokio::test]
async fn a_robot_that_is_none_is_refused_with_its_line() {
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    let robot = anna.robot("Hello", ROBOT).await;

    let latin_1 = b"*** Tasks ***\nGr\xfc\xdfe\n    Log    1\n".to_vec();
    let said = save(&anna, &robot, latin_1, "invalid").await;
    assert!(
        said["fields"][0]["message"]
            .as_str()
            .unwrap()
            .contains("line 2: ")
    );
    let nul = b"*** Tasks ***\nT\n    Log    \0\n".to_vec();
    let said = save(&anna, &robot, nul, "invalid").await;
    assert!(
        said["fields"][0]["message"]
            .as_str()
            .unwrap()
            .contains("line 3: ")
    );
    save(&anna, &robot, Vec::new(), "invalid").await;
    save(
        &anna,
        &robot,
        b"*** Keywords ***\nK\n    Log    1\n".to_vec(),
        "invalid",
    )
    .await;
    let file = b"*** Variables ***\n${FILE: Path}    x\n\n*** Tasks ***\nT\n    Log    1\n";
    let said = save(&anna, &robot, file.to_vec(), "invalid").await;
    assert!(
        said["fields"][0]["message"]
            .as_str()
            .unwrap()
            .contains("line 2: ")
    );
    save(&anna, &robot, vec![b'#'; 10 * 1024 * 1024], "too_large").await;

    let unsaved = anna.get(&format!("/robots/{robot}")).await;
    assert_eq!(unsaved["version"], 1);
    let check = anna.post("/robots/check", json!({"source": ""})).await;
    assert!(!check["problems"].as_array().unwrap().is_empty());
    server.stop().await;
}

#[tokio::test]
async fn names_are_taken_once_and_repeated_requests_are_recognised() {
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    let robot = anna.robot("Hello", ROBOT).await;
    let path = format!("/users/{}/robots", anna.id);
    let again = json!({"name": " HELLO ", "source": ROBOT});
    refused(anna.ask(Method::POST, &path).json(&again), "conflict").await;
    let nameless = json!({"name": "", "source": ROBOT});
    refused(anna.ask(Method::POST, &path).json(&nameless), "invalid").await;

    let play = |body: Value| {
        let play = anna.ask(Method::POST, "/jobs");
        play.header("Idempotency-Key", "key-1").json(&body)
    };
    let body = json!({"robotId": robot, "parameters": []});
    let first = play(body.clone()).send().await.unwrap();
    assert_eq!(first.status(), 201);
    assert!(
        first.headers()["location"]
            .to_str()
            .unwrap()
            .starts_with("/api/v1/jobs/")
    );
    let first: Value = first.json().await.unwrap();
    let second = play(body).send().await.unwrap();
    assert_eq!(second.status(), 200);
    assert_eq!(second.json::<Value>().await.unwrap()["id"], first["id"]);
    let other = json!({"robotId": robot, "parameters": [], "version": 1});
    let error = refused(play(other), "conflict").await;
    assert_eq!(error["jobId"], first["id"]);

    // A cancelled job is cancelled once more without harm, an ended one tells its job.
    let id = first["id"].as_str().unwrap();
    let cancel = || {
        let cancel = anna.ask(Method::POST, &format!("/jobs/{id}/cancel"));
        cancel.json(&json!({"mode": "stop"}))
    };
    let job = good(cancel()).await;
    assert_eq!(job["status"], "cancelled");
    assert_eq!(good(cancel()).await["status"], "cancelled");
    let retried = anna.post(&format!("/jobs/{id}/retry"), json!({})).await;
    assert_eq!(retried["retryOf"], first["id"]);
    let listed = anna.get("/jobs?limit=1").await;
    assert_eq!(listed["items"][0]["id"], retried["id"]);
    let next = listed["nextCursor"].as_str().unwrap();
    let next = anna.get(&format!("/jobs?limit=1&cursor={next}")).await;
    assert_eq!(next["items"][0]["id"], first["id"]);
    assert!(next["nextCursor"].is_null());
    server.stop().await;
}
