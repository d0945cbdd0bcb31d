//! What is wrong at the end: what the judge says of the history, and what a history does not tell.

use std::collections::{BTreeMap, BTreeSet};

use judge::{History, judge};

use super::found::{Job, witness};
use super::people::{Asked, Kind, SECRET};

/// Everything that breaks a promise, one sentence each.
pub(crate) fn violations(
    history: &History,
    asked: &Asked,
    jobs: &BTreeMap<String, Job>,
    killed: &BTreeSet<String>,
) -> Vec<String> {
    let judged = judge(history);
    let mut wrong: Vec<String> = judged.iter().map(ToString::to_string).collect();
    for play in &asked.plays {
        let Some(job) = play.answers.first().and_then(|id| jobs.get(id)) else {
            continue;
        };
        for line in witness(play).iter().filter(|line| line.said == "start") {
            let confirmed = job
                .attempts
                .iter()
                .any(|it| line.attempt == format!("{}-{}", job.id, it.number));
            if !confirmed {
                wrong.push(format!("{} ran and was never confirmed", line.attempt));
            }
        }
        // A robot that breaks by itself is no attack any more, and hides what it was made for.
        for attempt in job
            .attempts
            .iter()
            .filter(|_| play.robot.kind != Kind::Failing)
        {
            let is_killed = killed.contains(&format!("{}-{}", job.id, attempt.number));
            let outcomes = [&attempt.told["outcome"], &attempt.told["late"]["outcome"]];
            let failed = outcomes.iter().find(|it| it["failure"] == "robot");
            if let Some(failed) = failed.filter(|_| !is_killed) {
                let message = &failed["message"];
                wrong.push(format!(
                    "job {}: its robot failed by itself: {message}",
                    job.id
                ));
            }
        }
        let made = job.artifacts.iter().find(|file| file["name"] == "made.txt");
        let is_whole = made.is_some_and(|file| file["sizeBytes"] == MADE_BYTES);
        if play.robot.kind == Kind::Files && job.told["status"] == "success" && !is_whole {
            wrong.push(format!(
                "job {}: its file is not there: {:?}",
                job.id, job.artifacts
            ));
        }
    }
    for job in jobs.values() {
        for attempt in &job.attempts {
            let mut texts = attempt
                .events
                .iter()
                .filter_map(|event| event["text"].as_str());
            if texts.any(|text| text.contains(SECRET)) {
                wrong.push(format!("job {}: its log shows the secret", job.id));
            }
        }
    }
    wrong.extend(asked.refusals.iter().map(|it| format!("refused: {it}")));
    wrong
}

/// The size of the file that a robot makes.
const MADE_BYTES: u64 = 16 * 8_192;
