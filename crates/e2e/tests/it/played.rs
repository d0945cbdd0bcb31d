//! Play, and pressing twice.

use serde_json::json;

use crate::checker::{attempts, log_is_whole};
use crate::stage::Stage;

#[tokio::test]
async fn a_played_robot_runs_once_and_its_whole_log_is_there() {
    let stage = Stage::new().await;
    let job = stage.play_to_the_gate().await;
    let during = stage.anna.job(&job).await;
    assert_eq!(during["status"], "executing");
    assert_eq!(during["agentName"], "reception");

    stage.witness.open_gate();

    let ended = stage.anna.job_ended(&job).await;
    assert_eq!(ended["status"], "success", "{ended}");
    assert_eq!(stage.witness.lines(), ["start", "end", "teardown"]);
    log_is_whole(&stage.anna, &job, 1).await;
    let files = stage.anna.get(&format!("/jobs/{job}/artifacts")).await;
    for name in ["log.html", "report.html", "output.xml"] {
        assert!(files.to_string().contains(name), "{files}");
    }
}

#[tokio::test]
async fn pressing_twice_with_one_request_id_plays_once() {
    let stage = Stage::new().await;
    stage.witness.open_gate();
    let body = json!({
        "robotId": stage.robot,
        "parameters": [{"name": "FOLDER", "value": stage.witness.folder()}],
    });
    let press = async || {
        let request = stage.anna.request(reqwest::Method::POST, "/jobs");
        let answer = request
            .header("Idempotency-Key", "press-1")
            .json(&body)
            .send();
        let answer = answer.await.expect("the server answers");
        assert!(answer.status().is_success(), "{}", answer.status());
        let job: serde_json::Value = answer.json().await.expect("a job");
        job["id"].as_str().expect("an id").to_owned()
    };

    let (first, second) = tokio::join!(press(), press());

    assert_eq!(first, second);
    stage.anna.job_ended(&first).await;
    assert_eq!(press().await, first, "also after the end");
    let jobs = stage.anna.get("/jobs").await;
    assert_eq!(jobs["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(attempts(&stage.anna, &first).await.len(), 1);
    assert_eq!(stage.witness.count("start"), 1);
}
