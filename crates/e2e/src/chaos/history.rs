//! Puts together what the judge reads: what people asked and were told, what robots witnessed, and
//! what the server tells in the end.
//!
//! All times are of the one clock that every process of a computer shares. Nothing is told of
//! signs of life: from outside it cannot be seen what a server heard, so silence is judged in the
//! simulation alone.

use std::collections::{BTreeMap, BTreeSet};

use judge::{
    AgentId, Attempt, Event, Failure, FinalAttempt, FinalJob, History, Limits, Outcome, RobotEnd,
    What,
};
use serde_json::Value;

use super::found::{self, Job, Line, witness};
use super::people::{Asked, Kind, monotonic_ns, status};
use super::world::{LOST_MS, SLOTS};

/// The grace of a Stop here.
pub(crate) const STOP_GRACE_MS: u64 = 3_000;
/// How long a request for the end may take once nothing is wrong: an agent that failed to connect
/// again and again waits for up to 30 s.
const CANCEL_MS: u64 = 60_000;
/// What an agent says of an attempt whose supervisor it found dead. Other words are the server's.
const SAID_BY_AGENT: &str = "the computer or the supervisor stopped";

/// What is needed beside the answers of the server.
pub(crate) struct Known<'run> {
    pub(crate) asked: &'run Asked,
    /// Attempts whose robot was killed on purpose: it may have been behind its last words.
    pub(crate) killed: &'run BTreeSet<String>,
    pub(crate) healed_ns: u64,
}

/// The history of a run.
pub(crate) fn history(known: &Known<'_>, jobs: &BTreeMap<String, Job>) -> History {
    let mut told = vec![(0, limits())];
    told.extend(known.asked.history.iter().cloned());
    told.push((known.healed_ns, What::Healed));
    let mut works = Works::default();
    for play in &known.asked.plays {
        let said = witness(play);
        for (attempt, lines) in by_attempt(&said) {
            let of = play.answers.first().and_then(|id| jobs.get(id));
            let of = of.and_then(|job| found::attempt(job, &attempt));
            let agent = of.map_or("nobody", |it| {
                it.told["agentId"].as_str().unwrap_or("nobody")
            });
            let outcome = of.map_or(&Value::Null, |it| &it.told["outcome"]);
            let key = attempt.to_string();
            let how = ended(
                play.robot.kind,
                &lines,
                known.killed.contains(&key),
                outcome,
            );
            told.extend(of_robot(&attempt, &agent.into(), &lines, how));
            works.add(agent, &attempt, &lines);
        }
    }
    told.extend(works.holding());
    told.sort_by_key(|(at, _)| *at);
    let mut history = History::default();
    for (at_ns, what) in told {
        history.push(at_ns / 1_000_000, what);
    }
    let now_ms = monotonic_ns() / 1_000_000;
    for job in jobs.values() {
        finals(&mut history, now_ms, job);
    }
    history
}

fn limits() -> What {
    What::Limits(Limits {
        lost_ms: LOST_MS,
        stop_ms: STOP_GRACE_MS + 2_000,
        kill_ms: 10_000,
        cancel_ms: CANCEL_MS,
        attempts: 3,
    })
}

/// The lines of each attempt, in the order in which they were said.
fn by_attempt(said: &[Line]) -> Vec<(Attempt, Vec<&Line>)> {
    let mut attempts: BTreeMap<Attempt, Vec<&Line>> = BTreeMap::new();
    for line in said {
        if let Some((job, n)) = line.attempt.rsplit_once('-') {
            let n = n.parse().unwrap_or_default();
            let attempt = Attempt { job: job.into(), n };
            attempts.entry(attempt).or_default().push(line);
        }
    }
    attempts.into_iter().collect()
}

/// How a robot ended. One that did not say so was killed: when all is over, none is left.
fn ended(kind: Kind, lines: &[&Line], killed: bool, outcome: &Value) -> RobotEnd {
    let to_its_end = lines.iter().any(|line| line.said == "end");
    // A kill between the last words and the exit makes a failure of a success.
    if !to_its_end || (killed && outcome["kind"] != "success") {
        RobotEnd::Killed
    } else if kind == Kind::Failing {
        RobotEnd::Failed
    } else {
        RobotEnd::Success
    }
}

