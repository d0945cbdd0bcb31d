//! Claim: an agent with a free slot takes what it may run.

use model::parameter::FilledValue;
use model::{AttemptKey, Connection, Job, RequestKey, Timestamp};
use store::StoreError;
use store::agents::StandingJoin;
use store::jobs::{Claim, Claimed};
use store::robots::Version;
use thiserror::Error;

use crate::desk::Dispatch;
use crate::until_known::until_known;

/// An offer with all that its agent needs to judge it.
#[derive(Debug, Clone)]
pub struct OfferMade {
    /// The job with its open offer.
    pub job: Job,
    /// The version to be run.
    pub version: Version,
    /// The values, without secrets.
    pub parameters: Vec<FilledValue>,
}

/// Why a connection may not ask.
#[derive(Debug, Error)]
pub enum ClaimRefused {
    /// A later join of the same process stands, or none does.
    #[error("this connection has not joined, or was followed by a newer one")]
    NotJoined,
    /// Another process of the agent has joined.
    #[error("another process of this computer has joined")]
    Replaced,
    /// The agent was removed.
    #[error("this computer was removed")]
    Removed,
    /// The store cannot tell.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ClaimRefused {
    /// What a connection is told when `stands` is the join that stands.
    pub(crate) fn by_standing(stands: Option<&StandingJoin>, connection: &Connection) -> Self {
        match stands {
            Some(stands)
                if stands.number > connection.number && stands.instance != connection.instance =>
            {
                Self::Replaced
            }
            Some(_) | None => Self::NotJoined,
        }
    }
}

impl Dispatch {
    /// Makes the oldest jobs that the agent may run offers to it, at most `free`. The same
    /// `claim_id` again is answered with those of its offers that are still open.
    ///
    /// # Errors
    /// [`ClaimRefused`].
    pub async fn claim(
        &self,
        connection: &Connection,
        claim_id: RequestKey,
        free: u32,
        now: Timestamp,
    ) -> Result<Vec<OfferMade>, ClaimRefused> {
        self.take_back_run_out(connection, now).await?;
        let claim = Claim {
            connection: connection.clone(),
            claim_id,
            free,
            now,
            until: now.plus(self.limits().offer()),
        };
        let known = until_known(|| self.store().offer_next(claim.clone())).await?;
        let jobs = match known.answer {
            Claimed::Offers(jobs) => jobs,
            Claimed::OldConnection => {
                let agent = self.store().agent(connection.agent).await?;
                let stands = agent.and_then(|agent| agent.joined);
                return Err(ClaimRefused::by_standing(stands.as_ref(), connection));
            }
            Claimed::Removed => return Err(ClaimRefused::Removed),
        };
        for job in &jobs {
            self.tell_all(job);
        }
        let mut offers = Vec::with_capacity(jobs.len());
        for job in jobs {
            let version = self
                .store()
                .version(job.robot_id, job.robot_version)
                .await?;
            let Some(version) = version else {
                tracing::error!(job.id = %job.id, robot.id = %job.robot_id, version = job.robot_version,
                    "a job names a version that is not stored");
                continue;
            };
            let parameters = self.store().job_parameters(job.id).await?;
            offers.push(OfferMade {
                job,
                version,
                parameters,
            });
        }
        Ok(offers)
    }

    /// Takes back what ran out in this agent's hands, so that it does not count against its slots.
    /// The agent is there, for it speaks: each counts as declined.
    async fn take_back_run_out(
        &self,
        connection: &Connection,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for job in self.store().jobs_of_agent(connection.agent).await? {
            let open = job
                .offer()
                .filter(|offer| offer.by.agent == connection.agent);
            let Some(offer) = open.filter(|offer| now >= offer.expires_at) else {
                continue;
            };
            let key = AttemptKey {
                job: job.id,
                attempt: offer.n,
            };
            self.take_back(key, self.declined_until(now), now).await?;
        }
        Ok(())
    }
}
