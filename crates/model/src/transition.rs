//! The one table of what may happen to a job.
//!
//! [`apply`] is a pure function from (job, command, now) to a change or a refusal. Every store
//! evaluates it inside the atomic write that stores the change; nothing else changes a job. The
//! table and the diagram in `docs/reference/transitions.md` are drawn by calling it.
//!
//! Two tokens fence off the past. The **attempt number** names the offer that a message is about;
//! the **connection number** tells a living connection from a message that arrives late from an
//! earlier one.

use thiserror::Error;

use crate::agent::Connection;
use crate::ids::AttemptNumber;
use crate::job::{
    AgentName, Attempt, CancelRequest, Declined, Job, JobState, Offer, PastAttempt, Reached,
    Reported, Status, StopMode,
};
use crate::names::{Name, RequestKey};
use crate::outcome::{CancelledHow, Ending, Failure, Outcome};
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
        Command::CancelReached { n, mode } => cancel_reached(&mut next, *n, *mode, now),
        Command::KillOverdue { n, told_before } => kill_overdue(&mut next, *n, *told_before, now),
    }?;
    Ok(Changed { job: next, what })
}

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

fn offer(job: &mut Job, to: &OfferTo, now: Timestamp) -> Result<Happened, Refusal> {
    match &job.state {
        JobState::Waiting { offer: None } => {}
        JobState::Waiting { offer: Some(_) } | JobState::Executing { .. } => {
            return Err(Refusal::NotFree);
        }
        JobState::Ended { .. } => return Err(has_ended(job)),
    }
    job.last_attempt += 1;
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
        return Err(if same_process {
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
    if now >= offer.expires_at {
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
        if held == Held::Accepted && attempt.by.instance != by.connection.instance {
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
            Reported::NotYet | Reported::Never => all_events_stored(finish)?,
        }
        let outcome = as_asked(job, &finish.outcome);
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
    job.settings.repeatable && job.cancel.is_none() && confirmed < most
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

fn fence(holder: &Connection, speaker: &Connection) -> Result<(), Refusal> {
    if speaker.number < holder.number {
        Err(Refusal::OldConnection)
    } else {
        Ok(())
    }
}

fn is_mine(attempt: &Attempt, by: &By) -> bool {
    attempt.n == by.n && attempt.by.agent == by.connection.agent
}

fn mine_current<'job>(job: &'job Job, by: &By) -> Option<&'job Attempt> {
    job.current().filter(|attempt| is_mine(attempt, by))
}

fn mine_past<'job>(job: &'job Job, by: &By) -> Option<&'job PastAttempt> {
    job.past.iter().find(|past| is_mine(&past.attempt, by))
}

fn mine_offer<'job>(job: &'job Job, by: &By) -> Option<&'job Offer> {
    job.offer()
        .filter(|offer| offer.n == by.n && offer.by.agent == by.connection.agent)
}

/// Why nothing can be reported of what this agent never confirmed.
fn unconfirmed(job: &Job, by: &By) -> Refusal {
    match mine_offer(job, by) {
        Some(offer) => fence(&offer.by, &by.connection)
            .err()
            .unwrap_or(Refusal::NotConfirmed),
        None => Refusal::Stale,
    }
}

fn finished(outcome: &Outcome, late: bool) -> Refusal {
    Refusal::AlreadyFinished {
        outcome: outcome.clone(),
        late,
    }
}

fn has_ended(job: &Job) -> Refusal {
    Refusal::HasEnded {
        status: job.status(),
    }
}
