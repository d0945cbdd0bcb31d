//! An agent that does not come back in time: its job ends, and what really happened is told late.

use crate::checker::{attempts, log_is_whole};
use crate::stage::Stage;

/// Limits under which an agent is soon lost.
pub(crate) const SOON_LOST: [(&str, u64); 2] = [("silent_ms", 1_500), ("lost_ms", 5_000)];

#[tokio::test]
async fn a_lost_agent_ends_its_job_as_failed_and_its_outcome_is_told_late() {
    let mut stage = Stage::with(crate::stage::GATE, &SOON_LOST).await;
    let job = stage.play_to_the_gate().await;

    stage.agent.kill();
    let silent = |job: &serde_json::Value| job["silentSince"].is_string();
    stage
        .anna
        .job_when(&job, "its silence is shown", silent)
        .await;
    let ended = stage.anna.job_ended(&job).await;
    assert_eq!(ended["status"], "failed", "{ended}");
    assert_eq!(ended["outcome"]["failure"], "agent_lost", "{ended}");
    stage.witness.open_gate();
    stage.witness.has("teardown", 1).await;
    stage.agent.restart().await;

    let late = |job: &serde_json::Value| job["late"].is_object();
    let told = stage
        .anna
        .job_when(&job, "the outcome is told late", late)
        .await;
    assert_eq!(told["late"]["outcome"]["kind"], "success", "{told}");
    assert_eq!(told["status"], "failed", "what was decided stands");
    assert_eq!(told["outcome"], ended["outcome"]);
    assert_eq!(stage.witness.lines(), ["start", "end", "teardown"]);
    assert_eq!(attempts(&stage.anna, &job).await.len(), 1);
    log_is_whole(&stage.anna, &job, 1).await;
}

#[tokio::test]
async fn an_agent_whose_time_stood_still_for_too_long_tells_late_and_works_on() {
    let stage = Stage::with(crate::stage::GATE, &SOON_LOST).await;
    let job = stage.play_to_the_gate().await;

    stage.agent.freeze();
    let ended = stage.anna.job_ended(&job).await;
    assert_eq!(ended["outcome"]["failure"], "agent_lost", "{ended}");
    stage.agent.thaw();
    stage.witness.open_gate();

    let late = |job: &serde_json::Value| job["late"].is_object();
    let told = stage
        .anna
        .job_when(&job, "the outcome is told late", late)
        .await;
    assert_eq!(told["late"]["outcome"]["kind"], "success", "{told}");
    assert_eq!(told["status"], "failed", "what was decided stands");
    log_is_whole(&stage.anna, &job, 1).await;
    let next = stage.play().await;
    assert_eq!(stage.anna.job_ended(&next).await["status"], "success");
    assert_eq!(stage.witness.count("start"), 2, "one start of each job");
}
