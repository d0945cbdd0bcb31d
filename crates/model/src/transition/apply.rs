//! The table itself: one function for each command.

use crate::ids::AttemptNumber;
use crate::job::{
    AgentName, Attempt, CancelRequest, Declined, Job, JobState, Offer, PastAttempt, Reached,
    Reported, Status, StopMode,
};
use crate::mutation::{Mutation, active};
use crate::outcome::{CancelledHow, Ending, Failure, Outcome};
use crate::person::Actor;
use crate::time::Timestamp;

use super::answer::{Changed, Happened, Refusal};
use super::command::{By, Command, Finish, Held, LossCause, OfferTo, Refused};
use super::speaker::{fence, finished, is_mine, mine_current, mine_offer, mine_past, unconfirmed};

/// What `command` does to `job` at `now`.
///
/// # Errors
/// The [`Refusal`] that says why it does nothing.
pub fn apply(job: &Job, command: &Command, now: Timestamp) -> Result<Changed, Refusal> {
    let mut next = job.clone();
    next.rev += 1;
    let what = match command {
        Command::Offer(to) => offer(&mut next, to, now),
        Command::Confirm(by) => confirm(&mut next, by, now),
        Command::Decline(refused) => decline(&mut next, refused, now),
        Command::Expire { n, declined_until } => expire(&mut next, *n, *declined_until, now),
        Command::Withdraw { n, below } => withdraw(&mut next, *n, *below),
        Command::Keep(by, held) => keep(&mut next, by, *held, now),
        Command::Finish(finish) => self::finish(&mut next, finish, now),
        Command::Lose { n, below, cause } => lose(&mut next, *n, *below, *cause, now),
        Command::Cancel { by, mode } => cancel(&mut next, by, *mode, now),
        Command::CancelBeforeStart { by } => cancel_before_start(&mut next, by, now),
        Command::CancelReached { n, mode } => cancel_reached(&mut next, *n, *mode, now),
        Command::KillOverdue { n, told_before } => kill_overdue(&mut next, *n, *told_before, now),
        Command::Rewind => rewind(&mut next, now),
    }?;
    Ok(Changed { job: next, what })
}

fn offer(job: &mut Job, to: &OfferTo, now: Timestamp) -> Result<Happened, Refusal> {
    match &job.state {
        JobState::Waiting { offer: None } => {}
        JobState::Waiting { offer: Some(_) } | JobState::Executing { .. } => {
            return Err(Refusal::NotFree);
        }
        JobState::Ended { .. } => return Err(has_ended(job)),
    }
    let unused = job.last_attempt > 0 && job.confirmed(job.last_attempt).is_none();
    if !(unused && active(Mutation::OfferNumbersReused)) {
        job.last_attempt += 1;
    }
    job.last_agent = Some(AgentName {
        id: to.connection.agent,
        name: to.agent_name.clone(),
    });
    job.state = JobState::Waiting {
        offer: Some(Offer {
            n: job.last_attempt,
            by: to.connection.clone(),
            agent_name: to.agent_name.clone(),
            claim_id: to.claim_id.clone(),
            offered_at: now,
            expires_at: to.until,
        }),
    };
    Ok(Happened::Offered)
}

fn confirm(job: &mut Job, by: &By, now: Timestamp) -> Result<Happened, Refusal> {
    if let Some(attempt) = mine_current(job, by) {
        fence(&attempt.by, &by.connection)?;
        let same_process = attempt.by.instance == by.connection.instance;
        return Err(if same_process || active(Mutation::InstanceIgnored) {
            Refusal::Already
        } else {
            Refusal::Stale
        });
    }
    if let Some(past) = mine_past(job, by) {
        fence(&past.attempt.by, &by.connection)?;
        return Err(Refusal::Stale);
    }
    let offer = mine_offer(job, by).ok_or(Refusal::Stale)?;
    fence(&offer.by, &by.connection)?;
    if now >= offer.expires_at && !active(Mutation::ExpiryUnchecked) {
        return Err(Refusal::RunOut);
    }
    let attempt = Attempt {
        n: offer.n,
        by: by.connection.clone(),
        agent_name: offer.agent_name.clone(),
        offered_at: offer.offered_at,
        confirmed_at: now,
    };
    job.state = JobState::Executing { attempt };
    job.declined.clear();
    Ok(Happened::Confirmed)
}

