//! What can be wanted of a job, and by whom.

use crate::agent::Connection;
use crate::ids::AttemptNumber;
use crate::job::StopMode;
use crate::names::{Name, RequestKey};
use crate::outcome::Outcome;
use crate::person::Actor;
use crate::time::Timestamp;

/// What somebody wants to happen to a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Hold it out to an agent that claimed.
    Offer(OfferTo),
    /// The agent has the offer on its disk and asks for leave to start.
    Confirm(By),
    /// The agent does not take the offer.
    Decline(Refused),
    /// The offer's time is over.
    Expire {
        /// The offer.
        n: AttemptNumber,
        /// The agent was online and let it run out: it counts as a refusal until then.
        declined_until: Option<Timestamp>,
    },
    /// The offer goes back at once: its process was replaced or its agent removed.
    Withdraw {
        /// The offer.
        n: AttemptNumber,
        /// Only if it was claimed or last kept by a lower connection number.
        below: u64,
    },
    /// The agent says in a `join` that it holds the attempt.
    Keep(By, Held),
    /// The agent reports how the attempt ended.
    Finish(Finish),
    /// The attempt is lost.
    Lose {
        /// The attempt.
        n: AttemptNumber,
        /// Only if it was confirmed or last kept by a lower connection number.
        below: u64,
        /// Why it is lost.
        cause: LossCause,
    },
    /// A person asks for the end of the job.
    Cancel {
        /// Who.
        by: Actor,
        /// How.
        mode: StopMode,
    },
    /// It must not start any more: its robot was deleted.
    CancelBeforeStart {
        /// By whom.
        by: Actor,
    },
    /// The request to end it was sent to its agent, or stood in an answer to it.
    CancelReached {
        /// The attempt.
        n: AttemptNumber,
        /// The mode that the agent was told.
        mode: StopMode,
    },
    /// A kill that reached the agent was not answered in time.
    KillOverdue {
        /// The attempt.
        n: AttemptNumber,
        /// Only if the agent was told to kill at this time or before.
        told_before: Timestamp,
    },
    /// The store was put back to an earlier time: what happened since is not known, and numbers of
    /// attempts that it does not know of may have been given out.
    Rewind,
}

/// Which offer or attempt, and who speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// The offer or attempt.
    pub n: AttemptNumber,
    /// The connection that speaks.
    pub connection: Connection,
}

/// An offer to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferTo {
    /// The connection that claimed.
    pub connection: Connection,
    /// Its agent's name.
    pub agent_name: Name,
    /// The agent's own id of its claim.
    pub claim_id: RequestKey,
    /// When the offer runs out.
    pub until: Timestamp,
}

/// A refused offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Which, and who.
    pub by: By,
    /// Why, as a code.
    pub reason: String,
    /// Why, in the agent's words.
    pub message: Option<String>,
    /// Until when the agent is not asked again.
    pub until: Timestamp,
}

/// A reported end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finish {
    /// Which, and who.
    pub by: By,
    /// The last event of the attempt, as the agent numbers them.
    pub last_seq: u64,
    /// The last event that the store has; read in the same atomic write.
    pub stored_to: u64,
    /// How it ended.
    pub outcome: Outcome,
}

/// How far the agent got with what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// On its disk; `start` is not given.
    Accepted,
    /// `start` is given.
    Running,
    /// Its outcome is known.
    Ended,
}

/// Why an attempt is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LossCause {
    /// The agent was not heard from for the limit, in milliseconds.
    Silence {
        /// The limit.
        lost_ms: u64,
    },
    /// The agent is there and no longer names it.
    Forgotten,
    /// The agent was removed by its user.
    Removed,
}
