//! Compares what robots witnessed and people were told with what the server tells at the end.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::found::{Attempt, Job, Line, witness};
use super::people::{Asked, Cancel, Kind, Play, SECRET};
use super::world::SLOTS;

/// Everything that breaks a promise, one sentence each.
pub(crate) fn violations(asked: &Asked, jobs: &BTreeMap<String, Job>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut played = BTreeSet::new();
    let mut works = Works::default();
    for play in &asked.plays {
        let said = witness(play);
        let answers: BTreeSet<&String> = play.answers.iter().collect();
        if answers.len() > 1 {
            wrong.push(format!(
                "{} was played more than once: {answers:?}",
                play.request
            ));
        }
        let Some(id) = answers.first() else {
            if !said.is_empty() {
                wrong.push(format!("{} was refused, and ran", play.request));
            }
            continue;
        };
        played.insert((*id).clone());
        match jobs.get(*id) {
            None => wrong.push(format!(
                "job {id} of {} was answered and is lost",
                play.request
            )),
            Some(job) => {
                let of_job = of_job(play, job, &said);
                wrong.extend(
                    of_job
                        .into_iter()
                        .map(|it| format!("job {id} ({:?}): {it}", play.robot.kind)),
                );
                let cancels = asked.cancels.iter().filter(|cancel| cancel.job == **id);
                wrong.extend(cancels.filter_map(|cancel| started_after(cancel, job, &said)));
                works.add(job, &said);
            }
        }
    }
    for id in jobs.keys().filter(|id| !played.contains(*id)) {
        wrong.push(format!("job {id} was played by nobody"));
    }
    for (id, outcome) in &asked.ended {
        let last = jobs.get(id).map(|job| &job.told["outcome"]);
        if last != Some(outcome) {
            wrong.push(format!(
                "job {id} ended as {outcome}, and later as {last:?}"
            ));
        }
    }
    wrong.extend(works.too_many());
    wrong
}

fn of_job(play: &Play, job: &Job, said: &[Line]) -> Vec<String> {
    let mut wrong = Vec::new();
    let status = job.told["status"].as_str().unwrap_or_default();
    if !job.told["outcome"].is_object() {
        wrong.push(format!("never ended: {}", job.told));
    }
    let starts: Vec<&Line> = said.iter().filter(|line| line.said == "start").collect();
    let distinct: BTreeSet<&String> = starts.iter().map(|line| &line.attempt).collect();
    if distinct.len() < starts.len() {
        wrong.push(format!("an attempt was started twice: {starts:?}"));
    }
    if !play.robot.repeatable && starts.len() > 1 {
        wrong.push(format!(
            "started {} times without `repeatable`",
            starts.len()
        ));
    }
    for attempt in said
        .iter()
        .map(|line| &line.attempt)
        .collect::<BTreeSet<_>>()
    {
        let known = job
            .attempts
            .iter()
            .any(|it| *attempt == format!("{}-{}", job.id, it.number));
        if !known {
            wrong.push(format!("{attempt} ran without being confirmed"));
        }
    }
    if status == "cancelled"
        && job.told["outcome"]["how"] == "before_start"
        && !play.robot.repeatable
        && !starts.is_empty()
    {
        wrong.push("cancelled before its start, and started".to_owned());
    }
    for attempt in &job.attempts {
        let of_attempt = said
            .iter()
            .filter(|line| line.attempt == format!("{}-{}", job.id, attempt.number));
        let of_attempt: Vec<&str> = of_attempt.map(|line| line.said.as_str()).collect();
        let of_attempt = check_attempt(play.robot.kind, attempt, &of_attempt);
        wrong.extend(
            of_attempt
                .into_iter()
                .map(|it| format!("attempt {}: {it}", attempt.number)),
        );
    }
    if status == "success" && play.robot.kind == Kind::Files {
        let made = job.artifacts.iter().find(|file| file["name"] == "made.txt");
        if made.is_none_or(|file| file["sizeBytes"] != 16 * 8192) {
            wrong.push(format!("its file is not there: {:?}", job.artifacts));
        }
    }
    wrong
}