fn decline(job: &mut Job, refused: &Refused, now: Timestamp) -> Result<Happened, Refusal> {
    let by = &refused.by;
    let past = mine_past(job, by).map(|past| &past.attempt);
    if let Some(attempt) = mine_current(job, by).or(past) {
        fence(&attempt.by, &by.connection)?;
        return Err(Refusal::IsConfirmed);
    }
    let offer = mine_offer(job, by).ok_or(Refusal::Stale)?;
    fence(&offer.by, &by.connection)?;
    let declined = Declined {
        agent: offer.by.agent,
        reason: refused.reason.clone(),
        message: refused.message.clone(),
        until: refused.until,
    };
    remember_declined(job, declined, now);
    job.state = JobState::Waiting { offer: None };
    Ok(Happened::Declined)
}

fn expire(
    job: &mut Job,
    n: AttemptNumber,
    declined_until: Option<Timestamp>,
    now: Timestamp,
) -> Result<Happened, Refusal> {
    let offer = job
        .offer()
        .filter(|offer| offer.n == n)
        .ok_or(Refusal::Stale)?;
    if now < offer.expires_at {
        return Err(Refusal::NotDue);
    }
    let agent = offer.by.agent;
    if let Some(until) = declined_until {
        let reason = "no_answer".to_owned();
        remember_declined(
            job,
            Declined {
                agent,
                reason,
                message: None,
                until,
            },
            now,
        );
    }
    job.state = JobState::Waiting { offer: None };
    Ok(Happened::TakenBack)
}

fn withdraw(job: &mut Job, n: AttemptNumber, below: u64) -> Result<Happened, Refusal> {
    let offer = job
        .offer()
        .filter(|offer| offer.n == n)
        .ok_or(Refusal::Stale)?;
    if offer.by.number >= below {
        return Err(Refusal::NotDue);
    }
    job.state = JobState::Waiting { offer: None };
    Ok(Happened::TakenBack)
}

fn keep(job: &mut Job, by: &By, held: Held, now: Timestamp) -> Result<Happened, Refusal> {
    let number = by.connection.number;
    if let Some(attempt) = mine_current(job, by) {
        fence(&attempt.by, &by.connection)?;
        let same_process = attempt.by.instance == by.connection.instance;
        if held == Held::Accepted && !same_process && !active(Mutation::InstanceIgnored) {
            // Whether the robot started cannot be known: the process that confirmed is gone, or
            // this one runs on a copy of its disk.
            let message = format!(
                "{} was restarted in the moment before the robot's start",
                attempt.agent_name
            );
            end_as_lost(job, message, Reported::NotYet, now);
            return Ok(Happened::Lost);
        }
        if let JobState::Executing { attempt } = &mut job.state {
            attempt.by.number = number;
        }
        return Ok(Happened::Kept);
    }
    if let Some(past) = job.past.iter_mut().find(|past| is_mine(&past.attempt, by)) {
        fence(&past.attempt.by, &by.connection)?;
        return match &past.reported {
            Reported::InTime { .. } => Err(finished(&past.outcome, false)),
            Reported::Late { outcome, .. } => Err(finished(outcome, true)),
            Reported::NotYet | Reported::Never
                if held == Held::Accepted && past.attempt.by.instance != by.connection.instance =>
            {
                Err(Refusal::RestartedBeforeStart)
            }
            Reported::NotYet | Reported::Never => {
                past.attempt.by.number = number;
                Ok(Happened::Kept)
            }
        };
    }
    let offer = mine_offer(job, by).ok_or(Refusal::Stale)?;
    fence(&offer.by, &by.connection)?;
    if now >= offer.expires_at {
        return Err(Refusal::RunOut);
    }
    if let JobState::Waiting { offer: Some(offer) } = &mut job.state {
        offer.by = by.connection.clone();
    }
    Ok(Happened::Kept)
}

