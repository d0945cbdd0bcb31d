//! A secret reaches the robot, and nothing that is kept.

use serde_json::json;

use crate::checker::log_has_no_hole;
use crate::stage::{SECRET, Stage};

const PASSWORD: &str = "open-sesame-4711";

#[tokio::test]
async fn a_secret_reaches_its_robot_and_stands_in_no_log() {
    let stage = Stage::with(SECRET, &[]).await;
    let body = json!({"robotId": stage.robot, "parameters": [
        {"name": "FOLDER", "value": stage.witness.folder()},
        {"name": "PASSWORD", "value": PASSWORD},
    ]});

    let job = stage.anna.post("/jobs", body).await;
    let job = job["id"].as_str().expect("an id").to_owned();
    let ended = stage.anna.job_ended(&job).await;

    assert_eq!(stage.witness.lines(), [PASSWORD], "the robot had it");
    assert_eq!(ended["outcome"]["failure"], "robot", "{ended}");
    assert!(!ended.to_string().contains(PASSWORD), "{ended}");
    let events = log_has_no_hole(&stage.anna, &job, 1).await;
    assert!(!json!(events).to_string().contains(PASSWORD), "{events:?}");
    for log in [
        "server-1.out",
        "server-1.err",
        "reception-1.out",
        "reception-1.err",
    ] {
        let text = std::fs::read_to_string(stage.place.join(log)).expect("a log is a text");
        assert!(!text.contains(PASSWORD), "{log}: {text}");
    }
}
