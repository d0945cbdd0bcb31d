//! What people do beside playing: it says the messages that nothing else here says.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::dice::Dice;
use super::people::{ANSWER, Desk, Kind};

/// Does one small thing after the other until nobody plays any more. No answer is waited for
/// twice: nothing is promised of what comes of these.
pub(crate) async fn run(desk: Desk, mut dice: Dice) {
    let mut count = 0;
    while !*desk.over.borrow() {
        count += 1;
        match dice.below(6) {
            0 => desk.page.look_elsewhere().await,
            1 => desk.page.close_a_log().await,
            2 => check_computers(&desk).await,
            3 => turn_a_pairing_away(&desk, &mut dice).await,
            4 => like_a_robot(&desk, count).await,
            _ => save_a_version(&desk, count).await,
        }
        sleep(dice.millis(50, 500)).await;
    }
}

async fn check_computers(desk: &Desk) {
    let list = ask(desk, Method::GET, "/agents", Value::Null).await;
    for agent in list["items"].as_array().into_iter().flatten() {
        let id = agent["id"].as_str().unwrap_or_default();
        ask(
            desk,
            Method::POST,
            &format!("/agents/{id}/check"),
            json!({}),
        )
        .await;
    }
}

/// A computer asks to be let in, and is not.
async fn turn_a_pairing_away(desk: &Desk, dice: &mut Dice) {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let letters = (0..42).map(|_| char::from(*dice.pick(LETTERS)));
    // 43 letters are 32 bytes, as long as the last one has no bits too many.
    let key_hash = letters.chain(['A']).collect::<String>();
    let body = json!({
        "userId": desk.anna.user_id(), "keyHash": key_hash, "host": "CHAOS", "os": "linux",
        "osUser": "nobody", "version": "0.1.0",
    });
    let pairing = ask(desk, Method::POST, "/pairings", body).await;
    if let Some(id) = pairing["id"].as_str() {
        ask(
            desk,
            Method::POST,
            &format!("/pairings/{id}/deny"),
            json!({}),
        )
        .await;
    }
}

async fn like_a_robot(desk: &Desk, count: u64) {
    if let Some(robot) = desk.robots.first() {
        let body = json!({"favourite": count.is_multiple_of(2)});
        ask(desk, Method::PATCH, &format!("/robots/{}", robot.id), body).await;
    }
}

/// Saves a robot that is too long for an offer, so that agents fetch it.
async fn save_a_version(desk: &Desk, count: u64) {
    let mut robots = desk.robots.iter();
    if let Some(robot) = robots.find(|robot| robot.kind == Kind::Files) {
        let source = format!("{}\n# Saved as number {count}.\n", robot.kind.source());
        let path = format!("/robots/{}/source", robot.id);
        let request = desk.anna.request(Method::PUT, &path);
        let request = request.header("Content-Type", "text/plain").body(source);
        timeout(ANSWER, request.send()).await.ok();
    }
}

/// The answer, or `null`.
async fn ask(desk: &Desk, method: Method, path: &str, body: Value) -> Value {
    let mut request = desk.anna.request(method, path);
    if !body.is_null() {
        request = request.json(&body);
    }
    let answer = async { request.send().await.ok()?.json().await.ok() };
    timeout(ANSWER, answer)
        .await
        .ok()
        .flatten()
        .unwrap_or_default()
}
