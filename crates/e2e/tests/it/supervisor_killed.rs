//! A supervisor that dies: nobody knows what its robot did, so nothing is started again.

use crate::checker::{attempts, log_has_no_hole};
use crate::stage::Stage;

#[tokio::test]
async fn a_job_whose_supervisor_died_ends_as_failed_and_its_robot_is_ended() {
    let stage = Stage::new().await;
    let job = stage.play_to_the_gate().await;

    stage.place.end_supervisors();

    let ended = stage.anna.job_ended(&job).await;
    assert_eq!(ended["status"], "failed", "{ended}");
    assert_eq!(ended["outcome"]["failure"], "agent_lost", "{ended}");
    testkit::until("only server and agent are left", async || {
        (stage.place.processes().len() == 2).then_some(())
    })
    .await;
    assert_eq!(stage.witness.count("end"), 0);
    assert_eq!(stage.witness.count("start"), 1);
    assert_eq!(attempts(&stage.anna, &job).await.len(), 1);
    log_has_no_hole(&stage.anna, &job, 1).await;
    // The slot is free again.
    let next = testkit::Witness::new(&stage.place, "next");
    next.open_gate();
    let job = stage.anna.play(&stage.robot, next.folder()).await;
    assert_eq!(stage.anna.job_ended(&job).await["status"], "success");
}
