//! Whose an offer or attempt is, and whether the speaker's connection is still the one that counts.

use crate::agent::Connection;
use crate::job::{Attempt, Job, Offer, PastAttempt};
use crate::mutation::{Mutation, active};
use crate::outcome::Outcome;

use super::answer::Refusal;
use super::command::By;

pub(super) fn fence(holder: &Connection, speaker: &Connection) -> Result<(), Refusal> {
    if speaker.number < holder.number && !active(Mutation::ConnectionUnchecked) {
        Err(Refusal::OldConnection)
    } else {
        Ok(())
    }
}

pub(super) fn is_mine(attempt: &Attempt, by: &By) -> bool {
    let named = attempt.n == by.n || active(Mutation::AttemptUnchecked);
    named && attempt.by.agent == by.connection.agent
}

pub(super) fn mine_current<'job>(job: &'job Job, by: &By) -> Option<&'job Attempt> {
    job.current().filter(|attempt| is_mine(attempt, by))
}

pub(super) fn mine_past<'job>(job: &'job Job, by: &By) -> Option<&'job PastAttempt> {
    job.past.iter().find(|past| is_mine(&past.attempt, by))
}

pub(super) fn mine_offer<'job>(job: &'job Job, by: &By) -> Option<&'job Offer> {
    job.offer().filter(|offer| {
        let named = offer.n == by.n || active(Mutation::AttemptUnchecked);
        named && offer.by.agent == by.connection.agent
    })
}

/// Why nothing can be reported of what this agent never confirmed.
pub(super) fn unconfirmed(job: &Job, by: &By) -> Refusal {
    match mine_offer(job, by) {
        Some(offer) => fence(&offer.by, &by.connection)
            .err()
            .unwrap_or(Refusal::NotConfirmed),
        None => Refusal::Stale,
    }
}

pub(super) fn finished(outcome: &Outcome, late: bool) -> Refusal {
    Refusal::AlreadyFinished {
        outcome: outcome.clone(),
        late,
    }
}
