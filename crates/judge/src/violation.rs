//! What a judge says.

use std::fmt;

use crate::ids::JobId;

/// What is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Promise {
    /// A play that was answered is not lost.
    AcceptedIsKept,
    /// One request is one job.
    OneJobForOneRequest,
    /// A job has one outcome, which never changes.
    OutcomeStands,
    /// Nothing starts a second time without its owner's word.
    NeverTwice,
    /// At most one agent has a job.
    OneOwner,
    /// A log has no silent gap, is in order, and says nothing twice.
    WholeLog,
    /// What a robot came to is told, if late.
    OutcomeIsDelivered,
    /// A request for the end is carried out within its limits.
    CancelIsHonoured,
    /// Nothing starts once somebody was told that it is cancelled.
    NothingAfterCancelled,
    /// A computer holds no more than its slots.
    SlotsHold,
    /// Only silence that somebody could hear ends a job.
    SilenceIsHeard,
    /// Nothing waits or executes for ever.
    EverythingEnds,
    /// An outcome says what happened.
    OutcomeIsTrue,
    /// Who looks sees the truth in the end.
    PagesAgree,
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AcceptedIsKept => "accepted means kept",
            Self::OneJobForOneRequest => "one request is one job",
            Self::OutcomeStands => "an outcome stands",
            Self::NeverTwice => "never twice without your word",
            Self::OneOwner => "one owner",
            Self::WholeLog => "no silent gaps in a log",
            Self::OutcomeIsDelivered => "an outcome is delivered",
            Self::CancelIsHonoured => "a cancel is honoured",
            Self::NothingAfterCancelled => "nothing starts once it is cancelled",
            Self::SlotsHold => "slots hold",
            Self::SilenceIsHeard => "only heard silence counts",
            Self::EverythingEnds => "everything ends",
            Self::OutcomeIsTrue => "an outcome is true",
            Self::PagesAgree => "pages agree with the store",
        })
    }
}

/// A promise that was not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub promise: Promise,
    /// Of which job, where it is about one.
    pub job: Option<JobId>,
    /// When it could be seen.
    pub at_ms: u64,
    /// What happened.
    pub sentence: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms: {}: ", self.at_ms, self.promise)?;
        if let Some(job) = &self.job {
            write!(f, "job {job}: ")?;
        }
        f.write_str(&self.sentence)
    }
}
