//! What an agent says it holds, against what the store has: shared by `join` and `renew`.

use std::collections::{BTreeMap, BTreeSet};

use model::mutation::{Mutation, active};
use model::transition::{Command, DropReason, Held, LossCause};
use model::{AttemptKey, Connection, Job, JobId, StopMode, Timestamp};
use store::StoreResult;
use store::jobs::JobAnswer;

use crate::cancel::may_still_run;
use crate::desk::Dispatch;
use crate::job_view::told_after;

/// One thing that an agent says it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldAttempt {
    /// The offer or attempt.
    pub attempt: AttemptKey,
    /// How far it got.
    pub state: Held,
}

/// What the agent is told about what it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holdings {
    /// These go on, or deliver; with the end of their stored log.
    pub keep: Vec<(AttemptKey, u64)>,
    /// These need not be held any longer.
    pub drop: Vec<(AttemptKey, DropReason)>,
    /// Somebody asked for the end of these.
    pub cancel: Vec<(AttemptKey, StopMode)>,
}

impl Dispatch {
    /// The jobs of this agent, by id.
    pub(crate) async fn jobs_held(
        &self,
        connection: &Connection,
    ) -> StoreResult<BTreeMap<JobId, Job>> {
        let jobs = self.store().jobs_of_agent(connection.agent).await?;
        Ok(jobs.into_iter().map(|job| (job.id, job)).collect())
    }

    /// An attempt that executes on this agent under an earlier connection, and that the living
    /// process does not name, is lost at once: nobody can know how far it got.
    pub(crate) async fn lose_unnamed(
        &self,
        connection: &Connection,
        jobs: &mut BTreeMap<JobId, Job>,
        named: &BTreeSet<AttemptKey>,
        now: Timestamp,
    ) -> StoreResult<()> {
        if active(Mutation::HoldingIgnored) {
            return Ok(());
        }
        for job in jobs.values_mut() {
            let here = job.current().filter(|attempt| {
                attempt.by.agent == connection.agent && attempt.by.number < connection.number
            });
            let Some(n) = here.map(|attempt| attempt.n) else {
                continue;
            };
            let key = AttemptKey {
                job: job.id,
                attempt: n,
            };
            if named.contains(&key) {
                continue;
            }
            let command = Command::Lose {
                n,
                below: connection.number,
                cause: LossCause::Forgotten,
            };
            match self.change(job.id, command, None, now).await? {
                JobAnswer::Changed { job: after, .. } | JobAnswer::Refused { found: after, .. } => {
                    *job = after;
                }
                JobAnswer::Gone => {}
            }
        }
        Ok(())
    }

    /// What somebody asked to end, of all that this agent may still run, also what it does not
    /// name. What stands in an answer has reached its agent.
    pub(crate) async fn requests_to_end(
        &self,
        connection: &Connection,
        jobs: &BTreeMap<JobId, Job>,
        now: Timestamp,
    ) -> StoreResult<Vec<(AttemptKey, StopMode)>> {
        let told_after = told_after(self.limits(), now);
        let mut asked = Vec::new();
        if active(Mutation::CancelNotRepeated) {
            return Ok(asked);
        }
        for job in jobs.values() {
            let lost = may_still_run(job, told_after).map(|past| &past.attempt);
            let mine = job.current().into_iter().chain(lost);
            let mine = mine.filter(|attempt| attempt.by.agent == connection.agent);
            for n in mine.map(|attempt| attempt.n) {
                let Some(mode) = job.cancel_of(n) else {
                    continue;
                };
                let key = AttemptKey {
                    job: job.id,
                    attempt: n,
                };
                asked.push((key, mode));
                let reached = job
                    .cancel
                    .as_ref()
                    .and_then(|cancel| cancel.reached.as_ref());
                let current = job.current().is_some_and(|attempt| attempt.n == n);
                if current && reached.is_none_or(|reached| reached.mode < mode) {
                    self.cancel_reached(key, mode, now).await?;
                }
            }
        }
        Ok(asked)
    }
}
