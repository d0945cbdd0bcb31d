//! What is told to a socket without being asked: one entry for each thing, so that a slow reader
//! gets the latest state of it and no queue grows.

use std::sync::Arc;

use model::{AgentId, AttemptKey, JobId, PairingId, RobotId, StopMode};
use serde::Serialize;
use serde_json::value::RawValue;

/// What a push is about. Two of one key are one: the later counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// An attempt is to be ended.
    Cancel(AttemptKey),
    /// There may be something to claim.
    Work,
    /// The computer is to be looked at.
    Check,
    /// A watcher is behind.
    Behind(JobId),
    /// A pairing changed.
    Pairing(PairingId),
    /// A job changed.
    Job(JobId),
    /// An agent changed.
    Agent(AgentId),
    /// A robot changed.
    Robot(RobotId),
}

/// A push, ready to be sent to any number of sockets.
#[derive(Debug, Clone)]
pub(crate) struct Push {
    /// The name of the message.
    pub(crate) name: &'static str,
    /// Its object.
    pub(crate) body: Arc<RawValue>,
    /// A request to end an attempt: that it was sent is to be noted.
    pub(crate) cancel: Option<(AttemptKey, StopMode)>,
}

impl Push {
    /// A push of that name and object.
    pub(crate) fn new(name: &'static str, body: &impl Serialize) -> Option<Self> {
        match serde_json::value::to_raw_value(body) {
            Ok(body) => Some(Self {
                name,
                body: body.into(),
                cancel: None,
            }),
            Err(error) => {
                tracing::error!(name, %error, "a message could not be written down");
                None
            }
        }
    }
}

/// How a connection ends.
#[derive(Debug, Clone)]
pub(crate) enum Ending {
    /// Without a word.
    Silent,
    /// With a word, then closed.
    Said(wire::agent::Goodbye),
    /// With a word; the whole server closes its connections a moment later.
    Announced(wire::agent::Goodbye),
}
