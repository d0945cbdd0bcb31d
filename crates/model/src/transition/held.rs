//! What an agent that holds an offer or attempt is told, and what it may still add. Changes nothing.

use crate::ids::AttemptNumber;
use crate::job::{Job, Reported};
use crate::time::Timestamp;

use super::answer::Refusal;
use super::command::By;
use super::speaker::{fence, finished, mine_current, mine_offer, mine_past, unconfirmed};

/// Whether `by` may add events to the attempt. `within` is the last event of the batch.
///
/// # Errors
/// `Stale`, `OldConnection`, `NotConfirmed`, or `AlreadyFinished` for events beyond the reported
/// end.
pub fn may_append(job: &Job, by: &By, within: u64) -> Result<(), Refusal> {
    if let Some(attempt) = mine_current(job, by) {
        return fence(&attempt.by, &by.connection);
    }
    if let Some(past) = mine_past(job, by) {
        fence(&past.attempt.by, &by.connection)?;
        return match &past.reported {
            Reported::NotYet | Reported::Never => Ok(()),
            Reported::InTime { last_seq } if within <= *last_seq => Ok(()),
            Reported::Late { last_seq, .. } if within <= *last_seq => Ok(()),
            Reported::InTime { .. } => Err(finished(&past.outcome, false)),
            Reported::Late { outcome, .. } => Err(finished(outcome, true)),
        };
    }
    Err(unconfirmed(job, by))
}

/// What to tell an agent about something that it says it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holding {
    /// It goes on, or delivers.
    Keep,
    /// It deletes its record.
    Drop(DropReason),
}

/// Why an agent need not hold something any longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropReason {
    /// The outcome is stored.
    Ended,
    /// The offer is gone.
    Stale,
    /// The rest.
    Unknown,
}

/// What to tell `by.connection.agent` about the attempt that it names in a `renew`. Changes
/// nothing; `now` tells whether an open offer is still valid.
#[must_use]
pub fn held(job: &Job, by: &By, now: Timestamp) -> Holding {
    if mine_current(job, by).is_some() {
        return Holding::Keep;
    }
    if let Some(past) = mine_past(job, by) {
        return match past.reported {
            Reported::NotYet | Reported::Never => Holding::Keep,
            Reported::InTime { .. } | Reported::Late { .. } => Holding::Drop(DropReason::Ended),
        };
    }
    match mine_offer(job, by) {
        Some(offer) if now < offer.expires_at => Holding::Keep,
        Some(_) => Holding::Drop(DropReason::Stale),
        None if is_gone_offer(job, by.n) => Holding::Drop(DropReason::Stale),
        None => Holding::Drop(DropReason::Unknown),
    }
}

/// Whether that number was offered once, was never confirmed, and is not open now. Who had it is
/// not remembered.
fn is_gone_offer(job: &Job, n: AttemptNumber) -> bool {
    let open = job.offer().is_some_and(|offer| offer.n == n);
    (1..=job.last_attempt).contains(&n) && job.confirmed(n).is_none() && !open
}
