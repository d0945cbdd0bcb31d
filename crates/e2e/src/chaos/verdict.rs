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
        if play.robot.kind != Kind::Failing {
            wrong.extend(broken_robots(job, killed));
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

/// Robots that failed, although nobody killed them: they attack nothing any more, and hide what
/// they were made for.
fn broken_robots(job: &Job, killed: &BTreeSet<String>) -> Vec<String> {
    let mut broken = Vec::new();
    for attempt in &job.attempts {
        let is_killed = killed.contains(&format!("{}-{}", job.id, attempt.number));
        let outcomes = [&attempt.told["outcome"], &attempt.told["late"]["outcome"]];
        let failed = outcomes.iter().find(|it| it["failure"] == "robot");
        if let Some(failed) = failed.filter(|_| !is_killed) {
            let message = &failed["message"];
            broken.push(format!(
                "job {}: its robot failed by itself: {message}",
                job.id
            ));
        }
    }
    broken
}

/// The size of the file that a robot makes.
const MADE_BYTES: u64 = 16 * 8_192;

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use judge::What;
    use serde_json::{Value, json};

    use super::*;
    use crate::chaos::found::Attempt;
    use crate::chaos::history::{Known, history};
    use crate::chaos::people::{Play, Robot};

    const JOB: &str = "000000000000000000000001";

    /// A run with one job, as it is when all went well.
    struct Story {
        asked: Asked,
        job: Job,
        said: Vec<String>,
        killed: BTreeSet<String>,
        witness: PathBuf,
    }

    impl Story {
        /// A robot of this kind that said two lines and succeeded.
        fn of(name: &str, kind: Kind) -> Self {
            let file = format!("arkwright-verdict-{}-{name}", std::process::id());
            let witness = std::env::temp_dir().join(file);
            let robot = Robot {
                id: "robot".to_owned(),
                kind,
                repeatable: false,
            };
            let play = Play {
                request: "press".to_owned(),
                robot,
                witness: witness.clone(),
                answers: vec![JOB.to_owned()],
            };
            let (user, request, content) = ("anna", "press", "robot");
            let pressed = What::PlayAsked {
                user: user.into(),
                request: request.into(),
                content: content.to_owned(),
            };
            let answered = What::PlayAnswered {
                user: user.into(),
                request: request.into(),
                content: content.to_owned(),
                job: JOB.into(),
                repeatable: false,
            };
            let asked = Asked {
                plays: vec![play],
                history: vec![(1, pressed), (2, answered)],
                ..Asked::default()
            };
            let outcome = json!({"kind": "success"});
            let job = Job {
                id: JOB.to_owned(),
                told: json!({"id": JOB, "status": "success", "outcome": outcome}),
                attempts: vec![attempt(1, &outcome)],
                artifacts: vec![json!({"name": "made.txt", "sizeBytes": MADE_BYTES, "attempt": 1})],
            };
            let lines = ["start", "step 1", "step 2", "end"];
            let said = lines.iter().zip(10_000_000..);
            let said = said.map(|(line, at)| format!("{JOB}-1 {at} {line}"));
            Self {
                asked,
                job,
                said: said.collect(),
                killed: BTreeSet::new(),
                witness,
            }
        }

        fn end(&mut self, status: &str, outcome: &Value) {
            self.job.told["status"] = json!(status);
            self.job.told["outcome"] = outcome.clone();
            self.job.attempts[0].told["outcome"] = outcome.clone();
        }

        /// What the verdict says of it.
        fn judged(self) -> Vec<String> {
            std::fs::write(&self.witness, self.said.join("\n") + "\n").unwrap();
            let jobs = BTreeMap::from([(JOB.to_owned(), self.job)]);
            let known = Known {
                asked: &self.asked,
                killed: &self.killed,
                healed_ns: 20_000_000,
            };
            let wrong = violations(&history(&known, &jobs), &self.asked, &jobs, &self.killed);
            std::fs::remove_file(&self.witness).unwrap();
            wrong
        }
    }

    fn attempt(number: u32, outcome: &Value) -> Attempt {
        let event = |(seq, text)| json!({"seq": seq, "kind": "log", "text": text});
        Attempt {
            number,
            told: json!({"n": number, "agentId": "reception", "outcome": outcome, "lastSeq": 2}),
            events: [(1, "line 1"), (2, "line 2")].map(event).into(),
        }
    }

    fn lost() -> Value {
        json!({"kind": "failed", "failure": "agent_lost", "message": "not heard from"})
    }

    fn failed() -> Value {
        json!({"kind": "failed", "failure": "robot", "message": "no such thing"})
    }

    #[test]
    fn a_run_in_which_all_went_well_is_not_blamed() {
        assert_eq!(Story::of("well", Kind::Files).judged(), [""; 0]);
    }

    #[test]
    fn a_robot_that_was_killed_may_have_failed_and_another_may_not() {
        let mut story = Story::of("killed", Kind::Short);
        story.end("failed", &failed());
        story.said.pop();
        story.killed.insert(format!("{JOB}-1"));
        assert_eq!(story.judged(), [""; 0]);
        let mut story = Story::of("broken", Kind::Short);
        story.end("failed", &failed());
        story.said.pop();
        assert!(story.judged()[0].contains("failed by itself"));
    }

    #[test]
    fn each_way_to_break_a_promise_is_found() {
        type Break = fn(&mut Story);
        let ways: [(&str, Break); 9] = [
            ("an answered job is not there", |story| {
                story.asked.plays[0].answers[0] = "2".to_owned();
                let last = story.asked.history.last_mut();
                let Some((_, What::PlayAnswered { job, .. })) = last else {
                    panic!("it was answered");
                };
                *job = "2".into();
            }),
            ("it does not end", |story| {
                story.job.told["status"] = json!("executing");
            }),
            ("it started again", |story| {
                story.end("failed", &lost());
                story
                    .job
                    .attempts
                    .push(attempt(2, &json!({"kind": "success"})));
                story.said.push(format!("{JOB}-2 11000000 start"));
            }),
            ("it ran without being confirmed", |story| {
                story.said.push(format!("{JOB}-2 11000000 start"));
            }),
            ("a line is missing", |story| {
                story.job.attempts[0].events[0]["text"] = json!("something");
            }),
            ("a line stands there twice", |story| {
                story.job.attempts[0].events[1]["text"] = json!("line 1");
            }),
            ("it failed and says that it succeeded", |story| {
                story.asked.plays[0].robot.kind = Kind::Failing;
            }),
            ("its log shows the secret", |story| {
                let note = json!({"seq": 3, "kind": "log", "text": format!("it is {SECRET}")});
                story.job.attempts[0].events.push(note);
                story.job.attempts[0].told["lastSeq"] = json!(3);
            }),
            ("its file is not whole", |story| {
                story.job.artifacts[0]["sizeBytes"] = json!(1);
            }),
        ];
        for (number, (what, break_it)) in ways.iter().enumerate() {
            let mut story = Story::of(&format!("way-{number}"), Kind::Files);
            break_it(&mut story);
            assert!(!story.judged().is_empty(), "{what}");
        }
    }
}
