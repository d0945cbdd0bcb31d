//! Decline: the agent does not take the offer; the job waits for somebody else.

use model::transition::{By, Command, Refusal, Refused};
use model::{AttemptKey, Connection, Timestamp};
use store::StoreError;
use store::jobs::JobAnswer;
use thiserror::Error;

use crate::desk::{Dispatch, unexpected};

/// An agent that does not want an offer.
#[derive(Debug, Clone)]
pub struct DeclineRequest {
    /// The offer.
    pub attempt: AttemptKey,
    /// Why, as a code of an open list.
    pub reason: String,
    /// Why, in the agent's words.
    pub message: Option<String>,
}

/// Why it was not taken back.
#[derive(Debug, Error)]
pub enum DeclineRefused {
    /// Not this agent's offer, or no longer. Final, and as good.
    #[error("that offer is not yours, or no longer")]
    Stale,
    /// A newer connection of the agent holds the offer.
    #[error("this connection was followed by a newer one")]
    OldConnection,
    /// Only an open offer can be declined.
    #[error("that attempt was confirmed")]
    Confirmed,
    /// The store cannot tell.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Dispatch {
    /// Takes an offer back; its agent is not asked again for a while.
    ///
    /// # Errors
    /// [`DeclineRefused`].
    pub async fn decline(
        &self,
        connection: &Connection,
        ask: DeclineRequest,
        now: Timestamp,
    ) -> Result<(), DeclineRefused> {
        let command = Command::Decline(Refused {
            by: By {
                n: ask.attempt.attempt,
                connection: connection.clone(),
            },
            reason: ask.reason,
            message: ask.message,
            until: now.plus(self.limits().declined()),
        });
        match self.change(ask.attempt.job, command, None, now).await? {
            JobAnswer::Changed { .. } => Ok(()),
            JobAnswer::Gone => Err(DeclineRefused::Stale),
            JobAnswer::Refused { refusal, .. } => Err(match refusal {
                Refusal::OldConnection => DeclineRefused::OldConnection,
                Refusal::IsConfirmed => DeclineRefused::Confirmed,
                Refusal::Stale => DeclineRefused::Stale,
                other => {
                    unexpected("decline", &other);
                    DeclineRefused::Stale
                }
            }),
        }
    }
}
