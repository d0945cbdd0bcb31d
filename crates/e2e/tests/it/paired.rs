//! The first start without a token: a code in the terminal, and the same one in the page.

use serde_json::{Value, json};
use testkit::{Agent, Person, Place, Server, Witness, until};

use crate::checker::log_is_whole;
use crate::stage::GATE;

async fn pairing_with(anna: &Person, code: &str) -> Value {
    until("the page shows the code", async || {
        let pairings = anna.get("/pairings").await;
        let mut pairings = pairings["items"]
            .as_array()
            .or(pairings.as_array())?
            .clone();
        pairings.retain(|pairing| pairing["code"] == code);
        pairings.pop()
    })
    .await
}

#[tokio::test]
async fn an_approved_computer_runs_robots() {
    let place = Place::new();
    let server = Server::start(&place, &[]).await;
    let anna = server.owner().await;
    let asking = Agent::ask(&place, &anna, "reception");
    let code = asking.code().await;
    let pairing = pairing_with(&anna, &code).await;
    assert_eq!(pairing["state"], "pending");

    let path = format!(
        "/pairings/{}/approve",
        pairing["id"].as_str().expect("an id")
    );
    let approved = anna.post(&path, json!({"code": code})).await;

    assert_eq!(approved["state"], "approved", "{approved}");
    let agent = asking.answered();
    agent.joined().await;
    let robot = anna.robot("Gate", GATE).await;
    let witness = Witness::new(&place, "witness");
    witness.open_gate();
    let job = anna.play(&robot, witness.folder()).await;
    let ended = anna.job_ended(&job).await;
    assert_eq!(ended["status"], "success", "{ended}");
    assert_eq!(ended["agentName"], "reception");
    log_is_whole(&anna, &job, 1).await;
}

#[tokio::test]
async fn a_denied_computer_ends_and_says_so() {
    let place = Place::new();
    let server = Server::start(&place, &[]).await;
    let anna = server.owner().await;
    let asking = Agent::ask(&place, &anna, "reception");
    let code = asking.code().await;
    let pairing = pairing_with(&anna, &code).await;

    let path = format!("/pairings/{}/deny", pairing["id"].as_str().expect("an id"));
    anna.post(&path, json!({})).await;

    let mut agent = asking.answered();
    assert_eq!(agent.ended().await.code(), Some(1));
    let error = agent.told("error").pop().expect("it says why");
    assert_eq!(error["message"], "this computer was told no", "{error}");
    let agents = anna.get("/agents").await;
    assert_eq!(
        agents["items"].as_array().map_or(0, Vec::len),
        0,
        "{agents}"
    );
}
