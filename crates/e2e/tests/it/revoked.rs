//! Removing a computer in the page.

use crate::stage::Stage;

/// What the agent's manual says about this exit code: it was removed, do not start it again.
const REVOKED: i32 = 4;

#[tokio::test]
async fn removing_a_computer_ends_its_agent_its_job_and_its_robot() {
    let mut stage = Stage::new().await;
    let job = stage.play_to_the_gate().await;
    let agent = stage.anna.job(&job).await["agentId"]
        .as_str()
        .map(str::to_owned);

    stage
        .anna
        .delete(&format!("/agents/{}", agent.expect("an agent runs it")))
        .await;

    let ended = stage.anna.job_ended(&job).await;
    assert_eq!(ended["status"], "failed", "{ended}");
    assert_eq!(ended["outcome"]["failure"], "agent_lost", "{ended}");
    let status = stage.agent.ended().await;
    assert_eq!(status.code(), Some(REVOKED));
    stage.witness.has("teardown", 1).await;
    assert_eq!(stage.witness.lines(), ["start", "teardown"]);
}

#[tokio::test]
async fn a_computer_that_was_removed_while_it_was_away_is_refused_when_it_returns() {
    let mut stage = Stage::new().await;
    let agents = stage.anna.get("/agents").await;
    let agent = agents["items"][0]["id"]
        .as_str()
        .expect("one agent")
        .to_owned();

    stage.agent.freeze();
    stage.anna.delete(&format!("/agents/{agent}")).await;
    stage.agent.thaw();

    let status = stage.agent.ended().await;
    assert_eq!(status.code(), Some(REVOKED));
}
