//! Many jobs, several agents with several slots, crashes among them: each job runs once.

use serde_json::json;
use testkit::{Agent, Place, Server, Witness};

use crate::checker::{attempts, log_is_whole};
use crate::stage::GATE;

const JOBS: usize = 6;

#[tokio::test]
async fn each_of_many_jobs_runs_once_also_when_agents_and_server_crash() {
    let place = Place::new();
    let mut server = Server::start(&place, &[]).await;
    let anna = server.owner().await;
    let mut first = Agent::join(&place, &anna, "reception").await;
    let mut second = Agent::join(&place, &anna, "cellar").await;
    let robot = anna.robot("Gate", GATE).await;
    let mut jobs = Vec::new();
    for number in 0..JOBS {
        let witness = Witness::new(&place, &format!("witness-{number}"));
        let job = anna.play(&robot, witness.folder()).await;
        witness.open_gate();
        jobs.push((job, witness));
    }

    first.kill();
    second.kill();
    server.kill();
    server.restart().await;
    tokio::join!(first.restart(), second.restart());

    for (job, witness) in &jobs {
        let ended = anna.job_ended(job).await;
        let starts = witness.count("start");
        let confirmed = attempts(&anna, job).await;
        assert_eq!(confirmed.len(), 1, "{confirmed:?}");
        if ended["status"] == "success" {
            assert_eq!(witness.lines(), ["start", "end", "teardown"], "{ended}");
            log_is_whole(&anna, job, confirmed[0]["n"].as_u64().expect("a number")).await;
        } else {
            // A crash between confirm and start: nobody may start it a second time.
            assert_eq!(ended["outcome"]["failure"], "agent_lost", "{ended}");
            assert!(starts <= 1, "{starts} starts");
        }
    }
    let all = anna.get("/jobs?limit=200").await;
    assert_eq!(all["items"].as_array().map(Vec::len), Some(JOBS));
    let executing = anna.get("/jobs?status=executing").await;
    assert_eq!(executing["items"], json!([]));
}
