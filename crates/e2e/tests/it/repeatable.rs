//! A repeatable robot begins again elsewhere when its agent is lost.

use serde_json::json;
use testkit::{Agent, until};

use crate::agent_lost::SOON_LOST;
use crate::checker::{attempt_of, attempts, log_is_whole};
use crate::stage::{GATE, Stage};

#[tokio::test]
async fn a_repeatable_robot_whose_agent_is_lost_begins_again_on_another() {
    let mut stage = Stage::with(GATE, &SOON_LOST).await;
    let path = format!("/robots/{}", stage.robot);
    stage
        .anna
        .patch(&path, json!({"settings": {"repeatable": true}}))
        .await;
    let job = stage.play_to_the_gate().await;
    let second = Agent::join(&stage.place, &stage.anna, "cellar").await;

    stage.agent.kill();
    stage.witness.has("start", 2).await;
    stage.witness.open_gate();

    let ended = stage.anna.job_ended(&job).await;
    assert_eq!(ended["status"], "success", "{ended}");
    assert_eq!(ended["agentName"], "cellar", "{ended}");
    let latest = ended["attempt"].as_u64().expect("an attempt has a number");
    log_is_whole(&stage.anna, &job, latest).await;

    // The older attempt is still told, and changes nothing.
    stage.agent.restart().await;
    until("the older attempt is told late", async || {
        let told = attempt_of(&stage.anna, &job, 1).await;
        (told["late"]["outcome"]["kind"] == "success").then_some(())
    })
    .await;
    assert_eq!(stage.anna.job(&job).await["outcome"], ended["outcome"]);
    assert_eq!(attempts(&stage.anna, &job).await.len(), 2);
    assert_eq!(stage.witness.count("start"), 2);
    log_is_whole(&stage.anna, &job, 1).await;
    drop(second);
}
