//! A job has one outcome, it never changes, and it says what happened.

use std::collections::{BTreeMap, BTreeSet};

use super::all::Findings;
use crate::history::History;
use crate::ids::Attempt;
use crate::known::Known;
use crate::record::{Failure, FinalAttempt, FinalJob, Outcome, RobotEnd, Status, What};
use crate::violation::Promise;

const LOST: Option<Outcome> = Some(Outcome::Failed(Failure::AgentLost));

pub(super) fn judge(history: &History, known: &Known<'_>, found: &mut Findings) {
    let mut ended = BTreeMap::new();
    let mut seen = BTreeMap::new();
    let mut asked = BTreeSet::new();
    for record in &history.records {
        let at = record.at_ms;
        let (job, status) = match &record.what {
            What::CancelAsked { job, .. } => {
                asked.insert(job);
                continue;
            }
            What::Seen {
                viewer,
                job,
                status,
            } => {
                let before = seen.insert((viewer, job), *status);
                let back = before.is_some_and(|before| is_back(before, *status));
                if back && !(before == Some(Status::Executing) && known.is_repeatable(job)) {
                    let promise = if before == Some(Status::Executing) {
                        Promise::NeverTwice
                    } else {
                        Promise::OutcomeStands
                    };
                    let sentence = format!("{viewer} saw {before:?}, then {status:?}");
                    found.add(promise, job.clone(), at, sentence);
                    continue;
                }
                (job, *status)
            }
            What::CancelAnswered { job, status, .. } => (job, *status),
            What::Final(told) => {
                judge_final(known, told, at, found);
                if told.status == Status::Cancelled && !asked.contains(&told.job) {
                    let sentence = "it is cancelled, and nobody asked for that";
                    found.add(Promise::OutcomeIsTrue, told.job.clone(), at, sentence);
                }
                (&told.job, told.status)
            }
            _ => continue,
        };
        if status.has_ended() {
            let first = *ended.entry(job).or_insert(status);
            if first != status {
                let sentence = format!("it was {first:?} and is {status:?}");
                found.add(Promise::OutcomeStands, job.clone(), at, sentence);
            }
        }
    }
}

/// Whether the same eyes can see the one status after the other only if something was taken back.
/// That of an ended job which ends otherwise is found by all eyes together.
fn is_back(before: Status, now: Status) -> bool {
    (before.has_ended() && !now.has_ended())
        || (before == Status::Executing && now == Status::Waiting)
}

fn judge_final(known: &Known<'_>, job: &FinalJob, at: u64, found: &mut Findings) {
    let (last, earlier) = match job.attempts.split_last() {
        Some((last, earlier)) => (Some(last), earlier),
        None => (None, [].as_slice()),
    };
    for attempt in earlier.iter().filter(|attempt| attempt.outcome != LOST) {
        let sentence = format!(
            "attempt {} ended as {:?} and was followed by another",
            attempt.n, attempt.outcome
        );
        found.add(Promise::OutcomeStands, job.job.clone(), at, sentence);
    }
    let of_last = last.and_then(|last| last.outcome);
    let fits = match job.status {
        Status::Success => of_last == Some(Outcome::Success),
        Status::Failed => matches!(of_last, None | Some(Outcome::Failed(_))),
        Status::Cancelled => matches!(of_last, None | LOST | Some(Outcome::Cancelled)),
        // Judged as what never ends.
        Status::Waiting | Status::Executing => true,
    };
    if !fits {
        let sentence = format!("it is {:?}, and its last attempt {of_last:?}", job.status);
        found.add(Promise::OutcomeStands, job.job.clone(), at, sentence);
    }
    for told in &job.attempts {
        let attempt = Attempt {
            job: job.job.clone(),
            n: told.n,
        };
        judge_attempt(known, &attempt, told, at, found);
    }
}

fn judge_attempt(
    known: &Known<'_>,
    attempt: &Attempt,
    told: &FinalAttempt,
    at: u64,
    found: &mut Findings,
) {
    let robot = known.robots.get(attempt);
    let did = robot.and_then(|robot| robot.ended).map(|(_, how)| how);
    for outcome in [told.outcome, told.late].into_iter().flatten() {
        let is_true = match outcome {
            Outcome::Success => did == Some(RobotEnd::Success),
            Outcome::Failed(Failure::Robot) => did != Some(RobotEnd::Success),
            Outcome::Failed(_) | Outcome::Cancelled => true,
        };
        if !is_true {
            let sentence = format!(
                "attempt {} is told as {outcome:?}, and its robot ended as {did:?}",
                attempt.n
            );
            found.add(Promise::OutcomeIsTrue, attempt.job.clone(), at, sentence);
        }
    }
    let Some(robot) = robot.filter(|robot| !known.is_unsure(robot.agent)) else {
        return;
    };
    let reported = told.last_seq.is_some() || told.late.is_some();
    if known.healed_at.is_some() && robot.ended.is_some() && !reported {
        let sentence = format!("attempt {} ended and was never reported", attempt.n);
        found.add(
            Promise::OutcomeIsDelivered,
            attempt.job.clone(),
            at,
            sentence,
        );
    }
}
