//! A crash of the agent loses nothing and starts nothing twice.

use crate::checker::{attempts, log_is_whole};
use crate::stage::Stage;

#[tokio::test]
async fn a_robot_goes_on_while_its_agent_is_dead_and_is_taken_up_again() {
    let mut stage = Stage::new().await;
    let job = stage.play_to_the_gate().await;

    stage.agent.kill();
    stage.agent.restart().await;
    let during = stage.anna.job(&job).await;
    assert_eq!(during["status"], "executing", "{during}");
    stage.witness.open_gate();

    let ended = stage.anna.job_ended(&job).await;
    assert_eq!(ended["status"], "success", "{ended}");
    assert_eq!(stage.witness.lines(), ["start", "end", "teardown"]);
    assert_eq!(attempts(&stage.anna, &job).await.len(), 1);
    log_is_whole(&stage.anna, &job, 1).await;
}

#[tokio::test]
async fn what_a_robot_did_while_its_agent_was_dead_is_told_afterwards() {
    let mut stage = Stage::new().await;
    let job = stage.play_to_the_gate().await;

    stage.agent.kill();
    stage.witness.open_gate();
    stage.witness.has("teardown", 1).await;
    stage.agent.restart().await;

    let ended = stage.anna.job_ended(&job).await;
    assert_eq!(ended["status"], "success", "{ended}");
    assert_eq!(stage.witness.lines(), ["start", "end", "teardown"]);
    log_is_whole(&stage.anna, &job, 1).await;
}
