//! A restart of the server loses nothing: robots go on, the rest is delivered afterwards.

use crate::checker::{attempts, log_is_whole};
use crate::stage::Stage;

#[tokio::test]
async fn a_robot_goes_on_while_the_server_is_dead_and_is_delivered_afterwards() {
    let mut stage = Stage::new().await;
    let job = stage.play_to_the_gate().await;

    stage.server.kill();
    stage.witness.open_gate();
    stage.witness.has("teardown", 1).await;
    stage.server.restart().await;

    let ended = stage.anna.job_ended(&job).await;
    assert_eq!(ended["status"], "success", "{ended}");
    assert_eq!(stage.witness.lines(), ["start", "end", "teardown"]);
    assert_eq!(attempts(&stage.anna, &job).await.len(), 1);
    log_is_whole(&stage.anna, &job, 1).await;
}

#[tokio::test]
async fn a_robot_outlives_two_deaths_of_the_server() {
    let mut stage = Stage::new().await;
    let job = stage.play().await;
    stage.witness.has("start", 1).await;

    for _ in 0..2 {
        stage.server.kill();
        stage.server.restart().await;
    }
    let during = stage.anna.job(&job).await;
    assert_eq!(during["status"], "executing", "{during}");
    stage.witness.open_gate();

    let ended = stage.anna.job_ended(&job).await;
    assert_eq!(ended["status"], "success", "{ended}");
    assert_eq!(stage.witness.lines(), ["start", "end", "teardown"]);
    log_is_whole(&stage.anna, &job, 1).await;
}

#[tokio::test]
async fn a_play_that_was_answered_survives_the_death_of_the_server() {
    let mut stage = Stage::new().await;
    stage.agent.freeze();
    stage.witness.open_gate();
    let job = stage.play().await;

    stage.server.kill();
    stage.server.restart().await;
    stage.agent.thaw();

    let ended = stage.anna.job_ended(&job).await;
    assert_eq!(ended["status"], "success", "{ended}");
    assert_eq!(stage.witness.count("start"), 1);
    let confirmed = attempts(&stage.anna, &job).await;
    assert_eq!(confirmed.len(), 1, "{confirmed:?}");
}
