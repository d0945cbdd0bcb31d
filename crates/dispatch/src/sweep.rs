//! The sweep: what time decides. Every server runs it every two seconds; running at several at
//! once does no harm, for each change is conditional.

use std::time::Duration;

use model::transition::{Command, LossCause};
use model::{Actor, ActorKind, ObjectId, Timestamp};
use store::jobs::{Due, DueQuery, DueReason, Guard, JobAnswer};
use store::{StoreError, StoreResult};

use crate::agent_state::{AgentState, agent_state};
use crate::desk::Dispatch;

/// How much of each kind one turn looks at. More waits for the next turn.
const MOST: u32 = 500;
/// How many jobs one turn forgets.
const MOST_FORGOTTEN: u32 = 50;
/// How many logs one turn compacts.
const MOST_COMPACTED: u32 = 8;
/// Sessions that were not used for as long open nothing any more; links, invites, enrolment tokens
/// and pairings that ran out as long ago are of no use to anybody, not even to say that they did.
const CREDENTIALS_KEPT: Duration = Duration::from_secs(31 * 24 * 3_600);
/// A deletion of a robot that has not ended its waiting jobs after as long was broken off.
const DELETION_LASTS: Duration = Duration::from_secs(30);
/// A server that has not been heard of for as many turns of the sweep does not count as alive.
const TURNS_ALIVE: u64 = 15;

/// What a turn has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Offers that were taken back.
    pub offers: u32,
    /// Attempts that were given up.
    pub lost: u32,
    /// Attempts that were ended because a kill was not answered.
    pub killed: u32,
    /// Jobs taken out of the hands of removed agents.
    pub removed: u32,
    /// Jobs whose time to be kept was over.
    pub forgotten: u32,
}

impl Dispatch {
    /// One turn of the sweep of server `node`, which has listened since `own_since`.
    ///
    /// # Errors
    /// The store's; what was not done is done by the next turn.
    pub async fn sweep(
        &self,
        node: ObjectId,
        own_since: Timestamp,
        now: Timestamp,
    ) -> StoreResult<Swept> {
        self.store().node_alive(node, own_since, now).await?;
        let alive = Duration::from_millis(self.limits().sweep_ms * TURNS_ALIVE);
        let since = self.store().listening_since(now.minus(alive)).await?;
        let since = since.unwrap_or(own_since).max(own_since);
        self.note_listening_since(since);

        let query = DueQuery::at(now, self.limits());
        let mut swept = Swept::default();
        for due in self.store().due(query.clone(), MOST).await? {
            let done = match due.why {
                DueReason::OfferRanOut => self.offer_ran_out(&due, now).await?,
                DueReason::AgentSilent if since <= query.heard_before => {
                    self.agent_lost(&due, query.heard_before, now).await?
                }
                DueReason::KillOverdue if since <= query.told_before => {
                    self.kill_overdue(&due, query.told_before, now).await?
                }
                DueReason::AgentSilent | DueReason::KillOverdue => false,
                DueReason::AgentRemoved => self.agent_removed(&due, now).await?,
            };
            let count = match due.why {
                DueReason::OfferRanOut => &mut swept.offers,
                DueReason::AgentSilent => &mut swept.lost,
                DueReason::KillOverdue => &mut swept.killed,
                DueReason::AgentRemoved => &mut swept.removed,
            };
            *count += u32::from(done);
        }
        self.tell_silence(now).await?;
        self.end_left_waiting(now).await?;
        swept.forgotten = self.store().forget_jobs(now, MOST_FORGOTTEN).await?;
        let before = now.minus(CREDENTIALS_KEPT);
        self.store().forget_sessions(before, MOST_FORGOTTEN).await?;
        self.store().forget_pairings(before, MOST_FORGOTTEN).await?;
        self.store().forget_links(before, MOST_FORGOTTEN).await?;
        let enrolments = self.store().forget_enrolments(before, MOST_FORGOTTEN);
        enrolments.await?;
        self.compact().await?;
        Ok(swept)
    }

