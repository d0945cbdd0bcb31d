//! Files that attempts leave behind: who may deliver them, and how they are shown.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::transition::By;
use model::{Connection, InstanceId, JobId, RequestKey};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Digest;
use store::agents::Connected;

use crate::harness::{Agent, NOBODY, Person, ROBOT, TestServer, check_refusal, good, key, refused};

/// A job that the agent has confirmed, by the verbs themselves.
pub(crate) async fn confirmed(anna: &Person<'_>, agent: &Agent) -> JobId {
    let app = &anna.server.app;
    let robot = anna.robot("Hello", ROBOT).await;
    let played = json!({"robotId": robot, "parameters": []});
    let job = anna.post("/jobs", played).await["id"].clone();
    let job: JobId = job.as_str().unwrap().parse().unwrap();
    let digest = server::identity::token::digest(&agent.key).unwrap();
    let connected = app.store().connect_agent(agent.id, digest).await.unwrap();
    let Connected::Number { number, .. } = connected else {
        panic!("the agent is known");
    };
    let connection = Connection {
        agent: agent.id,
        number,
        instance: InstanceId("one".to_owned()),
    };
    let join = dispatch::JoinRequest {
        connection: connection.clone(),
        slots: 1,
        version: "0".to_owned(),
        os: "linux".to_owned(),
        host: "h".to_owned(),
        checks: None,
        holding: Vec::new(),
    };
    let now = app.now();
    app.dispatch.join(join, now).await.unwrap();
    let claim = RequestKey::parse("c").unwrap();
    let offers = app
        .dispatch
        .claim(&connection, claim, 1, now)
        .await
        .unwrap();
    assert_eq!(offers.len(), 1);
    let by = By { n: 1, connection };
    let attempt = model::AttemptKey { job, attempt: by.n };
    app.dispatch
        .confirm(&by.connection, attempt, now)
        .await
        .unwrap();
    job
}

pub(crate) fn put(
    server: &TestServer,
    agent: &Agent,
    place: &str,
    body: &[u8],
) -> reqwest::RequestBuilder {
    let digest = STANDARD.encode(sha2::Sha256::digest(body));
    server
        .ask(Method::PUT, &format!("/api/v1/attempts/{place}"))
        .header("Authorization", format!("Agent {}:{}", agent.id, agent.key))
        .header("Content-Digest", format!("sha-256=:{digest}:"))
        .body(body.to_vec())
}

#[tokio::test]
async fn a_file_is_delivered_once_and_shown_in_a_sandbox() {
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    let agent = anna.agent().await;
    let job = confirmed(&anna, &agent).await;
    let page = b"<script>alert(1)</script>";
    let place = format!("{job}/1/artifacts/log.html");
    let first = put(&server, &agent, &place, page).send().await.unwrap();
    assert_eq!(first.status(), 201);
    let artifact: Value = first.json().await.unwrap();
    assert_eq!(artifact["mediaType"], "text/html");
    let again = put(&server, &agent, &place, page).send().await.unwrap();
    assert_eq!(again.status(), 200);
    refused(put(&server, &agent, &place, b"other"), "conflict").await;
    let odd = format!("{job}/1/artifacts/a%2Fb");
    refused(put(&server, &agent, &odd, page), "invalid").await;
    let cut = put(&server, &agent, &format!("{job}/1/artifacts/x"), page).body("cut");
    refused(cut, "invalid").await;

    let listed = anna.get(&format!("/jobs/{job}/artifacts")).await;
    assert_eq!(listed["items"], json!([artifact]));
    let path = format!("/artifacts/{}", artifact["id"].as_str().unwrap());
    let shown = anna.ask(Method::GET, &path).send().await.unwrap();
    let field = |name: &str| shown.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(field("content-security-policy"), "sandbox allow-scripts");
    assert_eq!(field("x-content-type-options"), "nosniff");
    assert_eq!(field("content-type"), "text/html; charset=utf-8");
    assert_eq!(
        field("content-disposition"),
        "inline; filename*=UTF-8''log.html"
    );
    assert_eq!(shown.bytes().await.unwrap(), page.as_slice());
    let part = anna.ask(Method::GET, &path).header("Range", "bytes=1-6");
    let part = part.send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.headers()["content-range"], "bytes 1-6/25");
    assert_eq!(part.bytes().await.unwrap(), "script");
    let outside = anna.ask(Method::GET, &path).header("Range", "bytes=25-");
    assert_eq!(outside.send().await.unwrap().status(), 416);
    let ben = server.person("Ben").await;
    refused(ben.ask(Method::GET, &path), "not_found").await;

    let package = server.ask(Method::GET, &format!("/api/v1/attempts/{job}/1/package"));
    let package = package.header("Authorization", format!("Agent {}:{}", agent.id, agent.key));
    assert_eq!(package.send().await.unwrap().text().await.unwrap(), ROBOT);
    server.stop().await;
}

#[tokio::test]
async fn only_the_agent_of_an_attempt_delivers_and_within_bounds() {
    let server = TestServer::with(|config| {
        config.artifacts.file_bytes = 100;
        config.artifacts.job_bytes = 150;
        config.artifacts.job_files = 3;
    })
    .await;
    let anna = server.person("Anna").await;
    let agent = anna.agent().await;
    let other = anna.agent().await;
    let job = confirmed(&anna, &agent).await;
    let place = |job: &str, n: u32, name: &str| format!("{job}/{n}/artifacts/{name}");
    let job = job.to_string();
    refused(
        put(&server, &other, &place(&job, 1, "a"), b"1"),
        "stale_attempt",
    )
    .await;
    refused(
        put(&server, &agent, &place(&job, 2, "a"), b"1"),
        "stale_attempt",
    )
    .await;
    refused(
        put(&server, &agent, &place(NOBODY, 1, "a"), b"1"),
        "stale_attempt",
    )
    .await;
    let stranger = Agent {
        id: agent.id,
        key: key().0,
    };
    refused(
        put(&server, &stranger, &place(&job, 1, "a"), b"1"),
        "unauthenticated",
    )
    .await;

    refused(
        put(&server, &agent, &place(&job, 1, "a"), &[7; 101]),
        "too_large",
    )
    .await;
    good(put(&server, &agent, &place(&job, 1, "a"), &[1; 100])).await;
    refused(
        put(&server, &agent, &place(&job, 1, "b"), &[2; 100]),
        "too_large",
    )
    .await;
    good(put(&server, &agent, &place(&job, 1, "b"), &[3; 10])).await;
    good(put(&server, &agent, &place(&job, 1, "c"), b"")).await;
    let many = put(&server, &agent, &place(&job, 1, "d"), b"")
        .send()
        .await
        .unwrap();
    check_refusal(many, "too_large").await;
    good(anna.ask(Method::DELETE, &format!("/agents/{}", agent.id))).await;
    refused(put(&server, &agent, &place(&job, 1, "e"), b"1"), "revoked").await;
    server.stop().await;
}
