//! Agents: the desktop app on one computer, approved by its user once.

use serde::{Deserialize, Serialize};

use crate::ids::AgentId;

/// The random id of one run of the agent's process: what tells a restart, or a copied disk, from
/// the same process on a new connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InstanceId(pub String);

/// One connection of one agent's process: the second fencing token, beside the attempt's number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// The agent.
    #[serde(rename = "agentId")]
    pub agent: AgentId,
    /// Its connection number: each handshake takes the agent's next one from the store.
    pub number: u64,
    /// The process behind it.
    pub instance: InstanceId,
}

/// The operating system as the agent names it (`linux`, `windows`, `macos`); an open list.
pub type OperatingSystem = String;

/// One thing that an agent looked at on its computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "export", derive(ts_rs::TS))]
pub struct Check {
    /// What was looked at; an open list (`python`, `environments`, `disk`, `clock`, …).
    pub code: String,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found, as a sentence.
    pub text: String,
}
