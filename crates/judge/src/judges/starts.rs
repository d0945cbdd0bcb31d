//! What was started, how often and where.

use std::collections::{BTreeMap, BTreeSet};

use super::all::Findings;
use crate::history::History;
use crate::ids::{AgentId, Attempt, JobId};
use crate::known::Known;
use crate::record::{Failure, Outcome, Status, What};
use crate::violation::Promise;

pub(super) fn judge(history: &History, known: &Known<'_>, found: &mut Findings) {
    let mut starts: BTreeMap<&JobId, Vec<&Attempt>> = BTreeMap::new();
    let mut working: BTreeMap<&Attempt, &AgentId> = BTreeMap::new();
    let mut cancelled = BTreeSet::new();
    let mut asked: BTreeMap<&JobId, u32> = BTreeMap::new();
    let mut asked_at: BTreeMap<&JobId, u64> = BTreeMap::new();
    for record in &history.records {
        let at = record.at_ms;
        match &record.what {
            What::CancelAsked { job, .. } => {
                asked_at.entry(job).or_insert(at);
            }
            What::CancelAnswered {
                job,
                attempt,
                status,
            } => {
                asked.entry(job).or_insert(*attempt);
                let now = asked_at
                    .get(job)
                    .is_some_and(|asked| is_at_once(known, at - asked));
                let works = |other: &&&Attempt| other.job == *job && !is_lost(known, other);
                if let Some(other) = working.keys().find(works)
                    && *status == Status::Cancelled
                    && now
                {
                    let sentence = format!("it is cancelled, and attempt {} works", other.n);
                    found.add(Promise::OutcomeIsTrue, job.clone(), at, sentence);
                }
            }
            _ => {}
        }
        match &record.what {
            What::CancelAnswered { job, status, .. } | What::Seen { job, status, .. }
                if *status == Status::Cancelled =>
            {
                cancelled.insert(job);
            }
            What::RobotStarted { attempt, agent } => {
                let job = &attempt.job;
                if cancelled.contains(job) {
                    let sentence = format!(
                        "attempt {} started after somebody saw it cancelled",
                        attempt.n
                    );
                    found.add(Promise::NothingAfterCancelled, job.clone(), at, sentence);
                } else if asked.get(job).is_some_and(|latest| attempt.n > *latest) {
                    let sentence = format!(
                        "attempt {} was made after the end of the job was asked for",
                        attempt.n
                    );
                    found.add(Promise::CancelIsHonoured, job.clone(), at, sentence);
                }
                let earlier = starts.entry(job).or_default();
                if let Some(sentence) = is_too_much(known, earlier, attempt) {
                    found.add(Promise::NeverTwice, job.clone(), at, sentence);
                } else {
                    let other = earlier.iter().find(|other| {
                        working.get(*other).is_some_and(|other| *other != agent)
                            && !is_lost(known, other)
                    });
                    if let Some(other) = other {
                        let sentence = format!(
                            "attempt {} started while attempt {} worked, which was not lost",
                            attempt.n, other.n
                        );
                        found.add(Promise::OneOwner, job.clone(), at, sentence);
                    }
                }
                earlier.push(attempt);
                working.insert(attempt, agent);
            }
            What::RobotEnded { attempt, .. } => {
                working.remove(attempt);
            }
            _ => {}
        }
    }
    for (attempt, robot) in &known.robots {
        let told = known.finals.contains_key(&attempt.job);
        if told && known.final_attempt(attempt).is_none() {
            let sentence = format!("attempt {} started and was never confirmed", attempt.n);
            let job = attempt.job.clone();
            found.add(Promise::OneOwner, job, robot.started_at, sentence);
        }
    }
}

/// Whether nobody can have given an agent up since the end was asked for.
fn is_at_once(known: &Known<'_>, after_ms: u64) -> bool {
    known.limits.is_some_and(|limits| after_ms < limits.kill_ms)
}

fn is_too_much(known: &Known<'_>, earlier: &[&Attempt], attempt: &Attempt) -> Option<String> {
    let n = attempt.n;
    if earlier.contains(&attempt) {
        return Some(format!("attempt {n} started twice"));
    }
    if earlier.is_empty() {
        return None;
    }
    if !known.is_repeatable(&attempt.job) {
        return Some(format!(
            "attempt {n} started after another, and its robot is not repeatable"
        ));
    }
    let most = known.limits.map(|limits| limits.attempts)?;
    (earlier.len() >= most).then(|| format!("attempt {n} is one more than {most}"))
}

/// Whether the attempt was given up: its robot may work beside the next one.
fn is_lost(known: &Known<'_>, attempt: &Attempt) -> bool {
    let told = known.final_attempt(attempt);
    told.is_none_or(|told| told.outcome == Some(Outcome::Failed(Failure::AgentLost)))
}
