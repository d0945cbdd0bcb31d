//! The two signals of the agent, and two processes with one key.

use crate::checker::{attempts, log_is_whole};
use crate::stage::Stage;

/// What the agent's manual says about this exit code: another process uses its key.
const REPLACED: i32 = 5;

#[tokio::test]
async fn the_first_signal_waits_for_the_robot_and_takes_nothing_new() {
    let mut stage = Stage::new().await;
    let job = stage.play_to_the_gate().await;

    stage.agent.interrupt();
    testkit::until("it says that it waits", async || {
        stage.agent.told("finishing").pop()
    })
    .await;
    let second = stage.play().await;
    stage.witness.open_gate();

    assert_eq!(stage.agent.ended().await.code(), Some(0));
    let ended = stage.anna.job(&job).await;
    assert_eq!(
        ended["status"], "success",
        "all is delivered before it ends: {ended}"
    );
    log_is_whole(&stage.anna, &job, 1).await;
    assert_eq!(stage.anna.job(&second).await["status"], "waiting");
    assert_eq!(stage.witness.count("start"), 1);
}

#[tokio::test]
async fn the_second_signal_leaves_the_robot_working_for_the_next_start() {
    let mut stage = Stage::new().await;
    let job = stage.play_to_the_gate().await;

    stage.agent.interrupt();
    testkit::until("it says that it waits", async || {
        stage.agent.told("finishing").pop()
    })
    .await;
    stage.agent.interrupt();
    stage.agent.ended().await;
    stage.agent.restart().await;
    stage.witness.open_gate();

    let ended = stage.anna.job_ended(&job).await;
    assert_eq!(ended["status"], "success", "{ended}");
    assert_eq!(stage.witness.lines(), ["start", "end", "teardown"]);
    assert_eq!(attempts(&stage.anna, &job).await.len(), 1);
    log_is_whole(&stage.anna, &job, 1).await;
}

#[tokio::test]
async fn of_two_processes_with_one_key_the_newer_wins() {
    let mut stage = Stage::new().await;

    let newer = stage.agent.copy().await;

    assert_eq!(stage.agent.ended().await.code(), Some(REPLACED));
    stage.witness.open_gate();
    let job = stage.play().await;
    assert_eq!(stage.anna.job_ended(&job).await["status"], "success");
    assert_eq!(newer.told("started").len(), 1);
}