fn of_robot(
    attempt: &Attempt,
    agent: &AgentId,
    lines: &[&Line],
    how: RobotEnd,
) -> Vec<(u64, What)> {
    let mut told = Vec::new();
    for line in lines {
        let attempt = attempt.clone();
        let what = match line.said.strip_prefix("step ") {
            Some(number) => What::RobotSaid {
                attempt,
                line: number.parse().unwrap_or_default(),
            },
            None if line.said == "start" => What::RobotStarted {
                attempt,
                agent: agent.clone(),
            },
            None => continue,
        };
        told.push((line.at_ns, what));
    }
    let last = lines
        .iter()
        .map(|line| line.at_ns)
        .max()
        .unwrap_or_default();
    let attempt = attempt.clone();
    told.push((last, What::RobotEnded { attempt, how }));
    told
}

/// Which robots worked at once on a computer, as far as they can witness: from the first of their
/// lines to the last.
#[derive(Default)]
struct Works(BTreeMap<String, Vec<Work>>);

struct Work {
    from: u64,
    to: u64,
    attempt: Attempt,
}

impl Works {
    fn add(&mut self, agent: &str, attempt: &Attempt, lines: &[&Line]) {
        let times = || lines.iter().map(|line| line.at_ns);
        let of_agent = self.0.entry(agent.to_owned()).or_default();
        of_agent.push(Work {
            from: times().min().unwrap_or_default(),
            to: times().max().unwrap_or_default(),
            attempt: attempt.clone(),
        });
    }

    /// What each agent held whenever one of its robots began. Agents are told apart: two may work
    /// on one job when the first of them was lost.
    fn holding(&self) -> Vec<(u64, What)> {
        let mut told = Vec::new();
        for (agent, works) in &self.0 {
            let agent = AgentId::from(agent.as_str());
            let slots = usize::try_from(SLOTS).expect("it is small");
            told.push((
                0,
                What::Slots {
                    agent: agent.clone(),
                    slots,
                },
            ));
            for Work { from: at, .. } in works {
                let at_once = works.iter().filter(|it| it.from <= *at && *at <= it.to);
                let jobs: BTreeSet<_> = at_once.map(|it| it.attempt.job.clone()).collect();
                let held = BTreeMap::from([(agent.clone(), jobs.into_iter().collect())]);
                told.push((*at, What::Holding { held }));
            }
        }
        told
    }
}

fn finals(history: &mut History, at_ms: u64, job: &Job) {
    let mut attempts = Vec::new();
    for told in &job.attempts {
        let attempt = Attempt {
            job: job.id.as_str().into(),
            n: told.number,
        };
        let events = told.events.iter().map(Event::read).collect();
        let of_attempt = job
            .artifacts
            .iter()
            .filter(|file| file["attempt"] == told.number);
        let names = of_attempt.filter_map(|file| Some(file["name"].as_str()?.to_owned()));
        let names = names.collect();
        attempts.push(final_attempt(told));
        let of = attempt.clone();
        history.push(
            at_ms,
            What::FinalLog {
                attempt: of,
                events,
            },
        );
        history.push(at_ms, What::FinalFiles { attempt, names });
    }
    let told = FinalJob {
        job: job.id.as_str().into(),
        status: status(&job.told),
        attempts,
    };
    history.push(at_ms, What::Final(told));
}

fn final_attempt(attempt: &found::Attempt) -> FinalAttempt {
    let told = &attempt.told;
    let outcome = outcome(&told["outcome"]);
    let late = self::outcome(&told["late"]["outcome"]);
    let by_server = outcome == Some(Outcome::Failed(Failure::AgentLost))
        && told["outcome"]["message"] != SAID_BY_AGENT;
    let reported = late.is_some() || (outcome.is_some() && !by_server);
    FinalAttempt {
        n: attempt.number,
        agent: told["agentId"].as_str().unwrap_or("nobody").into(),
        outcome,
        late,
        last_seq: told["lastSeq"].as_u64().filter(|_| reported),
    }
}

fn outcome(told: &Value) -> Option<Outcome> {
    Some(match told["kind"].as_str()? {
        "success" => Outcome::Success,
        "cancelled" => Outcome::Cancelled,
        _ => Outcome::Failed(match told["failure"].as_str()? {
            "agent_lost" => Failure::AgentLost,
            "robot" | "timeout" => Failure::Robot,
            _ => Failure::Other,
        }),
    })
}
