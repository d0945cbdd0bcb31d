//! A request for the end is carried out within its limits.

use super::all::Findings;
use crate::history::History;
use crate::known::Known;
use crate::record::{Mode, What};
use crate::violation::Promise;

pub(super) fn judge(history: &History, known: &Known<'_>, found: &mut Findings) {
    let Some(limits) = known.limits else {
        return;
    };
    let ends_at = history.records.last().map_or(0, |record| record.at_ms);
    for record in &history.records {
        let at = record.at_ms;
        match &record.what {
            What::CancelReached { attempt, mode } => {
                let Some(robot) = known.robots.get(attempt) else {
                    continue;
                };
                let until = at
                    + match mode {
                        Mode::Stop => limits.stop_ms,
                        Mode::Kill => limits.kill_ms,
                    };
                let works_to = robot.ended.map_or(ends_at, |(at, _)| at);
                if robot.started_at <= at && works_to > until {
                    let sentence = format!(
                        "attempt {} was told to end ({mode:?}) and worked {} ms longer",
                        attempt.n,
                        works_to - at
                    );
                    found.add(
                        Promise::CancelIsHonoured,
                        attempt.job.clone(),
                        until,
                        sentence,
                    );
                }
            }
            What::CancelAnswered { job, .. } => {
                let Some(healed_at) = known.healed_at else {
                    continue;
                };
                let until = at.max(healed_at) + limits.cancel_ms;
                let of_job = known.robots.iter().filter(|(attempt, robot)| {
                    attempt.job == *job && !known.is_unsure(robot.agent)
                });
                for (attempt, robot) in of_job {
                    let works_to = robot.ended.map_or(ends_at, |(at, _)| at);
                    if works_to > until {
                        let sentence = format!(
                            "attempt {} works {} ms after its end was asked for and nothing went wrong",
                            attempt.n,
                            works_to - at.max(healed_at)
                        );
                        found.add(Promise::CancelIsHonoured, job.clone(), until, sentence);
                    }
                }
            }
            _ => {}
        }
    }
}
