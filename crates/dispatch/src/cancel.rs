//! Cancel: a person asks for the end of a job.

use model::transition::{Command, Refusal};
use model::{Actor, AttemptKey, Job, JobId, PastAttempt, StopMode, Timestamp, UserId};
use store::jobs::JobAnswer;
use store::{StoreError, StoreResult};
use thiserror::Error;

use crate::desk::{Dispatch, unexpected};
use crate::job_view::told_after;

/// Why there is nothing to end.
#[derive(Debug, Error)]
pub enum CancelRefused {
    /// No such job of that user.
    #[error("there is no such job")]
    JobGone,
    /// It has ended otherwise.
    #[error("the job has ended")]
    HasEnded(Job),
    /// The store cannot tell.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The attempts that the server ended by itself after `told_after` and whose agents have not told
/// yet: their robots may still be at work.
pub(crate) fn may_still_run(
    job: &Job,
    told_after: Timestamp,
) -> impl Iterator<Item = &PastAttempt> {
    job.unreported()
        .filter(move |past| past.ended_at > told_after)
}

impl Dispatch {
    /// Ends a waiting job at once, and asks the agents of all attempts that may still run to end
    /// theirs. Asking again is answered alike; a mode only rises.
    ///
    /// # Errors
    /// [`CancelRefused`].
    pub async fn cancel(
        &self,
        user: UserId,
        by: Actor,
        job: JobId,
        mode: StopMode,
        now: Timestamp,
    ) -> Result<Job, CancelRefused> {
        if self.job_of(user, job).await?.is_none() {
            return Err(CancelRefused::JobGone);
        }
        let job = match self
            .change(job, Command::Cancel { by, mode }, None, now)
            .await?
        {
            JobAnswer::Changed { job, .. } => job,
            JobAnswer::Gone => return Err(CancelRefused::JobGone),
            JobAnswer::Refused { refusal, found } => match refusal {
                Refusal::Already => found,
                Refusal::HasEnded { .. } => return Err(CancelRefused::HasEnded(found)),
                other => {
                    unexpected("cancel", &other);
                    return Err(CancelRefused::HasEnded(found));
                }
            },
        };
        self.tell_agents_to_end(&job, now);
        Ok(job)
    }

    /// The request was sent to the connected agent.
    ///
    /// # Errors
    /// The store's.
    pub async fn cancel_reached(
        &self,
        attempt: AttemptKey,
        mode: StopMode,
        now: Timestamp,
    ) -> StoreResult<()> {
        let n = attempt.attempt;
        self.change(attempt.job, Command::CancelReached { n, mode }, None, now)
            .await?;
        Ok(())
    }

    fn tell_agents_to_end(&self, job: &Job, now: Timestamp) {
        let lost = may_still_run(job, told_after(self.limits(), now)).map(|past| &past.attempt);
        for attempt in job.current().into_iter().chain(lost) {
            let Some(mode) = job.cancel_of(attempt.n) else {
                continue;
            };
            let key = AttemptKey {
                job: job.id,
                attempt: attempt.n,
            };
            self.hints().cancel(key, attempt.by.agent, mode);
        }
    }
}
