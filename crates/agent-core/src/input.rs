//! What can happen to the agent.

use model::{ArtifactId, AttemptKey, Check, Failure, Outcome};
use wire::ErrorBody;
use wire::agent::{Answer, ServerMessage};

use crate::event::EventText;
use crate::recovered::{Recovered, SpoolRecord, TailOffsets};

/// A call to the server, from its sending to its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// How many spool records were appended so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SpoolPosition(pub u64);

/// One thing that happened.
#[derive(Debug)]
pub enum Input {
    /// What the disk holds, and it is synced; once, before all others.
    Found(Vec<Recovered>),
    /// The socket is connected; nothing was said on it yet.
    Connected,
    /// A call was answered, or will never be.
    Answer(CallId, Result<Answer, CallError>),
    /// The server said something by itself.
    Push(ServerMessage),
    /// The connection is gone.
    Closed(Closed),
    /// The spool is on disk up to here.
    Synced(SpoolPosition),
    /// A record could not be appended, and nothing of it is on disk. Such inputs come in the order
    /// of the records and before any other; records of that attempt that stood behind the first
    /// of them among the effects are not appended either.
    NotSpooled {
        /// The attempt.
        key: AttemptKey,
        /// The record.
        record: SpoolRecord,
        /// Why.
        reason: String,
    },
    /// The computer was looked at.
    Checked(Vec<Check>),
    /// The workspace is there and its supervisor waits for `start`, or not.
    Prepared(AttemptKey, Result<(), PrepareFailure>),
    /// Something happened in an attempt.
    Robot(AttemptKey, RobotNews),
    /// A file was stored by the server, or refused.
    Uploaded(AttemptKey, Artifact),
    /// No further file of that attempt will come.
    UploadsDone(AttemptKey),
    /// A point in time that [`crate::AgentCore::wake_at`] asked for.
    Tick,
    /// Somebody wants the program to end.
    Shutdown(Shutdown),
}

/// A call that was not answered with what it asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum CallError {
    /// The connection ended, or the answer did not come in time: it may have been carried out.
    Lost,
    /// The server refused it.
    Refused(ErrorBody),
}

/// Why the connection is gone.
#[derive(Debug, Clone, PartialEq)]
pub enum Closed {
    /// It broke, or could not be made; the socket tries again by itself.
    Broke,
    /// The server refused the handshake.
    Refused(JoinRefused),
}

/// A refused handshake.
#[derive(Debug, Clone, PartialEq)]
pub enum JoinRefused {
    /// The key opens nothing.
    Unauthenticated(String),
    /// The agent was removed by its user.
    Revoked,
    /// The server does not speak this version.
    UnsupportedVersion(String),
    /// Not now.
    TryAgain(String),
}

/// What happened in an attempt.
#[derive(Debug, Clone)]
pub enum RobotNews {
    /// Events, read up to these offsets.
    Events {
        /// What happened, not yet numbered.
        events: Vec<EventText>,
        /// How far the files of the attempt were read.
        offsets: TailOffsets,
    },
    /// The supervisor ended and everything was read.
    Ended(Outcome),
    /// The supervisor is gone without having said how it ended, and what was left of its processes
    /// was killed.
    Died,
}

/// Why a workspace could not be prepared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrepareFailure {
    /// As what an attempt that cannot be prepared ends.
    pub failure: Failure,
    /// Why.
    pub message: String,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Artifact {
    /// It is stored.
    Stored {
        /// Its id.
        id: ArtifactId,
        /// Its name.
        name: String,
        /// Its size.
        size_bytes: u64,
        /// Its media type.
        media_type: String,
    },
    /// It was refused, or could not be read.
    Refused {
        /// Its name.
        name: String,
        /// Why.
        message: String,
    },
}

/// How urgently somebody wants the program to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shutdown {
    /// After what it holds is done.
    Finish,
    /// Now; supervisors go on.
    Now,
}