    async fn offer_ran_out(&self, due: &Due, now: Timestamp) -> StoreResult<bool> {
        let online = self.is_online(due, now).await?;
        let declined_until = self.declined_until(now).filter(|_| online);
        let n = due.attempt.attempt;
        self.swept(due, Command::Expire { n, declined_until }, None, now)
            .await
    }

    async fn agent_lost(
        &self,
        due: &Due,
        heard_before: Timestamp,
        now: Timestamp,
    ) -> StoreResult<bool> {
        let lose = Command::Lose {
            n: due.attempt.attempt,
            below: u64::MAX,
            cause: LossCause::Silence {
                lost_ms: self.limits().lost_ms,
            },
        };
        let guard = Guard::NotHeardAfter {
            agent: due.agent,
            at: heard_before,
        };
        self.swept(due, lose, Some(guard), now).await
    }

    /// While an agent is not heard from, its silence decides, not the kill: whether the robot
    /// ended is not known.
    async fn kill_overdue(
        &self,
        due: &Due,
        told_before: Timestamp,
        now: Timestamp,
    ) -> StoreResult<bool> {
        if !self.is_online(due, now).await? {
            return Ok(false);
        }
        let n = due.attempt.attempt;
        self.swept(due, Command::KillOverdue { n, told_before }, None, now)
            .await
    }

    async fn agent_removed(&self, due: &Due, now: Timestamp) -> StoreResult<bool> {
        match self.store().job(due.attempt.job).await? {
            Some(row) => self.let_go_of(&row.job, due.agent, now).await,
            None => Ok(false),
        }
    }

    async fn swept(
        &self,
        due: &Due,
        command: Command,
        guard: Option<Guard>,
        now: Timestamp,
    ) -> StoreResult<bool> {
        let answer = self.change(due.attempt.job, command, guard, now).await?;
        Ok(matches!(answer, JobAnswer::Changed { .. }))
    }

    /// Ends the waiting jobs of robots that were deleted, where a crash kept the deletion from
    /// doing so.
    async fn end_left_waiting(&self, now: Timestamp) -> StoreResult<()> {
        let before = now.minus(DELETION_LASTS);
        for job in self.store().left_waiting(before, MOST).await? {
            let owner = self.store().user(job.user_id).await?;
            // Only its owner deletes a robot.
            let by = Actor {
                kind: ActorKind::User,
                id: job.user_id.to_string(),
                name: owner.map_or_else(String::new, |user| user.name.to_string()),
            };
            let command = Command::CancelBeforeStart { by };
            self.change(job.id, command, None, now).await?;
        }
        Ok(())
    }

    async fn is_online(&self, due: &Due, now: Timestamp) -> StoreResult<bool> {
        let Some(agent) = self.store().agent(due.agent).await? else {
            return Ok(false);
        };
        let state = agent_state(&agent, true, self.listening_since(), self.limits(), now);
        Ok(state.state == AgentState::Online)
    }

    /// Tells those who were shown an agent that it is silent now, or offline.
    async fn tell_silence(&self, now: Timestamp) -> StoreResult<()> {
        for id in self.presence.due(now) {
            let Some(agent) = self.store().agent(id).await? else {
                continue;
            };
            let held = self.store().jobs_of_agent(id).await?;
            let holds = held.iter().any(|job| job.holder() == Some(id));
            if self.note_online(&agent, holds, now) {
                self.tell_state(id, held.iter());
            }
        }
        Ok(())
    }

    /// Joins the logs of attempts that ended. Whatever fails here costs space only.
    async fn compact(&self) -> StoreResult<()> {
        for _ in 0..MOST_COMPACTED {
            let Some(key) = self.next_to_compact() else {
                break;
            };
            match self.store().compact(key.job, key.attempt).await {
                Ok(_) => {}
                Err(away @ (StoreError::Unavailable(_) | StoreError::Unknown(_))) => {
                    return Err(away);
                }
                Err(error @ StoreError::Corrupt { .. }) => {
                    tracing::error!(job.id = %key.job, attempt = key.attempt, %error,
                        "the log of an attempt could not be compacted");
                }
            }
        }
        Ok(())
    }
}
