//! What the disk keeps of an attempt, and what is found there after a restart.

use model::{AttemptKey, Outcome};
use serde::{Deserialize, Serialize};
use wire::agent::Offer;

use crate::event::EventText;

/// One record of an attempt's spool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "camelCase")]
pub enum SpoolRecord {
    /// The offer is taken. Synced before it is confirmed.
    Accepted {
        /// The offer.
        offer: Box<Offer>,
    },
    /// The robot may start at any moment. Synced before it does.
    Running,
    /// Events, and how far the attempt's files were read for them.
    Events {
        /// The number of the first one.
        first: u64,
        /// The events, numbered.
        events: Vec<EventText>,
        /// How far the files were read.
        offsets: TailOffsets,
    },
    /// The outcome is known. Synced before it is reported.
    Ended {
        /// The outcome.
        outcome: Outcome,
        /// The last event of the attempt.
        last_seq: u64,
    },
}

/// How far the files of an attempt were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TailOffsets {
    /// Bytes of the listener's events.
    pub events: u64,
    /// Bytes of standard output.
    pub stdout: u64,
    /// Bytes of standard error.
    pub stderr: u64,
}

/// An attempt that was found on the disk.
#[derive(Debug, Clone, PartialEq)]
pub struct Recovered {
    /// Which.
    pub key: AttemptKey,
    /// What it was to run. Only of one whose start may have been given its record may be damaged.
    pub offer: Option<Offer>,
    /// Its start may have been given.
    pub running: bool,
    /// The record of its end is there.
    pub ended: Option<(Outcome, u64)>,
    /// The last event that is there; 0 if none.
    pub last_seq: u64,
    /// The last event that was trimmed: surely stored by the server.
    pub trimmed_to: u64,
    /// How far its files were read.
    pub offsets: TailOffsets,
    /// Names of files that have their `artifact` event.
    pub artifacts: Vec<String>,
    /// What followed its last event could not be read.
    pub damaged: bool,
    /// What was found of its supervisor.
    pub robot: Robot,
}

/// What is found of an attempt's supervisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Robot {
    /// It lives, or has said how it ended: its news will come.
    There,
    /// There is none, or it died without a word.
    Gone,
}