fn finish(job: &mut Job, finish: &Finish, now: Timestamp) -> Result<Happened, Refusal> {
    let by = &finish.by;
    if let Some(attempt) = mine_current(job, by) {
        fence(&attempt.by, &by.connection)?;
        all_events_stored(finish)?;
        let outcome = as_asked(job, &finish.outcome);
        let attempt = attempt.clone();
        let lost = matches!(
            &outcome.ending,
            Ending::Failed {
                failure: Failure::AgentLost,
                ..
            }
        );
        let again = lost && may_repeat(job);
        let reported = Reported::InTime {
            last_seq: finish.last_seq,
        };
        job.past.push(PastAttempt {
            attempt,
            ended_at: now,
            outcome: outcome.clone(),
            reported,
        });
        if again {
            job.state = JobState::Waiting { offer: None };
            return Ok(Happened::WaitsAgain);
        }
        job.state = JobState::Ended { outcome, at: now };
        return Ok(Happened::Finished);
    }
    if let Some(past) = mine_past(job, by) {
        fence(&past.attempt.by, &by.connection)?;
        match &past.reported {
            Reported::InTime { .. } => return Err(finished(&past.outcome, false)),
            Reported::Late { outcome, .. } => return Err(finished(outcome, true)),
            Reported::NotYet | Reported::Never if active(Mutation::LateFinishRefused) => {
                return Err(Refusal::Stale);
            }
            Reported::NotYet | Reported::Never => all_events_stored(finish)?,
        }
        let outcome = as_asked(job, &finish.outcome);
        if active(Mutation::LateFinishWins) {
            let outcome = outcome.clone();
            job.state = JobState::Ended { outcome, at: now };
        }
        if let Some(past) = job.past.iter_mut().find(|past| is_mine(&past.attempt, by)) {
            past.reported = Reported::Late {
                outcome,
                at: now,
                last_seq: finish.last_seq,
            };
        }
        return Ok(Happened::KeptLate);
    }
    Err(unconfirmed(job, by))
}

fn lose(
    job: &mut Job,
    n: AttemptNumber,
    below: u64,
    cause: LossCause,
    now: Timestamp,
) -> Result<Happened, Refusal> {
    let attempt = match &job.state {
        JobState::Executing { attempt } => attempt.clone(),
        JobState::Waiting { .. } => return Err(Refusal::NotExecuting),
        JobState::Ended { .. } => return Err(has_ended(job)),
    };
    if attempt.n != n {
        return Err(Refusal::Stale);
    }
    if attempt.by.number >= below {
        return Err(Refusal::NotDue);
    }
    let name = &attempt.agent_name;
    let message = match cause {
        LossCause::Silence { lost_ms } => {
            let seconds = lost_ms.div_ceil(1000);
            format!("{name} was not heard from for {seconds} s")
        }
        LossCause::Forgotten => format!("{name} no longer knows of it"),
        LossCause::Removed => format!("{name} was removed"),
    };
    let (repeat, reported) = match cause {
        LossCause::Silence { .. } => (may_repeat(job), Reported::NotYet),
        LossCause::Forgotten => (false, Reported::NotYet),
        LossCause::Removed => (false, Reported::Never),
    };
    if repeat {
        let outcome = Outcome::failed(Failure::AgentLost, message);
        job.past.push(PastAttempt {
            attempt,
            ended_at: now,
            outcome,
            reported,
        });
        job.state = JobState::Waiting { offer: None };
        return Ok(Happened::WaitsAgain);
    }
    end_as_lost(job, message, reported, now);
    Ok(Happened::Lost)
}

