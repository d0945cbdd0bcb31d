//! What several judges want to know, gathered in one pass.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::History;
use crate::ids::{AgentId, Attempt, JobId};
use crate::record::{FinalAttempt, FinalJob, Limits, RobotEnd, What};

/// What a history says of a robot of one attempt.
pub(crate) struct Robot<'h> {
    pub(crate) agent: &'h AgentId,
    pub(crate) started_at: u64,
    /// Lines that it wrote.
    pub(crate) said: u64,
    pub(crate) ended: Option<(u64, RobotEnd)>,
}

#[derive(Default)]
pub(crate) struct Known<'h> {
    pub(crate) limits: Option<Limits>,
    /// Whether they are repeatable, of jobs that were answered.
    pub(crate) answered: BTreeMap<&'h JobId, bool>,
    pub(crate) robots: BTreeMap<&'h Attempt, Robot<'h>>,
    pub(crate) finals: BTreeMap<&'h JobId, &'h FinalJob>,
    pub(crate) healed_at: Option<u64>,
    pub(crate) removed: BTreeSet<&'h AgentId>,
    pub(crate) copied: BTreeSet<&'h AgentId>,
    pub(crate) rolled_back: BTreeSet<&'h AgentId>,
    pub(crate) lied_to: BTreeSet<&'h AgentId>,
}

impl<'h> Known<'h> {
    pub(crate) fn of(history: &'h History) -> Self {
        let mut known = Self::default();
        for record in &history.records {
            known.learn(record.at_ms, &record.what);
        }
        known
    }

    fn learn(&mut self, at_ms: u64, what: &'h What) {
        match what {
            What::Limits(limits) => self.limits = Some(*limits),
            What::PlayAnswered {
                job, repeatable, ..
            } => {
                self.answered.insert(job, *repeatable);
            }
            What::RobotStarted { attempt, agent } => {
                self.robots.entry(attempt).or_insert(Robot {
                    agent,
                    started_at: at_ms,
                    said: 0,
                    ended: None,
                });
            }
            What::RobotSaid { attempt, line } => {
                if let Some(robot) = self.robots.get_mut(attempt) {
                    robot.said = robot.said.max(*line);
                }
            }
            What::RobotEnded { attempt, how } => {
                if let Some(robot) = self.robots.get_mut(attempt) {
                    robot.ended.get_or_insert((at_ms, *how));
                }
            }
            What::Final(job) => {
                self.finals.insert(&job.job, job);
            }
            What::Healed => self.healed_at = Some(at_ms),
            What::Removed { agent } => {
                self.removed.insert(agent);
            }
            What::FolderCopied { agent } => {
                self.copied.insert(agent);
            }
            What::DiskLied { agent } => {
                self.lied_to.insert(agent);
            }
            What::FolderRolledBack { agent } => {
                self.rolled_back.insert(agent);
            }
            _ => {}
        }
    }

    /// Whether a job's robot may run again. That of a job whose play was never answered is not
    /// known, and taken as one that may.
    pub(crate) fn is_repeatable(&self, job: &JobId) -> bool {
        self.answered.get(job).copied().unwrap_or(true)
    }

    /// What the store says of an attempt in the end.
    pub(crate) fn final_attempt(&self, attempt: &Attempt) -> Option<&'h FinalAttempt> {
        let job = self.finals.get(&attempt.job)?;
        job.attempts.iter().find(|found| found.n == attempt.n)
    }

    /// Whether the agent may not know what its robots do: it was removed, its folder is not the
    /// only one or not the latest, or its disk lied to it.
    pub(crate) fn is_unsure(&self, agent: &AgentId) -> bool {
        let unknown = self.removed.contains(agent) || self.lied_to.contains(agent);
        unknown || self.has_two_pasts(agent)
    }

    /// Whether its folder was copied or is an older one.
    pub(crate) fn has_two_pasts(&self, agent: &AgentId) -> bool {
        self.copied.contains(agent) || self.rolled_back.contains(agent)
    }
}
