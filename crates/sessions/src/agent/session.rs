//! The session of an agent: what its messages do, in which order they may come, and what follows.

use std::collections::BTreeSet;
use std::sync::Arc;

use dispatch::{ClaimRefused, Dispatch, HeldAttempt, Holdings, JoinRequest, RenewRequest};
use model::transition::{DropReason, Held};
use model::{AttemptKey, Connection, RequestKey, StopMode, Timestamp, UserId};
use wire::IdText;
use wire::agent::{
    AgentMessage, Answer, Cancel, Claim, ClaimAnswer, Drop, HeldState, Join, JoinAnswer, Keep,
    Limits, Renew, RenewAnswer,
};
use wire::{ErrorCode, agent as say};

use super::bounded;
use crate::refusal::{Refused, not_joined};
use crate::view;

/// The most attempts that one message names.
const MOST_HELD: usize = 4_096;

/// One connection of one agent.
pub struct AgentSession {
    pub(super) dispatch: Arc<Dispatch>,
    pub(super) user: UserId,
    pub(super) connection: Connection,
    joined: bool,
}

/// What a message is answered, and what the door does afterwards.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentReply {
    /// The acknowledgement.
    pub answer: Result<Answer, Refused>,
    /// What follows it.
    pub then: AfterAgent,
}

/// What the door does once the answer is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterAgent {
    /// Nothing.
    Nothing,
    /// The socket enters the room of its user.
    EnterRoom(UserId),
    /// The connection was followed by another one, or its agent was removed: the server closes it
    /// once the answer is flushed.
    Close,
}

impl AgentSession {
    /// The session of a connection that was let in with that number.
    #[must_use]
    pub fn new(dispatch: Arc<Dispatch>, user: UserId, connection: Connection) -> Self {
        Self {
            dispatch,
            user,
            connection,
            joined: false,
        }
    }

    /// Whose agent it is.
    #[must_use]
    pub fn user(&self) -> UserId {
        self.user
    }

    /// The connection.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Whether it has joined: only then does it hear what the room is told.
    #[must_use]
    pub fn has_joined(&self) -> bool {
        self.joined
    }

    /// Carries out a message. Messages of one connection come one after the other.
    pub async fn on(&mut self, message: AgentMessage, now: Timestamp) -> AgentReply {
        let is_join = matches!(message, AgentMessage::Join(_));
        let answer = match message {
            AgentMessage::Join(join) => self.join(join, now).await.map(Answer::Join),
            AgentMessage::Claim(claim) => self.claim(claim, now).await.map(Answer::Claim),
            AgentMessage::Confirm(ask) => self.confirm(ask, now).await.map(Answer::Confirm),
            AgentMessage::Decline(ask) => self.decline(ask, now).await.map(Answer::Decline),
            AgentMessage::Events(ask) => self.events(ask).await.map(Answer::Events),
            AgentMessage::Finish(ask) => self.finish(ask, now).await.map(Answer::Finish),
            AgentMessage::Renew(renew) => self.renew(renew, now).await.map(Answer::Renew),
        };
        let then = match &answer {
            Ok(_) if is_join => AfterAgent::EnterRoom(self.user),
            Ok(_) => AfterAgent::Nothing,
            Err(refused) => match refused.body.code {
                ErrorCode::Replaced | ErrorCode::Revoked => AfterAgent::Close,
                // Without a join the message merely came too early.
                ErrorCode::NotJoined if self.joined || is_join => AfterAgent::Close,
                _ => AfterAgent::Nothing,
            },
        };
        AgentReply { answer, then }
    }

    /// The peer said goodbye.
    ///
    /// # Errors
    /// The store's.
    pub async fn left(&self, now: Timestamp) -> store::StoreResult<()> {
        if self.joined {
            self.dispatch.left(&self.connection, now).await?;
        }
        Ok(())
    }

    pub(super) fn must_have_joined(&self) -> Result<(), Refused> {
        if self.joined {
            Ok(())
        } else {
            Err(not_joined())
        }
    }

    async fn join(&mut self, join: Join, now: Timestamp) -> Result<JoinAnswer, Refused> {
        if !(1..=64).contains(&join.slots) {
            return Err(Refused::invalid("slots", "an agent has 1 to 64 slots"));
        }
        not_too_many("holding", join.holding.len())?;
        if join.user_id.parse::<UserId>() != Some(self.user) {
            let message = "this computer was not paired with that user";
            return Err(Refused::new(ErrorCode::Forbidden, message));
        }
        let (holding, unknown) = held(join.holding);
        let ask = JoinRequest {
            connection: self.connection.clone(),
            slots: join.slots,
            version: bounded::name(join.version),
            os: bounded::name(join.os),
            host: bounded::name(join.host),
            checks: join.checks.map(bounded::checks),
            holding,
        };
        let joined = self.dispatch.join(ask, now).await?;
        self.joined = true;
        let (keep, mut drop, cancel) = told(joined.holdings);
        drop.extend(unknown);
        Ok(JoinAnswer {
            room: self.user.to_string(),
            agent_id: joined.agent.id,
            name: joined.agent.name.to_string(),
            server_time: now,
            limits: Limits::from(self.dispatch.limits()),
            keep,
            drop,
            cancel,
        })
    }

