//! What became of a command.

use thiserror::Error;

use crate::job::{Job, Status};
use crate::outcome::Outcome;

/// What happened to the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Happened {
    /// An agent has an offer.
    Offered,
    /// The robot may start.
    Confirmed,
    /// The offer was refused.
    Declined,
    /// The offer went back.
    TakenBack,
    /// The offer or attempt belongs to the newer connection.
    Kept,
    /// The attempt is over as its agent reported.
    Finished,
    /// The outcome of an attempt that the server had ended is kept with that attempt.
    KeptLate,
    /// The attempt is lost and with it the job.
    Lost,
    /// The attempt is lost and the job waits again.
    WaitsAgain,
    /// Nothing had started, and nothing will.
    CancelledBeforeStart,
    /// Its end was asked for.
    CancelAsked,
    /// Its agent knows of the request.
    CancelReached,
    /// It was ended, because its agent did not answer to a kill.
    EndedAsKilled,
    /// It is as an earlier time left it, and may not go on from there unless repeating is safe.
    Rewound,
}

/// A change of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The job after it.
    pub job: Job,
    /// What it was.
    pub what: Happened,
}

/// Why nothing changed. An ordinary answer, not an error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The speaker has nothing to say about this attempt, or no longer.
    #[error("that attempt is not yours, or no longer")]
    Stale,
    /// The message is from an earlier connection than the one that holds the attempt.
    #[error("this connection was followed by a newer one")]
    OldConnection,
    /// The offer has run out; whoever treats it so takes it back first.
    #[error("the offer has run out")]
    RunOut,
    /// Another process of the agent confirmed the attempt and had not started it.
    #[error("the process that confirmed that attempt is gone")]
    RestartedBeforeStart,
    /// The offer was not confirmed yet.
    #[error("that offer was not confirmed")]
    NotConfirmed,
    /// A confirmed attempt cannot be declined.
    #[error("that attempt was confirmed")]
    IsConfirmed,
    /// The same speaker did the same before.
    #[error("this was done before")]
    Already,
    /// The outcome of this attempt is stored; the first one stands.
    #[error("the outcome of that attempt is stored")]
    AlreadyFinished {
        /// The stored one, as its agent reported it.
        outcome: Outcome,
        /// It came after the server had ended the attempt.
        late: bool,
    },
    /// Events are missing in the store.
    #[error("events are missing after {up_to}")]
    EventsMissing {
        /// The last one that is there.
        up_to: u64,
    },
    /// The reported last event lies before one that is stored.
    #[error("the last event lies before {up_to}, which is stored")]
    BelowStored {
        /// The last one that is there.
        up_to: u64,
    },
    /// The condition for an act of the server does not hold (any more).
    #[error("it is not due")]
    NotDue,
    /// The job waits for an agent or has an open offer: nothing of the kind can happen.
    #[error("nothing is executing")]
    NotExecuting,
    /// The job is not free to be offered.
    #[error("the job is not free")]
    NotFree,
    /// The job has ended.
    #[error("the job has ended")]
    HasEnded {
        /// As what.
        status: Status,
    },
}
