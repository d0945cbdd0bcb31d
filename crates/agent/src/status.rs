//! What the running agent does, in a small file for `arkwright-agent status`.

use std::path::PathBuf;

use agent_core::{AgentCore, Tell};
use model::{AttemptKey, Clock, Timestamp};
use serde::{Deserialize, Serialize};

use crate::clock::SystemClock;
use crate::folder::write_whole;

/// The file's writer.
#[derive(Debug)]
pub struct Status {
    path: PathBuf,
    now: Snapshot,
}

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// Whether the room is joined.
    pub connected: bool,
    /// Since when that is so.
    pub since: Option<Timestamp>,
    /// The agent's name.
    pub name: Option<String>,
    /// What it holds.
    pub holding: Vec<HeldJob>,
}

/// An attempt that the agent holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldJob {
    /// Which.
    #[serde(flatten)]
    pub attempt: AttemptKey,
}

impl Status {
    /// The writer of that file.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            now: Snapshot::default(),
        }
    }

    /// Notes news.
    pub fn note(&mut self, news: &Tell, core: &AgentCore) {
        let before = self.now.clone();
        match news {
            Tell::Joined { name, .. } => {
                self.now.name = Some(name.clone());
                self.connected(true);
            }
            Tell::Disconnected => self.connected(false),
            _ => {}
        }
        self.now.holding = core
            .holding()
            .map(|(attempt, _)| HeldJob { attempt })
            .collect();
        if self.now != before {
            self.write();
        }
    }

    /// The program ends.
    pub fn clear(&mut self) {
        std::fs::remove_file(&self.path).ok();
    }

    fn connected(&mut self, connected: bool) {
        self.now.connected = connected;
        self.now.since = Some(SystemClock.now());
    }

    fn write(&self) {
        let json = serde_json::to_vec(&self.now).unwrap_or_default();
        if let Err(error) = write_whole(&self.path, &json) {
            tracing::debug!(%error, "the status file cannot be written");
        }
    }
}
