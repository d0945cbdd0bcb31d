//! A log is in order, says nothing twice, and marks what is missing.

use std::collections::BTreeSet;

use super::all::Findings;
use crate::history::History;
use crate::ids::Attempt;
use crate::known::Known;
use crate::record::{Event, EventKind, RobotEnd, What};
use crate::violation::Promise;

pub(super) fn judge(history: &History, known: &Known<'_>, found: &mut Findings) {
    for record in &history.records {
        let (attempt, wrong) = match &record.what {
            What::FinalLog { attempt, events } => (attempt, wrong_in(known, attempt, events)),
            _ => continue,
        };
        if !wrong.is_empty() {
            let sentence = format!("log of attempt {}: {}", attempt.n, wrong.join("; "));
            found.add(
                Promise::WholeLog,
                attempt.job.clone(),
                record.at_ms,
                sentence,
            );
        }
    }
    let stored = history.records.iter().filter_map(|record| {
        if let What::FinalFiles { attempt, names } = &record.what {
            Some((attempt, names))
        } else {
            None
        }
    });
    for (attempt, names) in stored {
        for record in &history.records {
            let What::FinalLog {
                attempt: of,
                events,
            } = &record.what
            else {
                continue;
            };
            if of != attempt {
                continue;
            }
            for event in events {
                if let EventKind::File { name } = &event.kind
                    && !names.contains(name)
                {
                    let sentence = format!(
                        "log of attempt {}: `{name}` is told and not stored",
                        attempt.n
                    );
                    found.add(
                        Promise::WholeLog,
                        attempt.job.clone(),
                        record.at_ms,
                        sentence,
                    );
                }
            }
        }
    }
}

fn wrong_in(known: &Known<'_>, attempt: &Attempt, events: &[Event]) -> Vec<String> {
    let told = known.final_attempt(attempt);
    let robot = known.robots.get(attempt);
    let agent = told.map(|told| &told.agent);
    let copied = agent.is_some_and(|agent| known.has_two_pasts(agent));
    let mut wrong = Vec::new();
    let (mut seq, mut line, mut gap, mut lost) = (0, 0, false, false);
    let mut files = BTreeSet::new();
    for event in events {
        seq += 1;
        if event.seq != seq {
            wrong.push(format!("event {} stands at {seq}", event.seq));
        }
        match &event.kind {
            EventKind::Gap { lost: was_lost } => {
                gap = true;
                lost |= was_lost;
            }
            EventKind::Line { .. } if copied => {}
            EventKind::Line { line: now } => {
                if *now > line + 1 && !gap {
                    wrong.push(format!(
                        "line {} is missing silently before {now}",
                        line + 1
                    ));
                }
                if *now <= line && !lost {
                    wrong.push(format!("line {now} stands behind {line}"));
                }
                (line, gap) = (*now, false);
            }
            EventKind::File { name } => {
                if !files.insert(name) && !lost && !copied {
                    wrong.push(format!("`{name}` is told twice"));
                }
            }
            EventKind::Other => {}
        }
    }
    if copied {
        return wrong;
    }
    let said = robot.map_or(0, |robot| robot.said);
    let how = robot.and_then(|robot| robot.ended).map(|(_, how)| how);
    // One that is killed between its line and its witness has said one more.
    let one_more = u64::from(how != Some(RobotEnd::Success));
    if line > said + one_more {
        wrong.push(format!("line {line} is told, and its robot said {said}"));
    }
    if let Some(last_seq) = told.and_then(|told| told.last_seq) {
        if last_seq != seq {
            wrong.push(format!("it ends at {seq}, its agent said {last_seq}"));
        }
        // What a robot said last may be gone with the power.
        let torn = how == Some(RobotEnd::PowerLost);
        if line < said && !gap && !lost && !torn {
            wrong.push(format!("it ends silently at line {line} of {said}"));
        }
    }
    wrong
}
