//! Stop lets a robot clean up; Kill ends its whole tree.

use serde_json::json;
use testkit::until;

use crate::checker::log_has_no_hole;
use crate::stage::{STUBBORN, Stage};

#[tokio::test]
async fn stop_ends_a_robot_after_its_teardown() {
    let stage = Stage::new().await;
    let job = stage.play_to_the_gate().await;

    stage
        .anna
        .post(&format!("/jobs/{job}/cancel"), json!({"mode": "stop"}))
        .await;

    let ended = stage.anna.job_ended(&job).await;
    assert_eq!(ended["status"], "cancelled", "{ended}");
    assert_eq!(ended["outcome"]["how"], "stop", "{ended}");
    assert_eq!(ended["outcome"]["by"]["name"], "Anna", "{ended}");
    assert_eq!(stage.witness.lines(), ["start", "teardown"]);
    log_has_no_hole(&stage.anna, &job, 1).await;
}

#[tokio::test]
async fn kill_ends_a_robot_and_a_child_that_hears_no_signal() {
    let stage = Stage::with(STUBBORN, &[]).await;
    let job = stage.play().await;
    stage.witness.has("child", 1).await;

    stage
        .anna
        .post(&format!("/jobs/{job}/cancel"), json!({"mode": "kill"}))
        .await;

    let ended = stage.anna.job_ended(&job).await;
    assert_eq!(ended["status"], "cancelled", "{ended}");
    assert_eq!(ended["outcome"]["how"], "kill", "{ended}");
    assert_eq!(stage.witness.count("start"), 1);
    assert_eq!(
        stage.witness.count("end") + stage.witness.count("teardown"),
        0
    );
    until("only server and agent are left", async || {
        (stage.place.processes().len() == 2).then_some(())
    })
    .await;
    log_has_no_hole(&stage.anna, &job, 1).await;
}

#[tokio::test]
async fn a_stop_that_was_asked_for_while_the_agent_was_dead_is_told_to_it() {
    let mut stage = Stage::new().await;
    let job = stage.play_to_the_gate().await;

    stage.agent.kill();
    let asked = format!("/jobs/{job}/cancel");
    let during = stage.anna.post(&asked, json!({"mode": "stop"})).await;
    assert_eq!(during["status"], "executing", "{during}");
    stage.agent.restart().await;

    let ended = stage.anna.job_ended(&job).await;
    assert_eq!(ended["status"], "cancelled", "{ended}");
    assert_eq!(stage.witness.lines(), ["start", "teardown"]);
    log_has_no_hole(&stage.anna, &job, 1).await;
}
