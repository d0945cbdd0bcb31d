//! Writes down for the judge what people asked for, what robots did, and what the store and the
//! pages say; and knows as much of it as the simulation itself needs. Whether a promise was kept
//! is decided by the judge; what it cannot see stands in `promises`.

use std::collections::{BTreeMap, BTreeSet};

use judge::{History, What};
use model::{AgentId, AttemptKey, JobId, JobState, Outcome, Status, Timestamp, UserId};
use wire::shapes;

use crate::page::Wish;
use crate::rules::now_or_never;
use crate::tasks::Changes;
use crate::words::{attempt_of, how_of, is_silence, job_of, status_of};
use crate::world::World;

/// An agent that was heard since then is not given up.
const SILENT_MS: u64 = 30_000;

#[derive(Default)]
pub(crate) struct Testimony {
    pub(crate) history: History,
    jobs: BTreeMap<JobId, UserId>,
    ended: BTreeSet<JobId>,
    removed: BTreeSet<AgentId>,
    /// When each agent was last heard: by its servers' clocks, and in truth.
    heard: BTreeMap<AgentId, (Option<Timestamp>, u64)>,
    /// Attempts that the store has given up for silence.
    silent: BTreeSet<AttemptKey>,
    /// No server can hear agents.
    deaf: bool,
    pub(crate) healthy: bool,
}

impl Testimony {
    pub(crate) fn jobs_of(&self, user: UserId) -> Vec<JobId> {
        let of = self.jobs.iter().filter(|(_, of)| **of == user);
        of.map(|(job, _)| *job).collect()
    }

    pub(crate) fn open(&self) -> impl Iterator<Item = JobId> {
        let open = |job: &&JobId| !self.ended.contains(job);
        self.jobs.keys().filter(open).copied()
    }

    pub(crate) fn has_everything_ended(&self) -> bool {
        self.open().next().is_none()
    }

    pub(crate) fn was_removed(&self, agent: AgentId) -> bool {
        self.removed.contains(&agent)
    }
}

impl World {
    pub(crate) fn tell(&mut self, what: What) {
        self.testimony.history.push(self.time, what);
    }

    /// A page says what it wants, perhaps again.
    pub(crate) fn asked(&mut self, user: UserId, wish: &Wish) {
        match wish {
            Wish::Play(_, body) => {
                let request = body["requestId"].as_str().unwrap_or_default().into();
                let (user, content) = (user.to_string().into(), body.to_string());
                self.tell(What::PlayAsked {
                    user,
                    request,
                    content,
                });
            }
            Wish::Cancel(job, mode) => {
                let mode = match mode {
                    model::StopMode::Stop => judge::Mode::Stop,
                    model::StopMode::Kill => judge::Mode::Kill,
                };
                let job = job_of(*job);
                self.tell(What::CancelAsked { job, mode });
            }
            Wish::Watch(_) => {}
        }
    }

    pub(crate) fn played(&mut self, wish: &Wish, user: UserId, job: JobId, repeatable: bool) {
        let Wish::Play(_, body) = wish else { return };
        self.testimony.jobs.insert(job, user);
        self.figures.jobs += 1;
        self.tell(What::PlayAnswered {
            user: user.to_string().into(),
            request: body["requestId"].as_str().unwrap_or_default().into(),
            content: body.to_string(),
            job: job_of(job),
            repeatable,
        });
    }

    pub(crate) fn cancel_answered(&mut self, job: &shapes::Job) {
        self.tell(What::CancelAnswered {
            job: job_of(job.id),
            status: status_of(job.status),
            attempt: job.attempt.unwrap_or(0),
        });
    }

    pub(crate) fn removed(&mut self, agent: AgentId) {
        self.testimony.removed.insert(agent);
        let agent = agent.to_string().into();
        self.tell(What::Removed { agent });
    }

    pub(crate) fn robot_started(&mut self, key: AttemptKey, agent: AgentId) {
        let (attempt, agent) = (attempt_of(key), agent.to_string().into());
        self.tell(What::RobotStarted { attempt, agent });
    }

