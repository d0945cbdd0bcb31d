//! What the agent does.

use model::parameter::SecretValue;
use model::{AttemptKey, Outcome, StopMode};
use wire::agent::{AgentMessage, Offer};

use crate::input::{CallId, SpoolPosition};
use crate::recovered::SpoolRecord;

/// How an attempt is to be ended.
pub type Mode = StopMode;

/// One thing to be done. Effects are carried out in their order.
#[derive(Debug)]
pub enum Effect {
    /// Say something to the server; the answer comes as an input.
    Call(CallId, AgentMessage),
    /// Send the spooled events from `first` on, as many as fit one batch; the answer comes as an
    /// input. In the place of those named in `replaced` stands a `gap`.
    SendEvents {
        /// The call.
        call: CallId,
        /// The attempt.
        key: AttemptKey,
        /// The first event.
        first: u64,
        /// The last event that may be sent: what lies behind it is not synced.
        last: u64,
        /// Events that the server called invalid.
        replaced: Vec<u64>,
    },
    /// Append a record to the attempt's spool.
    Append(AttemptKey, SpoolRecord),
    /// Sync the spool up to there, then say so.
    Sync(SpoolPosition),
    /// Events up to there are stored by the server: their records may go.
    Trim(AttemptKey, u64),
    /// Make the workspace and its supervisor, which waits for `start`.
    Prepare(Prepare),
    /// Give the supervisor its `start`.
    Start(Start),
    /// Look after an attempt that was found at the start of the program: read what its robot left
    /// behind the last offsets, then say how it ended, or that its supervisor died.
    Resume(AttemptKey),
    /// Ask for the end of an attempt.
    Control(AttemptKey, Mode),
    /// Store the files of an ended attempt on the server, but for those named in `known`.
    Upload {
        /// The attempt.
        key: AttemptKey,
        /// Names of files that are stored.
        known: Vec<String>,
    },
    /// Store no further files of that attempt.
    StopUploads(AttemptKey),
    /// Delete spool and workspace of an attempt that need not be held any longer.
    Forget(AttemptKey),
    /// Move spool and workspace of an attempt that the server does not want out of the way, once
    /// nothing works in it.
    SetAside(AttemptKey),
    /// End this connection and make another.
    Reconnect,
    /// Look at the computer and send what was found with the next `renew`.
    Check,
    /// Tell the person in front of the terminal.
    Tell(Tell),
    /// End the program.
    Exit(ExitReason),
}

/// A workspace to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepare {
    /// The attempt.
    pub key: AttemptKey,
    /// What is to be run.
    pub offer: Offer,
}

/// A robot that may start.
#[derive(Debug, Clone)]
pub struct Start {
    /// The attempt.
    pub key: AttemptKey,
    /// Its secrets. Their `Debug` hides them.
    pub secrets: Vec<SecretValue>,
}

/// News for the terminal.
#[derive(Debug, Clone, PartialEq)]
pub enum Tell {
    /// The room is joined.
    Joined {
        /// The agent's name.
        name: String,
        /// What it holds.
        holding: usize,
    },
    /// The connection is gone.
    Disconnected,
    /// A job was taken.
    Taken {
        /// The attempt.
        key: AttemptKey,
        /// The robot's name.
        robot: String,
    },
    /// Its robot may start.
    Started {
        /// The attempt.
        key: AttemptKey,
        /// The robot's name.
        robot: String,
    },
    /// It ended.
    Ended {
        /// The attempt.
        key: AttemptKey,
        /// The robot's name.
        robot: String,
        /// How.
        outcome: Outcome,
    },
    /// Its outcome is stored by the server.
    Delivered {
        /// The attempt.
        key: AttemptKey,
    },
    /// Somebody asked for its end.
    Cancelling {
        /// The attempt.
        key: AttemptKey,
        /// How.
        mode: Mode,
    },
    /// The program takes nothing new and waits for what it holds.
    Finishing {
        /// How many attempts.
        holding: usize,
    },
    /// Something that its owner should know.
    Warning(String),
}

/// Why the program ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExitReason {
    /// Somebody wanted it.
    Done,
    /// The agent was removed by its user.
    Revoked,
    /// Another process uses its key.
    Replaced,
    /// The server does not speak this version.
    TooOld(String),
    /// The server does not know the key.
    Unauthenticated(String),
}
