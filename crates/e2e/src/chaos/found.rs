//! What is there when all is over: what robots witnessed, and what the server tells.

use std::collections::BTreeMap;
use std::path::Path;

use reqwest::Method;
use serde_json::Value;
use testkit::Person;

use super::people::Play;

/// One line of a witness.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// The attempt that said it: `<job>-<attempt>`, the name of its workspace.
    pub(crate) attempt: String,
    /// By the clock that all processes of a computer share.
    pub(crate) at_ns: u64,
    pub(crate) said: String,
}

/// A job as the server tells it, with all that belongs to it.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) told: Value,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) artifacts: Vec<Value>,
}

/// A confirmed attempt.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) number: u32,
    pub(crate) told: Value,
    pub(crate) events: Vec<Value>,
}

/// Reads everything.
///
/// # Panics
/// The server is away.
pub(crate) async fn jobs(anna: &Person) -> BTreeMap<String, Job> {
    let mut jobs = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let list = anna.get(&format!("/jobs?limit=200{cursor}")).await;
        for told in list["items"].as_array().cloned().unwrap_or_default() {
            let id = told["id"].as_str().unwrap_or_default().to_owned();
            jobs.insert(id.clone(), job(anna, id).await);
        }
        match list["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return jobs,
        }
    }
}

async fn job(anna: &Person, id: String) -> Job {
    let told = anna.job(&id).await;
    let mut attempts = Vec::new();
    for told in items(anna.get(&format!("/jobs/{id}/attempts")).await) {
        let number = told["n"].as_u64().and_then(|n| u32::try_from(n).ok());
        let number = number.unwrap_or_default();
        let events = anna.events(&id, number.into()).await;
        attempts.push(Attempt {
            number,
            told,
            events,
        });
    }
    let artifacts = items(anna.get(&format!("/jobs/{id}/artifacts")).await);
    Job {
        id,
        told,
        attempts,
        artifacts,
    }
}

fn items(list: Value) -> Vec<Value> {
    let items = if list.is_array() {
        &list
    } else {
        &list["items"]
    };
    items.as_array().cloned().unwrap_or_default()
}

/// What the server tells of an attempt, if it was confirmed.
pub(crate) fn attempt<'job>(job: &'job Job, wanted: &judge::Attempt) -> Option<&'job Attempt> {
    let mut attempts = job.attempts.iter();
    attempts.find(|it| it.number == wanted.n && wanted.job.0 == job.id)
}

/// The jobs that have not ended, each with its status.
pub(crate) async fn open(anna: &Person) -> Option<Vec<String>> {
    let mut open = Vec::new();
    for status in ["waiting", "executing"] {
        let path = format!("/jobs?limit=200&status={status}");
        let answer = anna.request(Method::GET, &path).send().await.ok()?;
        let list: Value = answer.json().await.ok()?;
        for job in list["items"].as_array()? {
            open.push(format!(
                "{} {status} {}",
                job["id"], job["whyWaiting"]["message"]
            ));
        }
    }
    Some(open)
}

/// What the robots of a play said.
pub(crate) fn witness(play: &Play) -> Vec<Line> {
    let text = std::fs::read_to_string(&play.witness).unwrap_or_default();
    text.lines().filter_map(line).collect()
}

fn line(text: &str) -> Option<Line> {
    let mut words = text.splitn(3, ' ');
    Some(Line {
        attempt: words.next()?.to_owned(),
        at_ns: words.next()?.parse().ok()?,
        said: words.next()?.to_owned(),
    })
}

/// How many entries a folder has; one that is not there has none.
pub(crate) fn entries(folder: &Path) -> usize {
    std::fs::read_dir(folder).into_iter().flatten().count()
}
