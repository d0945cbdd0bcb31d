//! Accounts of several people: invites, roles, disabling, and who changed what.

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use server::identity::token;
use store::people::{Link, LinkOpens};

use crate::harness::{PASSWORD, Person, ROBOT, TestServer, good, refused};

/// Somebody who came by an invite: their cookie and their user id.
async fn invited(anna: &Person<'_>, name: &str, role: &str) -> (String, String) {
    let invite = anna.post("/invites", json!({"role": role})).await;
    let made = accept(anna.server, &invite, name).send().await.unwrap();
    assert_eq!(made.status(), StatusCode::CREATED);
    let cookie = made.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let me: Value = made.json().await.unwrap();
    assert_eq!(me["role"], role);
    (cookie, me["userId"].as_str().unwrap().to_owned())
}

fn accept(server: &TestServer, invite: &Value, name: &str) -> RequestBuilder {
    let email = format!("{name}@example.org");
    let body =
        json!({"invite": invite["token"], "name": name, "email": email, "password": PASSWORD});
    server
        .ask(Method::POST, "/api/v1/invites/accept")
        .json(&body)
}

fn ask(server: &TestServer, cookie: &str, method: Method, path: &str) -> RequestBuilder {
    server
        .ask(method, &format!("/api/v1{path}"))
        .header("Cookie", cookie)
        .header("Origin", server.address.as_str())
}

#[tokio::test]
async fn an_invite_makes_one_account_of_its_role() {
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    refused(
        anna.ask(Method::POST, "/invites")
            .json(&json!({"role": "owner"})),
        "invalid",
    )
    .await;
    let invite = anna.post("/invites", json!({"role": "user"})).await;
    let listed = anna.get("/invites").await;
    assert_eq!(listed["items"][0]["id"], invite["id"]);
    assert!(listed["items"][0].get("token").is_none(), "{listed}");

    good(accept(&server, &invite, "ben")).await;
    refused(accept(&server, &invite, "eve"), "conflict").await;
    assert_eq!(anna.get("/invites").await["items"], json!([]));

    let other = anna.post("/invites", json!({"role": "user"})).await;
    refused(accept(&server, &other, "anna"), "invalid").await;
    let path = format!("/invites/{}", other["id"].as_str().unwrap());
    good(anna.ask(Method::DELETE, &path)).await;
    refused(accept(&server, &other, "eve"), "unauthenticated").await;
    server.stop().await;
}

#[tokio::test]
async fn only_admins_find_accounts_invites_and_the_audit() {
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    let (ben, ben_id) = invited(&anna, "ben", "user").await;
    let (eve, _) = invited(&anna, "eve", "admin").await;
    for path in ["/users", "/invites", "/audit"] {
        refused(ask(&server, &ben, Method::GET, path), "not_found").await;
        good(ask(&server, &eve, Method::GET, path)).await;
    }
    let path = format!("/users/{ben_id}");
    let own = ask(&server, &ben, Method::PATCH, &path).json(&json!({"role": "admin"}));
    refused(own, "not_found").await;
    server.stop().await;
}

#[tokio::test]
async fn who_is_disabled_is_shut_out_at_once_and_the_owner_is_kept() {
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    let (ben, ben_id) = invited(&anna, "ben", "user").await;
    let (eve, eve_id) = invited(&anna, "eve", "admin").await;
    let body = json!({"name": "t", "scopes": ["read"]});
    let made = good(ask(&server, &ben, Method::POST, "/tokens").json(&body)).await;
    let token = made["token"].as_str().unwrap();
    let by_token = || server.ask(Method::GET, "/api/v1/jobs").bearer_auth(token);
    good(by_token()).await;
    let disable = |who: &str, cookie: &str, disabled: bool| {
        ask(&server, cookie, Method::PATCH, &format!("/users/{who}"))
            .json(&json!({"disabled": disabled}))
    };
    refused(disable(&anna.id.to_string(), &eve, true), "conflict").await;
    refused(disable(&eve_id, &eve, true), "conflict").await;

    let ben_now = good(disable(&ben_id, &eve, true)).await;
    assert_eq!(ben_now["disabled"], true);
    refused(ask(&server, &ben, Method::GET, "/me"), "unauthenticated").await;
    refused(by_token(), "unauthenticated").await;
    let sign_in = || {
        let body = json!({"email": "ben@example.org", "password": PASSWORD});
        server.ask(Method::POST, "/api/v1/session").json(&body)
    };
    refused(sign_in(), "unauthenticated").await;

    good(disable(&ben_id, &eve, false)).await;
    good(sign_in()).await;
    server.stop().await;
}

#[tokio::test]
async fn each_change_is_noted_with_who_what_and_where() {
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    let robot = anna.robot("Hello", ROBOT).await;
    let play = json!({"robotId": robot, "parameters": [], "requestId": "one"});
    let job = anna.post("/jobs", play.clone()).await;
    anna.post("/jobs", play).await;
    let missing = format!("/robots/{}", crate::harness::NOBODY);
    refused(anna.ask(Method::DELETE, &missing), "not_found").await;

    let rows = anna.get("/audit").await;
    let told: Vec<_> = rows["items"].as_array().unwrap().iter().collect();
    let words = |row: &Value| (row["action"].clone(), row["targetName"].clone());
    // The same job twice is one row, and a refusal is none.
    assert_eq!(told.len(), 2, "{rows}");
    assert_eq!(words(told[0]), (json!("job.played"), json!("Hello, 1")));
    assert_eq!(words(told[1]), (json!("robot.made"), json!("Hello")));
    assert_eq!(told[0]["targetId"], job["id"]);
    assert_eq!(told[0]["by"]["name"], "Anna");
    assert_eq!(told[0]["address"], "127.0.0.1");

    let first = anna.get("/audit?limit=1").await;
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = anna.get(&format!("/audit?limit=1&cursor={cursor}")).await;
    assert_eq!(second["items"][0]["action"], "robot.made");
    assert!(second.get("nextCursor").is_none(), "{second}");
    let only = anna.get("/audit?action=robot.made").await;
    assert_eq!(only["items"].as_array().unwrap().len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn a_sign_in_link_opens_one_session_that_may_set_a_password() {
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    let link = async |lives_ms: u64| {
        let (text, token_hash) = token::fresh(&*server.app.ids);
        let now = server.app.now();
        let link = Link {
            token_hash,
            opens: LinkOpens::SignIn { user: anna.id },
            created_at: now,
            expires_at: now.plus(std::time::Duration::from_millis(lives_ms)),
        };
        server.app.store().put_link(link).await.unwrap();
        text
    };
    let sign_in = |link: &str| {
        let body = json!({"link": link});
        server.ask(Method::POST, "/api/v1/session").json(&body)
    };
    refused(sign_in(&link(0).await), "unauthenticated").await;
    let good_link = link(60_000).await;
    let opened = sign_in(&good_link).send().await.unwrap();
    assert_eq!(opened.status(), StatusCode::OK);
    let cookie = opened.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    refused(sign_in(&good_link), "unauthenticated").await;

    let password = json!({"password": PASSWORD});
    good(ask(&server, &cookie, Method::PATCH, "/me").json(&password)).await;
    let body = json!({"email": "anna@example.org", "password": PASSWORD});
    good(server.ask(Method::POST, "/api/v1/session").json(&body)).await;
    server.stop().await;
}
