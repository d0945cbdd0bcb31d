//! What guards people in front of a browser: origins, cookies, policies, links and passwords.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use server::identity::token;
use store::people::{Link, LinkOpens};

use crate::harness::{PASSWORD, TestServer, check_refusal, good, refused};

async fn setup_link(server: &TestServer, lives_ms: u64) -> String {
    let (text, token_hash) = token::fresh(&*server.app.ids);
    let now = server.app.now();
    let link = Link {
        token_hash,
        opens: LinkOpens::Setup,
        created_at: now,
        expires_at: now.plus(std::time::Duration::from_millis(lives_ms)),
    };
    server.app.store().put_link(link).await.unwrap();
    text
}

fn account(link: &str) -> Value {
    json!({"link": link, "name": "Anna", "email": " Anna@Example.org ", "password": PASSWORD})
}

#[tokio::test]
async fn the_setup_link_makes_one_account_once() {
    let server = TestServer::start().await;
    let setup = |body: &Value| server.ask(Method::POST, "/api/v1/setup").json(body);
    let expired = setup_link(&server, 0).await;
    refused(setup(&account(&expired)), "unauthenticated").await;
    let link = setup_link(&server, 60_000).await;
    let weak = json!({"link": link, "name": "", "email": "x", "password": "short"});
    let error = refused(setup(&weak), "invalid").await;
    let names: Vec<_> = error["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| &f["name"])
        .collect();
    assert_eq!(names, ["name", "email", "password"]);
    refused(setup(&account(&"A".repeat(43))), "unauthenticated").await;
    let foreign = setup(&account(&link)).header("Origin", "https://evil.example");
    refused(foreign, "forbidden").await;

    let made = setup(&account(&link)).send().await.unwrap();
    assert_eq!(made.status(), StatusCode::CREATED);
    let cookie = made.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Lax", "Max-Age=2592000", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(
        cookie.starts_with("arkwright_") && !cookie.contains("Secure"),
        "{cookie}"
    );
    let me: Value = made.json().await.unwrap();
    assert_eq!(me["email"], "anna@example.org");
    assert_eq!(me["role"], "owner");
    refused(setup(&account(&link)), "conflict").await;
    server.stop().await;
}

#[tokio::test]
async fn signing_in_is_slowed_down_and_never_says_what_was_wrong() {
    let server = TestServer::start().await;
    let link = setup_link(&server, 60_000).await;
    good(
        server
            .ask(Method::POST, "/api/v1/setup")
            .json(&account(&link)),
    )
    .await;
    let sign_in = |email: &str, password: &str| {
        let body = json!({"email": email, "password": password});
        server.ask(Method::POST, "/api/v1/session").json(&body)
    };
    let me = good(sign_in("anna@example.org", PASSWORD)).await;
    assert_eq!(me["name"], "Anna");
    let wrong = refused(sign_in("anna@example.org", "wrong"), "unauthenticated").await;
    let nobody = refused(sign_in("nobody@example.org", "wrong"), "unauthenticated").await;
    assert_eq!(wrong["message"], nobody["message"]);
    for _ in 0..3 {
        refused(sign_in("anna@example.org", "wrong"), "unauthenticated").await;
    }
    let slowed = refused(sign_in("anna@example.org", PASSWORD), "slow_down").await;
    assert!(slowed["retryAfterMs"].as_u64().unwrap() <= 4_000);
    server.stop().await;
}

#[tokio::test]
async fn requests_with_the_cookie_come_from_our_own_page() {
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    let with = |method: Method, origin: Option<&str>, cookie: &str| {
        let request = server.ask(method, "/api/v1/me").header("Cookie", cookie);
        match origin {
            Some(origin) => request.header("Origin", origin.to_owned()),
            None => request,
        }
        .json(&json!({}))
    };
    let ours = Some(server.address.as_str());
    let evil = Some("https://evil.example");
    let made_up = format!("{}=made-up", server.app.cookie);
    good(with(Method::GET, None, &anna.cookie)).await;
    good(with(Method::PATCH, ours, &anna.cookie)).await;
    refused(with(Method::GET, evil, &anna.cookie), "forbidden").await;
    refused(with(Method::PATCH, None, &anna.cookie), "forbidden").await;
    refused(with(Method::PATCH, Some("null"), &anna.cookie), "forbidden").await;
    refused(with(Method::GET, evil, &made_up), "forbidden").await;
    refused(with(Method::GET, ours, &made_up), "unauthenticated").await;
    refused(with(Method::GET, ours, "other=1"), "unauthenticated").await;
    let poll = server.ask(Method::GET, "/socket.io/?EIO=4&transport=polling");
    let poll = poll
        .header("Cookie", &anna.cookie)
        .header("Origin", "https://evil.example");
    check_refusal(poll.send().await.unwrap(), "forbidden").await;
    server.stop().await;
}

#[tokio::test]
async fn sessions_are_listed_ended_and_left() {
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    let sessions = anna.get("/sessions").await;
    assert_eq!(sessions["items"][0]["current"], true);
    let shown = anna.ask(Method::GET, "/me").send().await.unwrap();
    assert!(
        shown.headers()["set-cookie"]
            .to_str()
            .unwrap()
            .contains(&anna.cookie)
    );
    let settings = json!({"settings": {"theme": "dark", "hints": {"a": 1}}});
    good(anna.ask(Method::PATCH, "/me").json(&settings)).await;
    let merged = json!({"settings": {"theme": null}});
    let me = good(anna.ask(Method::PATCH, "/me").json(&merged)).await;
    assert_eq!(me["settings"], json!({"hints": {"a": 1}}));
    let password = json!({"password": "a new long password"});
    refused(anna.ask(Method::PATCH, "/me").json(&password), "invalid").await;
    let out = anna.ask(Method::DELETE, "/session").send().await.unwrap();
    assert_eq!(out.status(), StatusCode::NO_CONTENT);
    assert!(
        out.headers()["set-cookie"]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    refused(anna.ask(Method::GET, "/me"), "unauthenticated").await;
    server.stop().await;
}

#[tokio::test]
async fn pages_may_load_nothing_from_elsewhere() {
    let server = TestServer::start().await;
    for path in ["/", "/api/docs"] {
        let page = server.ask(Method::GET, path).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK);
        let policy = page.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("script-src 'self'"), "{policy}");
        assert!(!policy.contains("http"), "{policy}");
        assert_eq!(page.headers()["x-content-type-options"], "nosniff");
    }
    let missing = server
        .ask(Method::GET, "/assets/old.js")
        .send()
        .await
        .unwrap();
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    let ready = server.ask(Method::GET, "/readyz").send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::OK);
    server.stop().await;
}
