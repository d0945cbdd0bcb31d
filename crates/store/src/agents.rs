//! Agents: one document each. Liveness is theirs, not the jobs'.

use async_trait::async_trait;
use model::mutation::{Mutation, active};
use model::{AgentId, Check, Connection, InstanceId, Label, Name, Sha256, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::error::StoreResult;

/// Verbs of the agents.
#[async_trait]
pub trait Agents: Send + Sync {
    /// The agent, also a removed one.
    async fn agent(&self, agent: AgentId) -> StoreResult<Option<Agent>>;

    /// The user's agents that were not removed, by name.
    async fn agents(&self, user: UserId) -> StoreResult<Vec<Agent>>;

    /// A handshake: gives the agent's next connection number.
    async fn connect_agent(&self, agent: AgentId, key: Sha256) -> StoreResult<Connected>;

    /// A `join`: stands unless a higher connection number has joined. It counts as a sign of life.
    async fn join_agent(&self, join: Join) -> StoreResult<Joined>;

    /// A `renew`: a sign of life of the connection that joined last.
    async fn renew_agent(&self, renew: Renew) -> StoreResult<Renewed>;

    /// The agent left by saying so. Only the connection that joined last can say it.
    async fn leave_agent(&self, connection: &Connection, now: Timestamp) -> StoreResult<()>;

    /// Changes what its user may change.
    async fn patch_agent(
        &self,
        user: UserId,
        agent: AgentId,
        patch: AgentPatch,
    ) -> StoreResult<AgentPatched>;

    /// Removes the agent: its key opens nothing from now on. Offers and attempts are ended by the
    /// caller, and by the sweep if it dies in between.
    async fn remove_agent(
        &self,
        user: UserId,
        agent: AgentId,
        running: Running,
        now: Timestamp,
    ) -> StoreResult<Option<Agent>>;
}

/// The desktop app on one computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Agent {
    /// Its id.
    pub id: AgentId,
    /// Whose it is.
    pub user_id: UserId,
    /// Its name, unique for its user without regard to case.
    pub name: Name,
    /// SHA-256 of its key.
    pub key_hash: Sha256,
    /// The computer's own name.
    pub host: String,
    /// The operating system.
    pub os: String,
    /// The program's version.
    pub version: String,
    /// Its labels.
    pub labels: Vec<Label>,
    /// The most attempts at once that its program allows; 1 before its first `join`.
    pub program_slots: u32,
    /// The most attempts at once that its user allows in the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_slots: Option<u32>,
    /// Its user wants it to take nothing new.
    pub paused: bool,
    /// When it was paired.
    pub created_at: Timestamp,
    /// The last connection number that was given.
    pub connections: u64,
    /// The `join` that stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined: Option<StandingJoin>,
    /// Its last sign of life.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
    /// It said goodbye after its last `join`.
    pub left: bool,
    /// What it found on its computer.
    #[serde(default)]
    pub checks: Vec<Check>,
    /// When it last told what it found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<Timestamp>,
    /// It was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<Removal>,
    /// Grows with each change that people see.
    pub rev: u64,
}

impl Agent {
    /// The most offers and attempts at once.
    #[must_use]
    pub fn slots(&self) -> u32 {
        self.page_slots
            .map_or(self.program_slots, |page| page.min(self.program_slots))
    }

    /// Whether `connection` is older than the join that stands.
    #[must_use]
    pub fn outdates(&self, connection: &Connection) -> bool {
        self.joined
            .as_ref()
            .is_some_and(|joined| connection.number < joined.number)
            && !active(Mutation::ConnectionUnchecked)
    }
}

/// The `join` that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingJoin {
    /// Its connection number.
    pub number: u64,
    /// The process behind it.
    pub instance: InstanceId,
}

/// The end of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// When.
    pub at: Timestamp,
    /// What is to become of what runs.
    pub running: Running,
}

/// What is to become of what runs on a removed agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Running {
    /// The robots are stopped.
    Stop,
    /// They finish, unheard.
    Finish,
}

/// The answer to a handshake.
#[derive(Debug, Clone, PartialEq)]
pub enum Connected {
    /// Let in.
    Number {
        /// The agent's next connection number.
        number: u64,
        /// The agent.
        agent: Agent,
    },
    /// The right key of an agent that was removed.
    Removed(Removal),
    /// No such agent, or another key.
    Unknown,
}

/// An agent that joins its room.
#[derive(Debug, Clone)]
pub struct Join {
    /// Who joins.
    pub connection: Connection,
    /// The most attempts at once that the program allows.
    pub slots: u32,
    /// The program's version.
    pub version: String,
    /// The operating system.
    pub os: String,
    /// The computer's own name.
    pub host: String,
    /// What it found on its computer; absent: as before.
    pub checks: Option<Vec<Check>>,
    /// The time.
    pub now: Timestamp,
}

/// The answer to a `join`.
#[derive(Debug, Clone, PartialEq)]
pub enum Joined {
    /// It stands.
    Stands {
        /// The agent now.
        agent: Agent,
        /// The join that stood before.
        before: Option<StandingJoin>,
    },
    /// A later one stands.
    OldConnection {
        /// The one that stands.
        stands: StandingJoin,
    },
    /// The agent is unknown or was removed.
    Removed,
}

/// A sign of life.
#[derive(Debug, Clone)]
pub struct Renew {
    /// Whose.
    pub connection: Connection,
    /// What it found on its computer; absent: as before.
    pub checks: Option<Vec<Check>>,
    /// The time.
    pub now: Timestamp,
}

/// The answer to a sign of life.
#[derive(Debug, Clone, PartialEq)]
pub enum Renewed {
    /// Noted.
    Noted {
        /// The agent now.
        agent: Agent,
        /// Its last sign of life before this one.
        seen_before: Option<Timestamp>,
    },
    /// Another join stands, or none does.
    NotJoined {
        /// The one that stands.
        stands: Option<StandingJoin>,
    },
    /// The agent is unknown or was removed.
    Removed,
}

/// What a user may change of an agent. Absent: as before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentPatch {
    /// Another name.
    pub name: Option<Name>,
    /// Other labels.
    pub labels: Option<Vec<Label>>,
    /// The most attempts at once.
    pub slots: Option<u32>,
    /// Whether it takes anything new.
    pub paused: Option<bool>,
}

/// The answer to a patch.
#[derive(Debug, Clone, PartialEq)]
pub enum AgentPatched {
    /// Done.
    Done(Agent),
    /// Another agent of that user has the name.
    NameTaken,
    /// No such agent of that user.
    Gone,
}