    pub(crate) fn robot_did(&mut self, key: AttemptKey, said: usize, ended: Option<&Outcome>) {
        let attempt = attempt_of(key);
        let line = u64::try_from(said).unwrap_or(u64::MAX);
        self.tell(What::RobotSaid { attempt, line });
        if let Some(outcome) = ended {
            self.robot_ended(key, how_of(outcome));
        }
    }

    pub(crate) fn robot_ended(&mut self, key: AttemptKey, how: judge::RobotEnd) {
        let attempt = attempt_of(key);
        self.tell(What::RobotEnded { attempt, how });
    }

    /// A page shows a status.
    pub(crate) fn saw(&mut self, page: usize, job: JobId, status: Status) {
        self.tell(What::Seen {
            viewer: format!("page {page}").into(),
            job: job_of(job),
            status: status_of(status),
        });
    }

    /// Looks for what a task has changed just now.
    pub(crate) fn look_for(&mut self, changes: Changes) {
        match changes {
            Changes::Nothing => {}
            Changes::Heard(id) => {
                let agent = now_or_never(self.rules.store.agent(id)).unwrap();
                let seen = agent.and_then(|agent| agent.last_seen_at);
                let before = self.testimony.heard.get(&id).and_then(|(seen, _)| *seen);
                if seen != before {
                    self.testimony.heard.insert(id, (seen, self.time));
                    let agent = id.to_string().into();
                    self.tell(What::Heard { agent });
                }
            }
            Changes::Silence => {
                let open: Vec<JobId> = self.testimony.open().collect();
                for id in open {
                    let job = self.rules.job(id);
                    self.look_for_silence(&job);
                }
            }
        }
    }

    /// Whether a sweep might give an attempt up.
    pub(crate) fn is_any_agent_silent(&self) -> bool {
        let heard = self.testimony.heard.values();
        let mut ages = heard.map(|(_, at)| self.time - at);
        ages.any(|age| age > SILENT_MS)
    }

    /// Whether a server is there that could hear agents has perhaps changed.
    pub(crate) fn listen(&mut self) {
        let time = self.time;
        let hears = |node: &crate::node::Node| node.up && node.asleep_until <= time;
        let deaf = !self.nodes.iter().any(hears);
        if deaf != self.testimony.deaf {
            self.testimony.deaf = deaf;
            self.tell(if deaf {
                What::DeafSince
            } else {
                What::HearsAgain
            });
        }
    }

    /// What the store says of all open jobs.
    pub(crate) fn look(&mut self) {
        let agents = self.computers.iter().map(|computer| computer.agent);
        let mut held: BTreeMap<AgentId, Vec<judge::JobId>> =
            agents.map(|agent| (agent, Vec::new())).collect();
        let open: Vec<JobId> = self.testimony.open().collect();
        for id in open {
            let job = self.rules.job(id);
            self.look_for_silence(&job);
            if let Some(holder) = job.holder() {
                held.entry(holder).or_default().push(job_of(id));
            }
            if let JobState::Ended { .. } = job.state {
                self.testimony.ended.insert(id);
                self.has_an_outcome(&job);
                self.tell(What::Seen {
                    viewer: "store".into(),
                    job: job_of(id),
                    status: status_of(job.status()),
                });
            }
        }
        let named = held.into_iter();
        let held = named.map(|(agent, jobs)| (agent.to_string().into(), jobs));
        let held = held.collect();
        self.tell(What::Holding { held });
    }

    fn look_for_silence(&mut self, job: &model::Job) {
        for past in job.past.iter().filter(|past| is_silence(past)) {
            let key = AttemptKey {
                job: job.id,
                attempt: past.attempt.n,
            };
            if self.testimony.silent.insert(key) {
                self.tell(What::SilentTooLong {
                    attempt: attempt_of(key),
                    agent: past.attempt.by.agent.to_string().into(),
                });
            }
        }
    }
}
