//! Revoke: a user removes a computer.

use model::transition::{Command, LossCause};
use model::{AgentId, Job, Timestamp, UserId};
use store::StoreResult;
use store::agents::{Agent, Running};

use crate::desk::Dispatch;
use crate::hints::{Goodbye, Who};
use crate::until_known::until_known;

impl Dispatch {
    /// Removes the agent: its key opens nothing from now on, its offers go back, its attempts end
    /// as lost. None: there is no such agent of that user.
    ///
    /// # Errors
    /// The store's. The sweep finishes what was left half-done.
    pub async fn revoke(
        &self,
        user: UserId,
        agent: AgentId,
        running: Running,
        now: Timestamp,
    ) -> StoreResult<Option<Agent>> {
        let known = until_known(|| self.store().remove_agent(user, agent, running, now)).await?;
        let Some(removed) = known.answer else {
            return Ok(None);
        };
        let why = Goodbye::Revoked { running };
        self.hints().close(Who::Agent(agent), why);
        self.hints().agent(agent);
        for job in self.store().jobs_of_agent(agent).await? {
            self.let_go_of(&job, agent, now).await?;
        }
        Ok(Some(removed))
    }

    /// Takes the job out of the hands of a removed agent.
    pub(crate) async fn let_go_of(
        &self,
        job: &Job,
        agent: AgentId,
        now: Timestamp,
    ) -> StoreResult<bool> {
        let below = u64::MAX;
        let command = if let Some(offer) = job.offer().filter(|offer| offer.by.agent == agent) {
            Command::Withdraw { n: offer.n, below }
        } else if let Some(attempt) = job.current().filter(|attempt| attempt.by.agent == agent) {
            Command::Lose {
                n: attempt.n,
                below,
                cause: LossCause::Removed,
            }
        } else {
            return Ok(false);
        };
        let answer = self.change(job.id, command, None, now).await?;
        Ok(matches!(answer, store::jobs::JobAnswer::Changed { .. }))
    }
}
