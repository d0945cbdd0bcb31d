//! What API tokens may do: each scope stands alone.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Person, ROBOT, TestServer, good, refused};

async fn token(anna: &Person<'_>, scopes: &[&str]) -> (String, String) {
    let made = anna
        .post("/tokens", json!({"name": "t", "scopes": scopes}))
        .await;
    let text = |field: &str| made[field].as_str().unwrap().to_owned();
    (text("id"), text("token"))
}

#[tokio::test]
async fn a_token_does_what_its_scopes_say_and_nothing_else() {
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    let robot = anna.robot("Hello", ROBOT).await;
    let robots = format!("/users/{}/robots", anna.id);
    let play = json!({"robotId": robot, "parameters": []});
    let create = json!({"name": "Other", "source": ROBOT});
    let nothing = json!({});
    // Method, path, body, the scope that opens it ("" for sessions alone).
    let doors: [(Method, &str, &Value, &str); 10] = [
        (Method::GET, "/jobs", &nothing, "read"),
        (Method::GET, "/me", &nothing, "read"),
        (Method::GET, &robots, &nothing, "read"),
        (Method::GET, "/agents", &nothing, "read"),
        (Method::POST, "/jobs", &play, "play"),
        (Method::POST, &robots, &create, "edit"),
        (Method::GET, "/tokens", &nothing, ""),
        (Method::GET, "/pairings", &nothing, ""),
        (Method::POST, "/enrolments", &nothing, ""),
        (Method::PATCH, "/me", &nothing, ""),
    ];
    for scope in ["read", "play", "edit", "metrics"] {
        let (_, token) = token(&anna, &[scope]).await;
        for (method, path, body, opened_by) in &doors {
            let request = server.ask(method.clone(), &format!("/api/v1{path}"));
            let request = request.bearer_auth(&token).json(body);
            if *opened_by == scope {
                good(request).await;
            } else {
                refused(request, "forbidden").await;
            }
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_token_is_shown_once_and_opens_nothing_when_it_is_deleted_or_over() {
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    let (id, text) = token(&anna, &["read"]).await;
    let ask = |token: &str| server.ask(Method::GET, "/api/v1/me").bearer_auth(token);
    good(ask(&text)).await;
    let listed = anna.get("/tokens").await;
    assert!(listed["items"][0]["token"].is_null());
    good(anna.ask(Method::DELETE, &format!("/tokens/{id}"))).await;
    refused(ask(&text), "unauthenticated").await;
    let short = json!({"name": "t", "scopes": ["read"], "expiresInMs": 1});
    let short = anna.post("/tokens", short).await;
    refused(ask(short["token"].as_str().unwrap()), "unauthenticated").await;
    let unknown = json!({"name": "t", "scopes": ["fly"]});
    refused(anna.ask(Method::POST, "/tokens").json(&unknown), "invalid").await;
    server.stop().await;
}