    async fn claim(&self, claim: Claim, now: Timestamp) -> Result<ClaimAnswer, Refused> {
        let claim_id = RequestKey::parse(&claim.claim_id)
            .map_err(|error| Refused::invalid("claimId", error.to_string()))?;
        if claim.free > 64 {
            return Err(Refused::invalid("free", "between 0 and 64 slots are free"));
        }
        self.must_have_joined()?;
        let made = self
            .dispatch
            .claim(&self.connection, claim_id, claim.free, now)
            .await?;
        let offers = made.into_iter().filter_map(view::offer).collect();
        Ok(ClaimAnswer { offers })
    }

    async fn renew(&self, renew: Renew, now: Timestamp) -> Result<RenewAnswer, Refused> {
        if renew.free > 64 {
            return Err(Refused::invalid("free", "between 0 and 64 slots are free"));
        }
        not_too_many("running", renew.running.len())?;
        self.must_have_joined()?;
        let mut running = Vec::new();
        let mut unknown = Vec::new();
        for named in renew.running {
            match key(&named.job_id, named.attempt) {
                Some(key) => running.push(key),
                None => unknown.push(unknown_drop(named.job_id, named.attempt)),
            }
        }
        let ask = RenewRequest {
            connection: self.connection.clone(),
            running,
            checks: renew.checks.map(bounded::checks),
        };
        let holdings = self.dispatch.renew(ask, now).await?;
        let (_, mut drop, cancel) = told(holdings);
        drop.extend(unknown);
        Ok(RenewAnswer { drop, cancel })
    }

    /// What a connection is told whose attempt a newer connection holds.
    pub(super) async fn outdated(&self) -> Refused {
        match self.dispatch.outdated(&self.connection).await {
            Ok(refused @ (ClaimRefused::Replaced | ClaimRefused::Removed)) => refused.into(),
            Ok(ClaimRefused::NotJoined | ClaimRefused::Store(_)) => not_joined(),
            Err(error) => error.into(),
        }
    }
}

/// Each entry is looked up, so that their number has a bound: far more than an agent can hold.
fn not_too_many(name: &str, count: usize) -> Result<(), Refused> {
    if count > MOST_HELD {
        let message = format!("at most {MOST_HELD} attempts are named at once");
        return Err(Refused::invalid(name, message));
    }
    Ok(())
}

/// The attempt that is named; none when the job's id is no id.
pub(super) fn key(job: &IdText, attempt: u32) -> Option<AttemptKey> {
    Some(AttemptKey {
        job: job.parse()?,
        attempt,
    })
}

/// What is held, each attempt once, and the answer for what names nothing.
fn held(holding: Vec<say::Holding>) -> (Vec<HeldAttempt>, Vec<Drop>) {
    let mut seen = BTreeSet::new();
    let mut known = Vec::new();
    let mut unknown = Vec::new();
    for entry in holding {
        let Some(attempt) = key(&entry.job_id, entry.attempt) else {
            unknown.push(unknown_drop(entry.job_id, entry.attempt));
            continue;
        };
        if seen.insert(attempt) {
            let state = match entry.state {
                HeldState::Accepted => Held::Accepted,
                HeldState::Running => Held::Running,
                HeldState::Ended => Held::Ended,
            };
            known.push(HeldAttempt { attempt, state });
        }
    }
    (known, unknown)
}

fn unknown_drop(job_id: IdText, attempt: u32) -> Drop {
    Drop {
        job_id,
        attempt,
        reason: say::DropReason::Unknown,
    }
}

fn told(holdings: Holdings) -> (Vec<Keep>, Vec<Drop>, Vec<Cancel>) {
    let keep = holdings.keep.into_iter().map(|(key, up_to)| Keep {
        job_id: key.job,
        attempt: key.attempt,
        up_to,
    });
    let drop = holdings.drop.into_iter().map(|(key, reason)| Drop {
        job_id: key.job.into(),
        attempt: key.attempt,
        reason: match reason {
            DropReason::Ended => say::DropReason::Ended,
            DropReason::Stale => say::DropReason::Stale,
            DropReason::Unknown => say::DropReason::Unknown,
        },
    });
    let cancel = holdings.cancel.into_iter();
    let cancel = cancel.map(|(key, mode): (AttemptKey, StopMode)| Cancel {
        job_id: key.job,
        attempt: key.attempt,
        mode,
    });
    (keep.collect(), drop.collect(), cancel.collect())
}
