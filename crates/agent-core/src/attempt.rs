//! One attempt that the agent holds.

use std::collections::{BTreeMap, BTreeSet};

use model::parameter::SecretValue;
use model::{Ending, Failure, Monotonic, Outcome, StopMode, Timestamp};
use wire::agent::{HeldState, Offer};

use crate::input::SpoolPosition;
use crate::recovered::TailOffsets;

/// How far an attempt got.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// Its record is on the way to the disk.
    Accepting {
        /// Where it will be synced.
        at: SpoolPosition,
    },
    /// Its record is on disk; `start` is not given.
    Accepted,
    /// Confirmed; the record of the start is on the way to the disk.
    Starting {
        /// Where it will be synced.
        at: SpoolPosition,
        /// It is.
        synced: bool,
    },
    /// `start` is given.
    Running,
    /// Its robot ended; files are being stored.
    Uploading {
        /// How the robot ended.
        outcome: Outcome,
        /// Until when files are waited for.
        until: Monotonic,
    },
    /// The outcome is known, and neither its record nor the gap before it fits the disk.
    Unwritten {
        /// The outcome.
        outcome: Outcome,
        /// When to write again.
        again_at: Monotonic,
    },
    /// The outcome is known, its record on the way to the disk.
    Ending {
        /// The outcome.
        outcome: Outcome,
        /// The last event.
        last_seq: u64,
        /// Where it will be synced.
        at: SpoolPosition,
    },
    /// The outcome is on disk; what is left is to deliver.
    Ended {
        /// The outcome.
        outcome: Outcome,
        /// The last event.
        last_seq: u64,
    },
}

/// A batch of events on its way to the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Syncing {
    /// Its last event.
    pub(crate) last: u64,
    /// Events that its leading gap stands for; 0: it has none.
    pub(crate) lost: u64,
}

/// What the agent knows about whether it may start the robot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Leave {
    /// When the `confirm` was sent that is unanswered or was answered last.
    pub(crate) asked_at: Option<Monotonic>,
    /// It was answered: the job's secrets.
    pub(crate) granted: Option<Vec<SecretValue>>,
    /// It was granted before; a later question only renews it.
    pub(crate) confirmed: bool,
}

/// One attempt.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    /// What it runs; nothing if its record was damaged after its start was given.
    pub(crate) offer: Option<Offer>,
    pub(crate) phase: Phase,
    pub(crate) leave: Leave,
    /// The workspace and its supervisor wait for `start`.
    pub(crate) prepared: bool,
    /// The highest mode that was asked for.
    pub(crate) cancel: Option<StopMode>,
    /// The number of the last event.
    pub(crate) last_seq: u64,
    /// Events up to here are synced.
    pub(crate) synced_to: u64,
    /// Batches on the way to the disk, by where they will be synced.
    pub(crate) syncing: BTreeMap<SpoolPosition, Syncing>,
    /// Events up to here are stored by the server.
    pub(crate) stored_to: u64,
    /// Where the server's store ends is known: a `join` has kept the attempt.
    pub(crate) kept: bool,
    /// How far the files were read.
    pub(crate) offsets: TailOffsets,
    /// So many events that are read next were delivered by an earlier process: the disk has lost
    /// them, and how far it had read.
    pub(crate) read_again: u64,
    /// Events that could not be spooled and have no gap yet.
    pub(crate) dropped: u64,
    /// When the last of them could not be spooled.
    pub(crate) dropped_at: Timestamp,
    /// Events that the server called invalid.
    pub(crate) replaced: BTreeSet<u64>,
    /// Files that have their `artifact` event.
    pub(crate) artifacts: BTreeSet<String>,
    /// Events from here on stay on the disk, stored or not: among them are those that say to a
    /// new process which files are stored.
    pub(crate) untrimmed_from: Option<u64>,
    /// A part of the spool cannot be read, and that has not become a gap yet.
    pub(crate) spool_lost: bool,
    /// Its record could not be written: it is not taken.
    pub(crate) unspooled: bool,
    /// It cannot start: how it ends, once it is known to be ours.
    pub(crate) unprepared: Option<Outcome>,
    /// A call about this attempt is unanswered.
    pub(crate) calling: bool,
    /// Nothing is sent before this time: the server asked to slow down.
    pub(crate) not_before: Option<Monotonic>,
}

impl Attempt {
    pub(crate) fn new(offer: Option<Offer>, phase: Phase) -> Self {
        Self {
            offer,
            phase,
            leave: Leave::default(),
            prepared: false,
            cancel: None,
            last_seq: 0,
            synced_to: 0,
            syncing: BTreeMap::new(),
            stored_to: 0,
            kept: false,
            offsets: TailOffsets::default(),
            read_again: 0,
            dropped: 0,
            dropped_at: Timestamp::default(),
            replaced: BTreeSet::new(),
            artifacts: BTreeSet::new(),
            untrimmed_from: None,
            spool_lost: false,
            unspooled: false,
            unprepared: None,
            calling: false,
            not_before: None,
        }
    }

    /// The name of its robot.
    pub(crate) fn robot_name(&self) -> String {
        let offer = self.offer.as_ref();
        offer.map_or_else(
            || "a robot whose name the disk has lost".to_owned(),
            |offer| offer.robot.name.clone(),
        )
    }

    /// How far it got, as the server is told.
    pub(crate) fn held(&self) -> HeldState {
        match self.phase {
            Phase::Accepting { .. } | Phase::Accepted => HeldState::Accepted,
            // The record of the start may be on disk: a restart would find it so.
            Phase::Starting { .. }
            | Phase::Running
            | Phase::Uploading { .. }
            | Phase::Unwritten { .. } => HeldState::Running,
            Phase::Ending { .. } | Phase::Ended { .. } => HeldState::Ended,
        }
    }

    /// Whether `start` was never given and no record says that it may have been.
    pub(crate) fn not_started(&self) -> bool {
        matches!(self.phase, Phase::Accepting { .. } | Phase::Accepted)
    }

    /// Whether its robot surely never started: `start` was not given.
    pub(crate) fn never_given_start(&self) -> bool {
        self.not_started() || matches!(self.phase, Phase::Starting { .. })
    }

    /// Whether its outcome is known and everything was done to tell it.
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.phase, Phase::Ending { .. } | Phase::Ended { .. })
    }

    /// Why the offer is not taken: a code, and a sentence.
    pub(crate) fn refusal(&self, finishing: bool) -> Option<(&'static str, Option<String>)> {
        if self.unspooled {
            return Some(("disk_full", None));
        }
        // Another computer may have what this one lacks. A robot that is no valid one is none
        // anywhere: it is confirmed, and ends with what is wrong with it.
        if let Some(Outcome {
            ending: Ending::Failed {
                failure, message, ..
            },
            ..
        }) = &self.unprepared
            && *failure != Failure::InvalidRobot
        {
            return Some(("environment", Some(message.clone())));
        }
        finishing.then_some(("shutting_down", None))
    }

    /// Whether its robot may be working.
    pub(crate) fn is_working(&self) -> bool {
        matches!(self.phase, Phase::Starting { .. } | Phase::Running)
    }
}
