//! Very many short jobs through one agent.
//!
//! Server, agent and supervisors are real. The robots are not: starting Python takes longer than
//! everything that is looked at here, so a shell script stands in for the Python of their
//! environment, which says one line in the way of our listener and ends.

use std::fmt::{self, Write};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use testkit::{Agent, LIMIT, Person, Place, Server, Witness, until, until_within};
use tokio::time::Instant;

use super::LIMITS;
use super::gauge::{Files, Use};

const LONG: &str = include_str!("../../robots/long.robot");
/// Jobs at once.
const SLOTS: u64 = 4;
/// Jobs that wait at once, so that the agent always has something to do.
const AHEAD: u64 = 20;
/// Jobs before the first measurement: caches and pools are filled then.
const WARM_UP: u64 = 20;

/// What stands in for Python: it is called as `python -m robot …` in its workspace.
const STAND_IN: &str = r#"#!/bin/sh
at=2026-11-23T08:15:02.118Z
{
    printf '{"kind":"open","at":"%s","n":1}\n' $at
    printf '{"kind":"log","at":"%s","level":"info","text":"line 1","n":2}\n' $at
    printf '{"kind":"close","at":"%s","n":3}\n' $at
} >> "$ARKWRIGHT_WORKSPACE/events.jsonl"
"#;

/// What came of it.
#[derive(Debug)]
pub struct ManyJobs {
    /// Jobs that succeeded, each with its line.
    pub jobs: u64,
    /// The agent after a few jobs, and after all of them.
    pub agent: (Use, Use),
    /// The agent's data folder, at the same times.
    pub files: (Files, Files),
    /// Processes of the agent and of everything that it started, at the same times.
    pub processes: (usize, usize),
    /// How long they took.
    pub took: Duration,
}

impl fmt::Display for ManyJobs {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let took = self.took.as_secs_f64();
        writeln!(out, "{} jobs in {took:.1} s, each with its line", self.jobs)?;
        let times = [
            (WARM_UP, self.agent.0, self.files.0, self.processes.0),
            (self.jobs, self.agent.1, self.files.1, self.processes.1),
        ];
        let mut text = String::new();
        for (jobs, agent, files, processes) in times {
            let (count, kib) = (files.count, files.bytes >> 10);
            writeln!(
                text,
                "after {jobs:>6} jobs: {agent}, {processes} processes, {count} files ({kib} KiB)"
            )?;
        }
        out.write_str(text.trim_end())
    }
}

/// Plays so many jobs.
///
/// # Panics
/// One of them does not succeed, or says something else than it should.
pub async fn many_jobs(jobs: u64) -> ManyJobs {
    let place = Place::new();
    let server = Server::start(&place, &LIMITS).await;
    let anna = server.owner().await;
    let slots = SLOTS.to_string();
    let arguments = ["--slots", slots.as_str()];
    let mut agent = Agent::join_with(&place, &anna, "reception", &arguments, &[]).await;
    let robot = anna.robot("Short", LONG).await;
    let witness = Witness::new(&place, "witness");
    // Whoever built the environment before, it is there after this one.
    fs::write(Path::new(witness.folder()).join("lines"), "1").expect("the folder is there");
    witness.open_gate();
    let first = anna.play(&robot, witness.folder()).await;
    assert_eq!(anna.job_ended(&first).await["status"], "success");
    stand_in_for_python(agent.data());

    play_all(&anna, &robot, witness.folder(), WARM_UP).await;
    let before = measure(&place, &mut agent).await;
    let begun = Instant::now();
    play_all(&anna, &robot, witness.folder(), jobs).await;
    let took = begun.elapsed();
    let after = measure(&place, &mut agent).await;
    ManyJobs {
        jobs,
        agent: (before.0, after.0),
        files: (before.1, after.1),
        processes: (before.2, after.2),
        took,
    }
}

/// Gives the agent environments of its own, in which nothing is Python.
fn stand_in_for_python(data: &Path) {
    let shared = data.join("environments");
    let own = data.join("own-environments");
    let specs = own.join("specs");
    fs::create_dir_all(&specs).expect("a folder can be made");
    for entry in fs::read_dir(shared.join("specs")).expect("an environment was built") {
        let path = entry.expect("a folder can be read").path();
        let name = path.file_name().expect("a file has a name");
        fs::copy(&path, specs.join(name)).expect("a file can be copied");
        let spec = fs::read(&path).expect("a file can be read");
        let spec: Value = serde_json::from_slice(&spec).expect("it is JSON");
        let environment = own.join(spec["key"].as_str().expect("it names its environment"));
        let bin = environment.join("bin");
        fs::create_dir_all(&bin).expect("a folder can be made");
        let python = bin.join("python");
        fs::write(&python, STAND_IN).expect("a file can be written");
        fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).expect("it is ours");
        fs::write(environment.join("ready"), "").expect("a file can be written");
    }
    fs::remove_file(&shared).expect("it is a link");
    fs::rename(&own, &shared).expect("the name is free");
}

/// Plays jobs, some ahead of the last one that has ended, and looks at each.
async fn play_all(anna: &Person, robot: &str, folder: &str, jobs: u64) {
    let mut open = std::collections::VecDeque::new();
    for number in 1..=jobs {
        open.push_back(anna.play(robot, folder).await);
        if u64::try_from(open.len()).is_ok_and(|open| open < AHEAD) && number < jobs {
            continue;
        }
        while let Some(job) = open.front() {
            if number < jobs && u64::try_from(open.len()).is_ok_and(|open| open < AHEAD) {
                break;
            }
            succeeded(anna, job).await;
            open.pop_front();
        }
    }
}

async fn succeeded(anna: &Person, job: &str) {
    let ended = until("a job ends", async || {
        let now = anna.job(job).await;
        now["outcome"].is_object().then_some(now)
    })
    .await;
    assert_eq!(ended["status"], "success", "{ended}");
    assert_eq!(ended["attempt"], 1, "{ended}");
    let events = anna.events(job, 1).await;
    let lines: Vec<&Value> = events.iter().filter(|it| it["kind"] == "log").collect();
    assert!(
        lines.len() == 1 && lines[0]["text"] == "line 1",
        "{events:?}"
    );
}

/// The agent, its folder and its processes, once all that has ended is tidied up.
async fn measure(place: &Place, agent: &mut Agent) -> (Use, Files, usize) {
    let data = agent.data().to_owned();
    until_within(LIMIT, "what is done is deleted", async || {
        let left = ["workspaces", "spool"].map(|name| Files::below(&data.join(name)).count);
        (left == [0, 0] && place.supervisors().is_empty()).then_some(())
    })
    .await;
    let processes = place.processes().len();
    (
        Use::of(agent.process().id()),
        Files::below(&data),
        processes,
    )
}
