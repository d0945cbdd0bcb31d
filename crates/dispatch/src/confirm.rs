//! Confirm: the agent has the offer on its disk and asks for leave to start.

use model::parameter::SecretValue;
use model::transition::{By, Command, Refusal};
use model::{AttemptKey, Connection, JobId, Timestamp};
use store::StoreError;
use store::jobs::JobAnswer;
use thiserror::Error;

use crate::desk::{Dispatch, unexpected};
use crate::seal::Unsealable;

/// Why the robot may not start.
#[derive(Debug, Error)]
pub enum ConfirmRefused {
    /// Not this agent's attempt, or no longer, or another process confirmed it. Final.
    #[error("that attempt is not yours, or no longer")]
    Stale,
    /// A newer connection of the agent holds the attempt.
    #[error("this connection was followed by a newer one")]
    OldConnection,
    /// Its secrets cannot be read: our mistake, or another key.
    #[error(transparent)]
    Unsealable(#[from] Unsealable),
    /// The store cannot tell.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Dispatch {
    /// Makes an offer an attempt and answers its secrets; only then may the robot start.
    ///
    /// # Errors
    /// [`ConfirmRefused`].
    pub async fn confirm(
        &self,
        connection: &Connection,
        attempt: AttemptKey,
        now: Timestamp,
    ) -> Result<Vec<SecretValue>, ConfirmRefused> {
        let command = Command::Confirm(By {
            n: attempt.attempt,
            connection: connection.clone(),
        });
        match self.change(attempt.job, command, None, now).await? {
            JobAnswer::Changed { .. } => Ok(self.secrets(attempt.job).await?),
            JobAnswer::Gone => Err(ConfirmRefused::Stale),
            JobAnswer::Refused { refusal, .. } => match refusal {
                Refusal::Already => Ok(self.secrets(attempt.job).await?),
                Refusal::OldConnection => Err(ConfirmRefused::OldConnection),
                Refusal::RunOut => {
                    self.take_back(attempt, self.declined_until(now), now)
                        .await?;
                    Err(ConfirmRefused::Stale)
                }
                Refusal::Stale => Err(ConfirmRefused::Stale),
                other => {
                    unexpected("confirm", &other);
                    Err(ConfirmRefused::Stale)
                }
            },
        }
    }

    /// Takes back an offer that ran out, before anybody treats it so.
    pub(crate) async fn take_back(
        &self,
        attempt: AttemptKey,
        declined_until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<JobAnswer, StoreError> {
        let command = Command::Expire {
            n: attempt.attempt,
            declined_until,
        };
        self.change(attempt.job, command, None, now).await
    }

    /// Until when an agent is not asked again that let an offer run out while it was there.
    pub(crate) fn declined_until(&self, now: Timestamp) -> Option<Timestamp> {
        Some(now.plus(self.limits().declined()))
    }

    async fn secrets(&self, job: JobId) -> Result<Vec<SecretValue>, ConfirmRefused> {
        let mut secrets = Vec::new();
        for secret in self.store().job_secrets(job).await? {
            let value = self.parts.seal.open(job, &secret.name, &secret.sealed)?;
            secrets.push(SecretValue {
                name: secret.name,
                value,
            });
        }
        Ok(secrets)
    }
}
