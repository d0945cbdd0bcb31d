//! Server and agent die again and again, in the middle of what they do.

use crate::checker::{attempts, log_is_whole_to};
use crate::stage::{Stage, WRITER};

#[tokio::test]
async fn a_log_is_whole_after_server_and_agent_have_died_in_turns() {
    let mut stage = Stage::with(WRITER, &[]).await;
    let job = stage.play().await;

    for line in [50, 150, 250, 350, 450, 550] {
        stage.witness.has(&line.to_string(), 1).await;
        if line % 200 == 50 {
            stage.server.kill();
            stage.server.restart().await;
        } else {
            stage.agent.kill();
            stage.agent.restart().await;
        }
    }
    stage.witness.has("600", 1).await;
    stage.agent.kill();
    stage.server.kill();
    stage.witness.has("teardown", 1).await;
    stage.server.restart().await;
    stage.agent.restart().await;

    let ended = stage.anna.job_ended(&job).await;
    assert_eq!(ended["status"], "success", "{ended}");
    for once in ["start", "end", "teardown"] {
        assert_eq!(stage.witness.count(once), 1, "{once}");
    }
    assert_eq!(attempts(&stage.anna, &job).await.len(), 1);
    log_is_whole_to(&stage.anna, &job, 1, 1_000).await;
}