fn cancel(job: &mut Job, by: &Actor, mode: StopMode, now: Timestamp) -> Result<Happened, Refusal> {
    let risen = job.cancel.as_ref().is_none_or(|asked| asked.mode < mode);
    let request = || CancelRequest {
        mode,
        by: by.clone(),
        at: now,
        reached: job.cancel.as_ref().and_then(|asked| asked.reached.clone()),
    };
    match &job.state {
        JobState::Waiting { .. } => {
            job.cancel = Some(request());
            let ending = Ending::Cancelled {
                how: CancelledHow::BeforeStart,
                by: Some(by.clone()),
            };
            job.state = JobState::Ended {
                outcome: Outcome::unmeasured(ending),
                at: now,
            };
            Ok(Happened::CancelledBeforeStart)
        }
        JobState::Executing { attempt } if active(Mutation::CancelUnconditional) => {
            let attempt = attempt.clone();
            let outcome = Outcome::unmeasured(Ending::Cancelled {
                how: CancelledHow::Stop,
                by: Some(by.clone()),
            });
            job.cancel = Some(request());
            end_by_server(job, attempt, outcome, Reported::NotYet, now);
            Ok(Happened::CancelAsked)
        }
        JobState::Executing { .. } if risen => {
            job.cancel = Some(request());
            Ok(Happened::CancelAsked)
        }
        JobState::Executing { .. } => Err(Refusal::Already),
        JobState::Ended { .. } => {
            let open = job.unreported().next().is_some();
            if open && risen {
                job.cancel = Some(request());
                return Ok(Happened::CancelAsked);
            }
            let cancelled = job.status() == Status::Cancelled;
            Err(if open || cancelled {
                Refusal::Already
            } else {
                has_ended(job)
            })
        }
    }
}

fn cancel_before_start(job: &mut Job, by: &Actor, now: Timestamp) -> Result<Happened, Refusal> {
    match &job.state {
        JobState::Waiting { .. } => cancel(job, by, StopMode::Stop, now),
        JobState::Executing { .. } => Err(Refusal::IsConfirmed),
        JobState::Ended { .. } => Err(has_ended(job)),
    }
}

fn cancel_reached(
    job: &mut Job,
    n: AttemptNumber,
    mode: StopMode,
    now: Timestamp,
) -> Result<Happened, Refusal> {
    if job.current().is_none_or(|attempt| attempt.n != n) {
        return Err(Refusal::NotDue);
    }
    let request = job.cancel.as_mut().ok_or(Refusal::NotDue)?;
    if request.mode < mode {
        return Err(Refusal::NotDue);
    }
    if request
        .reached
        .as_ref()
        .is_some_and(|reached| reached.mode >= mode)
    {
        return Err(Refusal::Already);
    }
    request.reached = Some(Reached { mode, at: now });
    Ok(Happened::CancelReached)
}

fn kill_overdue(
    job: &mut Job,
    n: AttemptNumber,
    told_before: Timestamp,
    now: Timestamp,
) -> Result<Happened, Refusal> {
    let attempt = match &job.state {
        JobState::Executing { attempt } if attempt.n == n => attempt.clone(),
        JobState::Executing { .. } => return Err(Refusal::Stale),
        JobState::Waiting { .. } => return Err(Refusal::NotExecuting),
        JobState::Ended { .. } => return Err(has_ended(job)),
    };
    let request = job.cancel.as_ref().ok_or(Refusal::NotDue)?;
    let told = request
        .reached
        .as_ref()
        .filter(|reached| reached.mode == StopMode::Kill);
    if told.is_none_or(|reached| reached.at > told_before) {
        return Err(Refusal::NotDue);
    }
    let by = Some(request.by.clone());
    let outcome = Outcome::unmeasured(Ending::Cancelled {
        how: CancelledHow::Kill,
        by,
    });
    end_by_server(job, attempt, outcome, Reported::NotYet, now);
    Ok(Happened::EndedAsKilled)
}

