//! Renew: a sign of life, with all that the agent holds.

use std::collections::BTreeSet;

use model::transition::{By, DropReason, Holding, held};
use model::{AttemptKey, Check, Connection, Job, Timestamp};
use store::StoreResult;
use store::agents::{Renew, Renewed};
use store::jobs::JobAnswer;

use crate::claim::ClaimRefused;
use crate::desk::Dispatch;
use crate::holding::Holdings;
use crate::until_known::until_known;

/// A sign of life.
#[derive(Debug, Clone)]
pub struct RenewRequest {
    /// Whose.
    pub connection: Connection,
    /// All that it holds: accepted, running or ended.
    pub running: Vec<AttemptKey>,
    /// What it found on its computer, if it looked.
    pub checks: Option<Vec<Check>>,
}

impl Dispatch {
    /// Notes the sign of life of the connection that joined last; answers what it need not hold
    /// any longer and what somebody asked to end. Raises no connection number, and `keep` stays
    /// empty: what is not dropped is kept.
    ///
    /// # Errors
    /// [`ClaimRefused`].
    pub async fn renew(&self, ask: RenewRequest, now: Timestamp) -> Result<Holdings, ClaimRefused> {
        let connection = &ask.connection;
        let checked = ask.checks.is_some();
        let renew = Renew {
            connection: connection.clone(),
            checks: ask.checks,
            now,
        };
        let known = until_known(|| self.store().renew_agent(renew.clone())).await?;
        let (agent, seen_before) = match known.answer {
            Renewed::Noted { agent, seen_before } => (agent, seen_before),
            Renewed::NotJoined { stands } => {
                return Err(ClaimRefused::by_standing(stands.as_ref(), connection));
            }
            Renewed::Removed => return Err(ClaimRefused::Removed),
        };
        let named: BTreeSet<AttemptKey> = ask.running.into_iter().collect();
        let mut jobs = self.jobs_held(connection).await?;
        let mut holdings = Holdings::default();
        for key in &named {
            if let Some(reason) = self.need_not_hold(connection, *key, now).await? {
                holdings.drop.push((*key, reason));
            }
        }
        self.lose_unnamed(connection, &mut jobs, &named, now)
            .await?;
        holdings.cancel = self.requests_to_end(connection, &jobs, now).await?;

        let heard = seen_before.map(|seen| seen.max(self.listening_since()));
        let was_silent = heard.is_none_or(|heard| now.since(heard) >= self.limits().silent());
        let news = self.note_online(&agent, !jobs.is_empty(), now);
        if was_silent || news {
            self.tell_state(agent.id, jobs.values());
        } else if checked {
            self.hints().agent(agent.id);
        }
        Ok(holdings)
    }

    /// Why the agent need not hold this any longer, if so.
    async fn need_not_hold(
        &self,
        connection: &Connection,
        key: AttemptKey,
        now: Timestamp,
    ) -> StoreResult<Option<DropReason>> {
        let by = By {
            n: key.attempt,
            connection: connection.clone(),
        };
        let Some(row) = self.store().job(key.job).await? else {
            return Ok(Some(DropReason::Unknown));
        };
        let reason = match held(&row.job, &by, now) {
            Holding::Keep => return Ok(None),
            Holding::Drop(reason) => reason,
        };
        if !open_offer(&row.job, &by) {
            return Ok(Some(reason));
        }
        // It ran out by this server's clock: that is true only once it is stored.
        Ok(
            match self.take_back(key, self.declined_until(now), now).await? {
                JobAnswer::Changed { .. } => Some(DropReason::Stale),
                JobAnswer::Refused { found, .. } => match held(&found, &by, now) {
                    Holding::Drop(reason) if !open_offer(&found, &by) => Some(reason),
                    Holding::Drop(_) | Holding::Keep => None,
                },
                JobAnswer::Gone => Some(DropReason::Unknown),
            },
        )
    }
}

fn open_offer(job: &Job, by: &By) -> bool {
    job.offer()
        .is_some_and(|offer| offer.n == by.n && offer.by.agent == by.connection.agent)
}
