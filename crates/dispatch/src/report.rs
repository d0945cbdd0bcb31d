//! Reports: what happened in an attempt, and how it ended.

use model::mutation::{Mutation, active};
use model::transition::{By, Command, Finish, Happened, Refusal};
use model::{AttemptKey, Connection, Job, Outcome, Reported, Timestamp};
use store::StoreError;
use store::jobs::JobAnswer;
use store::logs::{Append, Appended};
use thiserror::Error;

use crate::desk::{Dispatch, unexpected};
use crate::until_known::until_known;

/// Why a batch was not stored. Nothing of it was.
#[derive(Debug, Error)]
pub enum EventsRefused {
    /// This agent never confirmed such an attempt. Final.
    #[error("that attempt is not yours")]
    Stale,
    /// A newer connection of the agent holds the attempt.
    #[error("this connection was followed by a newer one")]
    OldConnection,
    /// The offer was not confirmed.
    #[error("that offer was not confirmed")]
    NotConfirmed,
    /// The batch begins beyond the end of the log.
    #[error("events are missing after {up_to}")]
    Missing {
        /// The last one that is there.
        up_to: u64,
    },
    /// The attempt was reported as ended before these events.
    #[error("the attempt has ended before these events")]
    BeyondTheEnd {
        /// The stored outcome.
        outcome: Outcome,
    },
    /// The store cannot tell.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A reported end.
#[derive(Debug, Clone)]
pub struct FinishRequest {
    /// The attempt.
    pub attempt: AttemptKey,
    /// Its last event.
    pub last_seq: u64,
    /// How it ended.
    pub outcome: Outcome,
}

/// The outcome that is stored for the attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinishAnswer {
    /// The first one that its agent reported.
    pub outcome: Outcome,
    /// It came after the server had ended the attempt by itself.
    pub late: bool,
}

/// Why an end was not stored.
#[derive(Debug, Error)]
pub enum FinishRefused {
    /// This agent never confirmed such an attempt. Final.
    #[error("that attempt is not yours")]
    Stale,
    /// A newer connection of the agent holds the attempt.
    #[error("this connection was followed by a newer one")]
    OldConnection,
    /// The offer was not confirmed.
    #[error("that offer was not confirmed")]
    NotConfirmed,
    /// Events before the end are not stored yet.
    #[error("events are missing after {up_to}")]
    Missing {
        /// The last one that is there.
        up_to: u64,
    },
    /// Events beyond the end are stored.
    #[error("the last event lies before {up_to}, which is stored")]
    BelowStored {
        /// The last one that is there.
        up_to: u64,
    },
    /// The store cannot tell.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Dispatch {
    /// Stores a batch of events, each one JSON object without a line break, numbered from
    /// `first`; answers up to where the log reaches now.
    ///
    /// # Errors
    /// [`EventsRefused`].
    pub async fn events(
        &self,
        connection: &Connection,
        attempt: AttemptKey,
        first: u64,
        events: Vec<String>,
    ) -> Result<u64, EventsRefused> {
        let append = Append {
            job: attempt.job,
            by: By {
                n: attempt.attempt,
                connection: connection.clone(),
            },
            first,
            events,
        };
        let known = until_known(|| self.store().append_events(append.clone())).await;
        if known.is_err() && active(Mutation::AcknowledgedUnstored) {
            let count = u64::try_from(append.events.len()).unwrap_or(0);
            return Ok(first + count - 1);
        }
        let known = known?;
        match known.answer {
            Appended::Stored { before, up_to } => {
                if up_to > before || known.repeated {
                    self.hints().events(attempt, up_to);
                }
                Ok(up_to)
            }
            Appended::Missing { up_to } => Err(EventsRefused::Missing { up_to }),
            Appended::Gone => Err(EventsRefused::Stale),
            Appended::Refused(refusal) => Err(match refusal {
                Refusal::OldConnection => EventsRefused::OldConnection,
                Refusal::NotConfirmed => EventsRefused::NotConfirmed,
                Refusal::AlreadyFinished { outcome, .. } => EventsRefused::BeyondTheEnd { outcome },
                Refusal::Stale => EventsRefused::Stale,
                other => {
                    unexpected("events", &other);
                    EventsRefused::Stale
                }
            }),
        }
    }

    /// Stores how an attempt ended, once every event before it is stored. The first outcome
    /// stands; repeating is answered with it.
    ///
    /// # Errors
    /// [`FinishRefused`].
    pub async fn finish(
        &self,
        connection: &Connection,
        ask: FinishRequest,
        now: Timestamp,
    ) -> Result<FinishAnswer, FinishRefused> {
        let n = ask.attempt.attempt;
        let command = Command::Finish(Finish {
            by: By {
                n,
                connection: connection.clone(),
            },
            last_seq: ask.last_seq,
            stored_to: 0,
            outcome: ask.outcome.clone(),
        });
        match self.change(ask.attempt.job, command, None, now).await? {
            JobAnswer::Changed { job, what } => {
                let late = what == Happened::KeptLate;
                let outcome = reported(&job, n).unwrap_or(ask.outcome);
                Ok(FinishAnswer { outcome, late })
            }
            JobAnswer::Gone => Err(FinishRefused::Stale),
            JobAnswer::Refused { refusal, .. } => match refusal {
                Refusal::AlreadyFinished { outcome, late } => Ok(FinishAnswer { outcome, late }),
                Refusal::OldConnection => Err(FinishRefused::OldConnection),
                Refusal::NotConfirmed => Err(FinishRefused::NotConfirmed),
                Refusal::EventsMissing { up_to } => Err(FinishRefused::Missing { up_to }),
                Refusal::BelowStored { up_to } => Err(FinishRefused::BelowStored { up_to }),
                Refusal::Stale => Err(FinishRefused::Stale),
                other => {
                    unexpected("finish", &other);
                    Err(FinishRefused::Stale)
                }
            },
        }
    }
}

/// What the agent of this attempt has told of its end.
fn reported(job: &Job, n: model::AttemptNumber) -> Option<Outcome> {
    let past = job.past(n)?;
    match &past.reported {
        Reported::InTime { .. } => Some(past.outcome.clone()),
        Reported::Late { outcome, .. } => Some(outcome.clone()),
        Reported::NotYet | Reported::Never => None,
    }
}
