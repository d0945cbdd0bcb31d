//! What is asked of a server, by those who ask.

use reqwest::Method;

use super::row::{By, Door, Row, rest};
use super::table::Family;
use super::trial::attack;

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const PATCH: Method = Method::PATCH;
const DELETE: Method = Method::DELETE;

/// Whoever deletes what was deleted already hears that it is not there.
const GONE: &[&str] = &["not_found"];
const ACCOUNT: &str = r#""name": "Cleo", "email": "cleo@example.org",
    "password": "correct battery horse""#;
const COMPUTER: &str = r#""keyHash": "<key hash>", "host": "office", "os": "linux",
    "osUser": "anna", "version": "0.1.0""#;

fn with(before: &str, more: &str) -> &'static str {
    Box::leak(format!("{{{before}, {more}}}").into_boxed_str())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_are_told_the_truth_and_what_they_ask_for_is_done_once() {
    let rows = vec![
        // The account is there, and signs in by its password.
        rest(POST, "/setup")
            .body(with(r#""link": "<setup link>""#, ACCOUNT))
            .by(By::Nobody)
            .again(&["conflict"])
            .but(&["sessions"]),
        rest(POST, "/session")
            .body(r#"{"email": "ben@example.org", "password": "correct battery horse"}"#)
            .by(By::Cookie("none=<ben>")),
        rest(POST, "/session")
            .body(r#"{"link": "<link>"}"#)
            .by(By::Nobody),
        rest(DELETE, "/session")
            .by(By::Cookie("<old cookie>"))
            .again(&["unauthenticated"]),
        rest(GET, "/me").by(By::Cookie("<old cookie>")).whole(),
        rest(PATCH, "/me")
            .body(r#"{"name": "Anne", "settings": {"theme": "dark"}}"#)
            .recognised(),
        rest(PATCH, "/me")
            .body(r#"{"password": "another one, longer"}"#)
            .by(By::Cookie("<old cookie>"))
            .recognised(),
        rest(PATCH, "/me")
            .body(r#"{"password": "another one, longer", "oldPassword": "correct battery horse"}"#)
            .by(By::Cookie("<ben's cookie>"))
            .recognised(),
        rest(GET, "/sessions"),
        rest(DELETE, "/sessions/<other session>")
            .again(GONE)
            .recognised(),
        rest(GET, "/tokens"),
        rest(POST, "/tokens")
            .body(r#"{"name": "nightly", "scopes": ["read"]}"#)
            .whole(),
        rest(DELETE, "/tokens/<token>").again(GONE).recognised(),
        rest(GET, "/agents").by(By::Credential("<old bearer>")),
        rest(GET, "/users"),
        rest(PATCH, "/users/<shut out>")
            .body(r#"{"disabled": true}"#)
            .recognised(),
        rest(GET, "/invites"),
        rest(POST, "/invites").body(r#"{"role": "user"}"#),
        rest(DELETE, "/invites/<invite>").again(GONE).recognised(),
        rest(POST, "/invites/accept")
            .body(with(r#""invite": "<invite text>""#, ACCOUNT))
            .by(By::Nobody)
            .again(&["conflict"])
            .but(&["sessions"]),
        rest(GET, "/audit"),
    ];
    attack(Family::People, rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn robots_are_saved_once() {
    let source = r#"{"name": "Hello", "source": "*** Tasks ***\nSay\n    Log    Hello\n"}"#;
    let rows = vec![
        rest(GET, "/users/<anna>/robots"),
        rest(POST, "/users/<anna>/robots").body(source),
        rest(GET, "/robots/<robot>"),
        rest(PATCH, "/robots/<robot that waits>")
            .body(r#"{"labels": ["sap"]}"#)
            .recognised(),
        rest(DELETE, "/robots/<robot that waits>")
            .again(GONE)
            .recognised(),
        rest(GET, "/robots/<robot>/versions"),
        rest(GET, "/robots/<robot>/source?version=1"),
        rest(PUT, "/robots/<robot>/source").body(r#""*** Tasks ***\nSay\n    Log    Bye\n""#),
        rest(GET, "/robots/<robot>/play-form?version=1"),
    ];
    attack(Family::Robots, rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_are_played_cancelled_and_shown_as_they_are() {
    let rows = vec![
        rest(POST, "/jobs")
            .body(r#"{"robotId": "<robot>", "parameters": []}"#)
            .recognised(),
        rest(POST, "/jobs")
            .body(r#"{"robotId": "<robot that was deleted>", "parameters": []}"#)
            // What it was asked for before is enough.
            .needs_not(&["robot"]),
        rest(POST, "/jobs/<ended>/retry").recognised(),
        rest(POST, "/jobs/<waiting>/cancel")
            .body(r#"{"mode": "stop"}"#)
            .again(&["conflict"])
            .recognised(),
        rest(POST, "/jobs/<executing>/cancel")
            .body(r#"{"mode": "kill"}"#)
            .recognised(),
        rest(GET, "/jobs?robotId=<robot>"),
        rest(GET, "/jobs/<waiting>"),
        rest(GET, "/jobs/<ended>/events"),
        rest(GET, "/jobs/<ended>/steps"),
        rest(GET, "/jobs/<ended>/search?q=hello"),
        rest(GET, "/jobs/<ended>/attempts"),
        rest(GET, "/jobs/<executing>/artifacts"),
        rest(GET, "/artifacts/<artifact>"),
        rest(PUT, "/attempts/<executing>/1/artifacts/log.html")
            .body(r#"{"any": "file"}"#)
            .by(By::Credential("<agent credential>"))
            .recognised(),
    ];
    attack(Family::Jobs, rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn computers_are_let_in_once_and_do_each_job_once() {
    let says = |name, body| Row::at(Door::Computer, name).body(body).recognised();
    let rows = vec![
        rest(GET, "/agents"),
        rest(PATCH, "/agents/<computer>")
            .body(r#"{"name": "Desk", "labels": ["sap"], "paused": true}"#)
            .recognised(),
        rest(DELETE, "/agents/<computer>?running=stop")
            .again(GONE)
            .recognised(),
        rest(POST, "/agents/<computer>/check"),
        rest(POST, "/agents")
            .body(with(r#""token": "<enrolment text>""#, COMPUTER))
            .by(By::Nobody)
            .recognised(),
        rest(GET, "/enrolments"),
        rest(POST, "/enrolments").body(r#"{"uses": 2}"#),
        rest(DELETE, "/enrolments/<enrolment>")
            .again(GONE)
            .recognised(),
        rest(POST, "/pairings")
            .body(with(r#""userId": "<anna>""#, COMPUTER))
            .by(By::Nobody)
            .recognised(),
        rest(GET, "/pairings"),
        rest(GET, "/pairings/<pairing>").by(By::Credential("<pairing bearer>")),
        rest(POST, "/pairings/<pairing>/approve")
            .body(r#"{"code": "<code>"}"#)
            .recognised(),
        rest(POST, "/pairings/<pairing>/deny").recognised(),
        rest(POST, "/pairings/deny")
            .body(r#"{"address": "127.0.0.1", "for": "<pairing>"}"#)
            .recognised(),
        Row::at(Door::Handshake, "/agent").body("<agent auth>"),
        says(
            "join",
            r#"{"userId": "<anna>", "slots": 2, "version": "0.2.0", "os": "linux", "host": "office",
            "holding": [{"jobId": "<logged>", "attempt": 1, "state": "running", "lastSeq": 1}]}"#,
        ),
        says(
            "renew",
            r#"{"running": [{"jobId": "<executing>", "attempt": 1}], "free": 0}"#,
        ),
        says(
            "claim",
            r#"{"claimId": "one", "free": 1, "for": "<waiting> <computer>"}"#,
        ),
        says("confirm", r#"{"jobId": "<offered>", "attempt": 1}"#),
        says(
            "decline",
            r#"{"jobId": "<offered>", "attempt": 1, "reason": "environment", "message": "no"}"#,
        )
        // A repeated one is answered so, and an agent lets go of the offer all the same.
        .good_as("stale_attempt"),
        says(
            "events",
            r#"{"jobId": "<executing>", "attempt": 1, "first": 1, "events": [{"seq": 1,
            "at": "2026-11-23T08:15:05.118Z", "kind": "output", "stream": "stdout", "text": "hi"}]}"#,
        ),
        says(
            "finish",
            r#"{"jobId": "<logged>", "attempt": 1, "lastSeq": 1,
            "outcome": {"kind": "success", "ranMs": 5}}"#,
        ),
        says("leave", r#"{"for": "<computer>"}"#),
    ];
    attack(Family::Computers, rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_play_once_and_follow_to_the_end() {
    let says = |name, body| Row::at(Door::Page, name).body(body);
    let rows = vec![
        Row::at(Door::Handshake, "/web").body(r#"{"v": 1}"#),
        says(
            "play",
            r#"{"requestId": "once", "robotId": "<robot>", "parameters": []}"#,
        )
        .recognised(),
        says("cancel", r#"{"jobId": "<executing>", "mode": "stop"}"#).recognised(),
        says("watch", r#"{"jobId": "<ended>", "attempt": 1, "after": 0}"#),
    ];
    attack(Family::Pages, rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sweep_does_in_its_next_turn_what_it_could_not() {
    let sweep = |what| Row::at(Door::Sweep, what);
    let rows = vec![sweep("<offered>"), sweep("<ended>"), sweep("<old file>")];
    attack(Family::Sweep, rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_starts_and_is_ready_only_with_its_store() {
    let rows = vec![Row::at(Door::Ready, ""), Row::at(Door::Start, "")];
    attack(Family::AtStart, rows).await;
}
