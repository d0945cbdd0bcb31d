//! Join: an agent enters its room and says what it holds.

use std::collections::BTreeSet;

use model::transition::{By, Command, DropReason, Happened, Holding, Refusal, held};
use model::{AttemptKey, Check, Connection, Timestamp};
use store::agents::{Agent, Join, Joined};
use store::jobs::JobAnswer;

use crate::agent_state::agent_state;
use crate::claim::ClaimRefused;
use crate::desk::{Dispatch, unexpected};
use crate::hints::{Goodbye, Who};
use crate::holding::{HeldAttempt, Holdings};
use crate::until_known::until_known;

/// How often one entry is looked at again because it changed meanwhile.
const TURNS: u32 = 4;

/// An agent that joins.
#[derive(Debug, Clone)]
pub struct JoinRequest {
    /// Its connection.
    pub connection: Connection,
    /// The most attempts at once that its program allows.
    pub slots: u32,
    /// The program's version.
    pub version: String,
    /// The operating system.
    pub os: String,
    /// The computer's own name.
    pub host: String,
    /// What it found on its computer.
    pub checks: Option<Vec<Check>>,
    /// All that it holds.
    pub holding: Vec<HeldAttempt>,
}

/// The answer to a join that stands.
#[derive(Debug, Clone)]
pub struct JoinedAnswer {
    /// The agent.
    pub agent: Agent,
    /// What to do with what it holds.
    pub holdings: Holdings,
}

enum Verdict {
    Keep,
    Drop(DropReason),
    OldConnection,
}

impl Dispatch {
    /// Lets the agent in, unless a later connection of it has joined, and goes through what it
    /// holds: each entry is answered as kept or dropped; what it does not name is lost or goes
    /// back.
    ///
    /// # Errors
    /// [`ClaimRefused`].
    pub async fn join(
        &self,
        ask: JoinRequest,
        now: Timestamp,
    ) -> Result<JoinedAnswer, ClaimRefused> {
        let connection = &ask.connection;
        let join = Join {
            connection: connection.clone(),
            slots: ask.slots,
            version: ask.version,
            os: ask.os,
            host: ask.host,
            checks: ask.checks,
            now,
        };
        let known = until_known(|| self.store().join_agent(join.clone())).await?;
        let agent = match known.answer {
            Joined::Stands { agent, .. } => agent,
            Joined::OldConnection { stands } => {
                return Err(ClaimRefused::by_standing(Some(&stands), connection));
            }
            Joined::Removed => return Err(ClaimRefused::Removed),
        };
        let older = Who::AgentBelow {
            agent: connection.agent,
            below: connection.number,
            instance: connection.instance.clone(),
        };
        self.hints().close(older, Goodbye::Replaced);

        let mut holdings = Holdings::default();
        let mut named = BTreeSet::new();
        for entry in ask.holding {
            if !named.insert(entry.attempt) {
                continue;
            }
            match self.judge(connection, entry, now).await? {
                Verdict::Keep => {
                    let AttemptKey { job, attempt } = entry.attempt;
                    let up_to = self.store().stored_to(job, attempt).await?;
                    holdings.keep.push((entry.attempt, up_to));
                }
                Verdict::Drop(reason) => holdings.drop.push((entry.attempt, reason)),
                Verdict::OldConnection => return Err(self.outdated(connection).await?),
            }
        }
        let mut jobs = self.jobs_held(connection).await?;
        self.lose_unnamed(connection, &mut jobs, &named, now)
            .await?;
        for job in jobs.values() {
            let replaced = job.offer().filter(|offer| {
                offer.by.agent == connection.agent
                    && offer.by.number < connection.number
                    && offer.by.instance != connection.instance
            });
            let Some(n) = replaced.map(|offer| offer.n) else {
                continue;
            };
            let below = connection.number;
            self.change(job.id, Command::Withdraw { n, below }, None, now)
                .await?;
        }
        holdings.cancel = self.requests_to_end(connection, &jobs, now).await?;
        self.note_online(&agent, !jobs.is_empty(), now);
        self.tell_state(agent.id, jobs.values());
        Ok(JoinedAnswer { agent, holdings })
    }

    /// What a connection is told whose messages come after a newer one has taken over.
    ///
    /// # Errors
    /// The store's.
    pub async fn outdated(&self, connection: &Connection) -> store::StoreResult<ClaimRefused> {
        let agent = self.store().agent(connection.agent).await?;
        Ok(match agent {
            Some(agent) if agent.removed.is_none() => {
                ClaimRefused::by_standing(agent.joined.as_ref(), connection)
            }
            Some(_) | None => ClaimRefused::Removed,
        })
    }

    pub(crate) fn note_online(&self, agent: &Agent, holds: bool, now: Timestamp) -> bool {
        let state = agent_state(agent, holds, self.listening_since(), self.limits(), now);
        self.presence.note(agent.id, state, self.limits())
    }

    async fn judge(
        &self,
        connection: &Connection,
        entry: HeldAttempt,
        now: Timestamp,
    ) -> store::StoreResult<Verdict> {
        let key = entry.attempt;
        let by = By {
            n: key.attempt,
            connection: connection.clone(),
        };
        for _ in 0..TURNS {
            let command = Command::Keep(by.clone(), entry.state);
            let (refusal, found) = match self.change(key.job, command, None, now).await? {
                JobAnswer::Changed {
                    what: Happened::Lost,
                    ..
                } => {
                    return Ok(Verdict::Drop(DropReason::Unknown));
                }
                JobAnswer::Changed { .. } => return Ok(Verdict::Keep),
                JobAnswer::Gone => return Ok(Verdict::Drop(DropReason::Unknown)),
                JobAnswer::Refused { refusal, found } => (refusal, found),
            };
            return Ok(match refusal {
                Refusal::OldConnection => Verdict::OldConnection,
                Refusal::AlreadyFinished { .. } => Verdict::Drop(DropReason::Ended),
                Refusal::RestartedBeforeStart => Verdict::Drop(DropReason::Unknown),
                // It was not there while the offer ran out, or it would not join.
                Refusal::RunOut => match self.take_back(key, None, now).await? {
                    JobAnswer::Changed { .. } => Verdict::Drop(DropReason::Stale),
                    JobAnswer::Refused { .. } | JobAnswer::Gone => continue,
                },
                Refusal::Stale => Verdict::Drop(reason_to_drop(&found, &by, now)),
                other => {
                    unexpected("join", &other);
                    Verdict::Drop(reason_to_drop(&found, &by, now))
                }
            });
        }
        Err(store::StoreError::Unavailable(format!(
            "attempt `{key}` changed too often"
        )))
    }
}

/// Why an attempt is dropped that this agent neither runs nor has to deliver.
pub(crate) fn reason_to_drop(job: &model::Job, by: &By, now: Timestamp) -> DropReason {
    match held(job, by, now) {
        Holding::Drop(reason) => reason,
        Holding::Keep => DropReason::Unknown,
    }
}
