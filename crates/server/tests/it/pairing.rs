//! How a computer becomes an agent, and how it is removed.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{NOBODY, TestServer, good, key, refused};

fn ask(user: &str, key_hash: &str) -> Value {
    json!({"userId": user, "keyHash": key_hash, "host": "RECEPTION-PC", "os": "windows",
        "osUser": "anna", "version": "0.1.0"})
}

#[tokio::test]
async fn a_computer_is_let_in_by_the_code_that_it_shows() {
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    let (key, key_hash) = key();
    let user = anna.id.to_string();
    let pair = || {
        server
            .ask(Method::POST, "/api/v1/pairings")
            .json(&ask(&user, &key_hash))
    };
    let first = pair().send().await.unwrap();
    assert_eq!(first.status(), 201);
    let pairing: Value = first.json().await.unwrap();
    assert_eq!(pairing["pollMs"], 2_000);
    let again = pair().send().await.unwrap();
    assert_eq!(again.status(), 200);
    let id = pairing["id"].as_str().unwrap();
    let poll = |key: &str| {
        let poll = server.ask(Method::GET, &format!("/api/v1/pairings/{id}"));
        poll.bearer_auth(key)
    };
    assert_eq!(good(poll(&key)).await["state"], "pending");
    refused(poll(&"A".repeat(43)), "unauthenticated").await;
    let made_up = server
        .ask(Method::GET, "/api/v1/pairings/nonsense")
        .bearer_auth(&key);
    refused(made_up, "unauthenticated").await;

    let listed = anna.get("/pairings").await;
    assert_eq!(listed["items"][0]["code"], pairing["code"]);
    let approve = |code: &str| {
        let approve = anna.ask(Method::POST, &format!("/pairings/{id}/approve"));
        approve.json(&json!({"code": code}))
    };
    refused(approve("XXXX-XXXX"), "invalid").await;
    let ben = server.person("Ben").await;
    let foreign = ben.ask(Method::POST, &format!("/pairings/{id}/deny"));
    refused(foreign, "not_found").await;
    let code = pairing["code"]
        .as_str()
        .unwrap()
        .to_lowercase()
        .replace('-', "");
    let approved = good(approve(&code)).await;
    assert_eq!(approved["state"], "approved");
    good(approve(&code)).await;
    let agent = good(poll(&key)).await["agentId"].clone();
    let agents = anna.get("/agents").await;
    assert_eq!(agents["items"][0]["id"], agent);
    assert_eq!(agents["items"][0]["name"], "RECEPTION-PC");

    let removed = anna.ask(
        Method::DELETE,
        &format!("/agents/{}", agent.as_str().unwrap()),
    );
    good(removed).await;
    let key_is_used_up = pair();
    refused(key_is_used_up, "conflict").await;
    server.stop().await;
}

#[tokio::test]
async fn strangers_are_answered_like_users_and_bounded() {
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    for user in [
        anna.id.to_string(),
        NOBODY.to_owned(),
        "nonsense".to_owned(),
    ] {
        let pair = |key_hash: String| {
            server
                .ask(Method::POST, "/api/v1/pairings")
                .json(&ask(&user, &key_hash))
        };
        for _ in 0..5 {
            assert_eq!(good(pair(key().1)).await["state"], "pending");
        }
        refused(pair(key().1), "slow_down").await;
        refused(pair("nonsense".to_owned()), "invalid").await;
    }
    let denied = anna
        .post("/pairings/deny", json!({"address": "127.0.0.1"}))
        .await;
    assert_eq!(denied["denied"], 5);
    assert_eq!(anna.get("/pairings").await["items"], json!([]));
    server.stop().await;
}

#[tokio::test]
async fn an_enrolment_token_makes_one_agent() {
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    let made = anna
        .post("/enrolments", json!({"labels": ["sap"], "name": "ROBOTS"}))
        .await;
    let enrol = |key_hash: &str, token: &Value| {
        let body = json!({"token": token, "keyHash": key_hash, "host": "h", "os": "linux",
            "osUser": "u", "version": "0", "labels": ["FAST"]});
        server.ask(Method::POST, "/api/v1/agents").json(&body)
    };
    let (_, key_hash) = key();
    let first = good(enrol(&key_hash, &made["token"])).await;
    assert_eq!(good(enrol(&key_hash, &made["token"])).await, first);
    refused(enrol(&key().1, &made["token"]), "unauthenticated").await;
    refused(enrol(&key().1, &json!("made up")), "unauthenticated").await;
    let agents = anna.get("/agents").await;
    assert_eq!(agents["items"][0]["name"], "ROBOTS");
    let mut labels: Vec<_> = agents["items"][0]["labels"].as_array().unwrap().clone();
    labels.sort_by_key(ToString::to_string);
    assert_eq!(labels, ["fast", "sap"]);
    let id = agents["items"][0]["id"].as_str().unwrap();
    let patch = |body: Value| {
        anna.ask(Method::PATCH, &format!("/agents/{id}"))
            .json(&body)
    };
    assert_eq!(good(patch(json!({"paused": true}))).await["paused"], true);
    refused(patch(json!({"slots": 65})), "invalid").await;
    refused(patch(json!({"labels": ["two words"]})), "invalid").await;
    let listed = anna.get("/enrolments").await;
    assert!(listed["items"][0]["token"].is_null());
    assert_eq!(listed["items"][0]["used"], 1);
    server.stop().await;
}