/// A job that was answered as cancelled stays so, and nothing starts afterwards.
fn started_after(cancel: &Cancel, job: &Job, said: &[Line]) -> Option<String> {
    if cancel.answer["status"] != "cancelled" {
        return None;
    }
    let starts = said.iter().filter(|line| line.said == "start");
    let after = starts
        .filter(|line| line.at_ns > cancel.answered_ns)
        .count();
    let status = &job.told["status"];
    (after > 0 || status != "cancelled").then(|| {
        let id = &job.id;
        format!("job {id} was answered as cancelled; then {after} starts, now {status}")
    })
}

fn check_attempt(kind: Kind, attempt: &Attempt, said: &[&str]) -> Vec<String> {
    let mut wrong = Vec::new();
    let told = &attempt.told;
    let numbers = attempt
        .events
        .iter()
        .filter_map(|event| event["seq"].as_u64());
    let count = attempt.events.len();
    if !numbers.eq(1..=u64::try_from(count).unwrap_or(u64::MAX)) {
        wrong.push("its events are not numbered from 1 without a hole".to_owned());
    }
    let reported = |outcome: &Value| outcome["kind"].is_string();
    let outcome = &told["outcome"];
    let late = &told["late"]["outcome"];
    let delivered = reported(late) || (reported(outcome) && outcome["failure"] != "agent_lost");
    if delivered && told["missing"].as_u64().unwrap_or(0) > 0 {
        wrong.push(format!("events are missing without a mark: {told}"));
    }
    let texts: Vec<&str> = attempt
        .events
        .iter()
        .filter_map(|event| event["text"].as_str())
        .collect();
    if texts.iter().any(|text| text.contains(SECRET)) {
        wrong.push("its log shows the secret".to_owned());
    }
    let lines: Vec<u64> = texts
        .iter()
        .filter_map(|text| text.strip_prefix("line ")?.parse().ok())
        .collect();
    if !lines
        .iter()
        .copied()
        .eq(1..=u64::try_from(lines.len()).unwrap_or(u64::MAX))
    {
        wrong.push(format!("its lines are not in order, once each: {lines:?}"));
    }
    let gap = attempt.events.iter().any(|event| event["kind"] == "gap");
    let steps = said.iter().filter(|line| line.starts_with("step ")).count();
    if delivered && !gap && lines.len() < steps {
        wrong.push(format!(
            "{steps} steps were done, {} told, and no gap: {told}",
            lines.len()
        ));
    }
    let succeeded = outcome["kind"] == "success" || late["kind"] == "success";
    if succeeded && !said.contains(&"end") {
        wrong.push(format!(
            "told as success, and its robot did not come to its end: {told}"
        ));
    }
    if succeeded && matches!(kind, Kind::Failing | Kind::Endless) {
        wrong.push(format!("told as success, and cannot be: {told}"));
    }
    wrong
}

/// Which agent worked on what, when, as far as robots can witness.
#[derive(Default)]
struct Works(BTreeMap<String, Vec<(u64, u64, String)>>);

impl Works {
    fn add(&mut self, job: &Job, said: &[Line]) {
        for attempt in &job.attempts {
            let key = format!("{}-{}", job.id, attempt.number);
            let times = || {
                said.iter()
                    .filter(|line| line.attempt == key)
                    .map(|line| line.at_ns)
            };
            let agent = attempt.told["agentId"].as_str().unwrap_or_default();
            if let (Some(from), Some(to)) = (times().min(), times().max()) {
                let of_agent = self.0.entry(agent.to_owned()).or_default();
                of_agent.push((from, to, key));
            }
        }
    }

    /// The moments at which an agent had more robots than slots.
    fn too_many(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (agent, works) in &self.0 {
            for (at, _, _) in works {
                let at_once = works.iter().filter(|(from, to, _)| from <= at && at <= to);
                let keys: Vec<&String> = at_once.map(|(_, _, key)| key).collect();
                if u64::try_from(keys.len()).is_ok_and(|count| count > SLOTS) {
                    wrong.push(format!(
                        "agent {agent} had {SLOTS} slots and ran {keys:?} at once"
                    ));
                }
            }
        }
        wrong
    }
}