/// Whatever was open may have been carried out since. Only what may be done twice waits again; its
/// next attempt gets a number that no attempt since can have had.
fn rewind(job: &mut Job, now: Timestamp) -> Result<Happened, Refusal> {
    const SINCE: AttemptNumber = 1_000;
    let outcome = Outcome::failed(Failure::Internal, "the server was restored from a backup");
    let attempt = match &job.state {
        JobState::Waiting { .. } => None,
        JobState::Executing { attempt } => Some(attempt.clone()),
        JobState::Ended { .. } => return Err(has_ended(job)),
    };
    job.last_attempt = job.last_attempt.saturating_add(SINCE);
    let repeat = may_repeat(job);
    if let Some(attempt) = attempt {
        job.past.push(PastAttempt {
            attempt,
            ended_at: now,
            outcome: outcome.clone(),
            reported: Reported::NotYet,
        });
    }
    job.state = if repeat {
        JobState::Waiting { offer: None }
    } else {
        JobState::Ended { outcome, at: now }
    };
    Ok(Happened::Rewound)
}

/// Ends the job and its current attempt as lost.
fn end_as_lost(job: &mut Job, message: String, reported: Reported, now: Timestamp) {
    if let Some(attempt) = job.current().cloned() {
        let outcome = Outcome::failed(Failure::AgentLost, message);
        end_by_server(job, attempt, outcome, reported, now);
    }
}

fn end_by_server(
    job: &mut Job,
    attempt: Attempt,
    outcome: Outcome,
    reported: Reported,
    now: Timestamp,
) {
    job.past.push(PastAttempt {
        attempt,
        ended_at: now,
        outcome: outcome.clone(),
        reported,
    });
    job.state = JobState::Ended { outcome, at: now };
}

/// Whether a lost attempt is followed by another: the owner said that repeating is safe, nobody
/// asked for the end, and there were not too many.
fn may_repeat(job: &Job) -> bool {
    let confirmed = job.past.len() + 1;
    let most = usize::try_from(job.settings.max_attempts).unwrap_or(usize::MAX);
    let repeatable = job.settings.repeatable || active(Mutation::LostAlwaysRepeats);
    let unwanted = job.cancel.is_some() && !active(Mutation::CancelForgottenWhenLost);
    repeatable && !unwanted && confirmed < most
}

/// The outcome as it is stored: who asked for the end is the server's knowledge, and an end that
/// nobody asked for is not `cancelled`.
fn as_asked(job: &Job, reported: &Outcome) -> Outcome {
    let ending = match (&reported.ending, &job.cancel) {
        (Ending::Cancelled { how, .. }, Some(request)) => Ending::Cancelled {
            how: *how,
            by: Some(request.by.clone()),
        },
        (Ending::Cancelled { .. }, None) => Ending::Failed {
            failure: Failure::Internal,
            message: "it was reported as cancelled, but nobody had asked for that".to_owned(),
            step: None,
        },
        (other, _) => other.clone(),
    };
    Outcome {
        ending,
        ran_ms: reported.ran_ms,
    }
}

fn all_events_stored(finish: &Finish) -> Result<(), Refusal> {
    let up_to = finish.stored_to;
    if active(Mutation::MissingUnchecked) {
        return Ok(());
    }
    match finish.last_seq.cmp(&up_to) {
        std::cmp::Ordering::Less => Err(Refusal::BelowStored { up_to }),
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(Refusal::EventsMissing { up_to }),
    }
}

fn remember_declined(job: &mut Job, declined: Declined, now: Timestamp) {
    job.declined
        .retain(|other| other.agent != declined.agent && now < other.until);
    job.declined.push(declined);
}

fn has_ended(job: &Job) -> Refusal {
    Refusal::HasEnded {
        status: job.status(),
    }
}
