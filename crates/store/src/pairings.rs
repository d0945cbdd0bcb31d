//! How a computer becomes an agent: pairing with a person's approval, or an enrolment token.

use async_trait::async_trait;
use model::{AgentId, EnrolmentId, Label, Name, PairingId, Sha256, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::agents::Agent;
use crate::error::StoreResult;

/// Verbs of pairings and enrolments.
#[async_trait]
pub trait Pairings: Send + Sync {
    /// Stores a request to be let in. A key hash names one pairing or agent for ever.
    ///
    /// Spans pairings: the bounds on pending ones are counted in the same transaction in SQLite;
    /// a store of single documents may exceed them by the number of concurrent requests.
    async fn create_pairing(
        &self,
        pairing: Pairing,
        bounds: PendingBounds,
    ) -> StoreResult<PairingCreated>;

    /// The pairing.
    async fn pairing(&self, pairing: PairingId) -> StoreResult<Option<Pairing>>;

    /// Deletes pairings that ran out at that time or before, at most `most`; answers how many. The
    /// keys that they were made with stay used.
    async fn forget_pairings(&self, expired_before: Timestamp, most: u32) -> StoreResult<u32>;

    /// The user's pairings that wait for an answer at `now`, newest first.
    async fn pending_pairings(&self, user: UserId, now: Timestamp) -> StoreResult<Vec<Pairing>>;

    /// Answers a pairing. Approving makes the agent in the same write, under the first free of
    /// its name, name-2, name-3 …
    async fn answer_pairing(&self, answer: PairingAnswer) -> StoreResult<PairingAnswered>;

    /// Stores an enrolment token.
    async fn create_enrolment(&self, enrolment: Enrolment) -> StoreResult<()>;

    /// Deletes enrolment tokens that ran out at that time or before, at most `most`; answers how
    /// many. The agents that were made with them stay.
    async fn forget_enrolments(&self, expired_before: Timestamp, most: u32) -> StoreResult<u32>;

    /// The user's enrolment tokens, newest first.
    async fn enrolments(&self, user: UserId) -> StoreResult<Vec<Enrolment>>;

    /// Deletes an enrolment token; answers whether there was one.
    async fn delete_enrolment(&self, user: UserId, enrolment: EnrolmentId) -> StoreResult<bool>;

    /// Uses an enrolment token once and makes the agent in the same write. `agent.user_id`, its
    /// name and labels are completed from the token.
    async fn enrol(&self, token: Sha256, agent: NewAgent) -> StoreResult<Enrolled>;
}

/// A computer's request to be let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pairing {
    /// Its id.
    pub id: PairingId,
    /// The user id that was entered; perhaps nobody's.
    pub user_id: UserId,
    /// SHA-256 of the key that the computer made.
    pub key_hash: Sha256,
    /// The code that terminal and page show, as `WDJB-MJHT`.
    pub code: String,
    /// The computer's own name.
    pub host: String,
    /// The operating system.
    pub os: String,
    /// Who is signed in there.
    pub os_user: String,
    /// Where the request came from.
    pub address: String,
    /// The program's version.
    pub version: String,
    /// The name that was asked for.
    pub name: Name,
    /// The labels that were asked for.
    pub labels: Vec<Label>,
    /// What was answered. `Pending` beyond `expires_at` means expired.
    pub state: PairingState,
    /// How often a wrong code was given.
    pub wrong_codes: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it runs out.
    pub expires_at: Timestamp,
}

/// What was answered to a pairing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum PairingState {
    /// Nothing yet.
    Pending,
    /// The computer is an agent now.
    Approved {
        /// Which.
        agent: AgentId,
    },
    /// No.
    Denied,
}

/// How many pairings may wait for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingBounds {
    /// For one user id from one address.
    pub from_address: u32,
    /// For one user id.
    pub in_all: u32,
}

/// The answer to a request to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PairingCreated {
    /// It waits for a person.
    Created(Pairing),
    /// The same key asked before: its pairing, as it is now.
    Same(Pairing),
    /// The key is used up: another user's, denied, expired, removed or an enrolled agent's.
    KeyTaken,
    /// Too many wait already.
    TooMany,
}

/// What a person answers to a pairing.
#[derive(Debug, Clone)]
pub struct PairingAnswer {
    /// Whose pairing it must be.
    pub user: UserId,
    /// Which.
    pub pairing: PairingId,
    /// What.
    pub what: Approval,
    /// The time.
    pub now: Timestamp,
}

/// Yes or no.
#[derive(Debug, Clone)]
pub enum Approval {
    /// Yes, by the code that the person saw (upper case, without dash).
    Approve {
        /// The code.
        code: String,
        /// The id of the agent that is made.
        agent: AgentId,
        /// After this many wrong codes the pairing is denied.
        most_wrong: u32,
    },
    /// No.
    Deny,
}

/// What became of the answer.
#[derive(Debug, Clone, PartialEq)]
pub enum PairingAnswered {
    /// The computer is an agent now (or was approved before).
    Approved {
        /// The pairing.
        pairing: Pairing,
        /// The agent.
        agent: Agent,
    },
    /// It was denied (or had been).
    Denied(Pairing),
    /// The code was wrong; the pairing is denied if it was so too often.
    WrongCode(Pairing),
    /// It was answered otherwise before, or has expired.
    Conflict(Pairing),
    /// No such pairing of that user.
    Gone,
}

/// A token that makes agents without a person in front of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Enrolment {
    /// Its id.
    pub id: EnrolmentId,
    /// Whose agents it makes.
    pub user_id: UserId,
    /// SHA-256 of the token.
    pub token_hash: Sha256,
    /// The name of its agents; absent: their host's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// Labels of its agents, beside those they ask for.
    pub labels: Vec<Label>,
    /// How often it may be used.
    pub uses: u32,
    /// How often it was used.
    pub used: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it runs out.
    pub expires_at: Timestamp,
}

/// An agent to be made.
#[derive(Debug, Clone)]
pub struct NewAgent {
    /// Its id.
    pub id: AgentId,
    /// SHA-256 of its key.
    pub key_hash: Sha256,
    /// The name that was asked for; absent: the token's, else the host's.
    pub name: Option<Name>,
    /// The computer's own name.
    pub host: String,
    /// The operating system.
    pub os: String,
    /// The program's version.
    pub version: String,
    /// The labels that were asked for.
    pub labels: Vec<Label>,
    /// The time.
    pub now: Timestamp,
}

/// The answer to an enrolment.
#[derive(Debug, Clone, PartialEq)]
pub enum Enrolled {
    /// The agent was made, or the same key had been enrolled with the same token before.
    Agent(Agent),
    /// The token is unknown, used up or expired.
    Refused,
    /// The key is used up.
    KeyTaken,
}
