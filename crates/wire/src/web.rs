//! The namespace `/web`: what pages and the server say to each other.

use model::parameter::GivenValue;
use model::{JobId, StopMode, Timestamp};
use serde::{Deserialize, Serialize};

use crate::IdText;
use crate::agent::{Goodbye, Limits, Nothing};
use crate::error::{ErrorBody, read_ack};
use crate::shapes::{Agent, Job, Pairing, Robot};

/// The name of the namespace.
pub const NAMESPACE: &str = "/web";

shapes! {
    /// The credential in the handshake's `auth`, for clients without the session cookie.
    Auth {
        /// The version of the wire.
        v: u32,
    }
    + optional {
        /// An API token.
        token: crate::SecretText,
    }

    /// `join`: subscribe to the user's room.
    Join {
        /// Whose room.
        user_id: IdText,
    }

    /// The answer to `join`.
    JoinAnswer {
        /// The room that was joined: the user id.
        room: String,
        /// The server's clock.
        server_time: Timestamp,
        /// The server's limits.
        limits: Limits,
        /// The name of the embedded page's build.
        build: String,
    }

    /// `leave`: unsubscribe.
    Leave {
        /// Whose room.
        user_id: IdText,
    }

    /// `cancel`: end a job.
    Cancel {
        /// The job.
        job_id: IdText,
        /// How.
        mode: StopMode,
    }

    /// The answer to `play` and `cancel`.
    JobAnswer {
        /// The job now.
        job: Job,
    }

    /// `watch`: follow a job's events.
    Watch {
        /// The job.
        job_id: IdText,
        /// The last event that the page has.
        #[serde(default)]
        after: u64,
    }
    + optional {
        /// The attempt; absent: the latest confirmed one.
        attempt: u32,
        /// Stay with that attempt.
        only: bool,
    }

    /// The answer to `watch`.
    WatchAnswer {
        /// The job now.
        job: Job,
        /// The last event that is stored.
        up_to: u64,
    }
    + optional {
        /// The attempt that is followed; absent until one begins.
        attempt: u32,
    }

    /// `unwatch`: follow it no longer.
    Unwatch {
        /// The job.
        job_id: IdText,
    }

    /// `behind`: the page was too slow and asks again.
    Behind {
        /// The job.
        job_id: JobId,
        /// The last event that is stored.
        up_to: u64,
    }
}

/// `play`: run a robot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "export",
    derive(ts_rs::TS),
    ts(optional_fields, rename = "PlayRequest")
)]
#[serde(rename_all = "camelCase")]
pub struct Play {
    /// The caller's id for this request: the same again is the same job.
    pub request_id: String,
    /// The robot.
    pub robot_id: IdText,
    /// Its version; absent: the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// The values that were entered.
    #[serde(default)]
    #[cfg_attr(feature = "export", ts(type = "PlayValue[]"))]
    pub parameters: Vec<GivenValue>,
    /// On this computer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<IdText>,
    /// On one with this label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_label: Option<String>,
}

/// What a page says.
#[derive(Debug, Clone, PartialEq)]
pub enum PageMessage {
    /// `join`
    Join(Join),
    /// `leave`
    Leave(Leave),
    /// `play`
    Play(Play),
    /// `cancel`
    Cancel(Cancel),
    /// `watch`
    Watch(Watch),
    /// `unwatch`
    Unwatch(Unwatch),
}

impl PageMessage {
    /// The names of all messages.
    pub const NAMES: [&'static str; 6] = ["join", "leave", "play", "cancel", "watch", "unwatch"];

    /// Reads the message of that name.
    ///
    /// # Errors
    /// The fields that are wrong; an unknown name is wrong as a whole.
    pub fn read(name: &str, json: &str) -> Result<Self, Vec<crate::Field>> {
        match name {
            "join" => crate::read(json).map(Self::Join),
            "leave" => crate::read(json).map(Self::Leave),
            "play" => crate::read(json).map(Self::Play),
            "cancel" => crate::read(json).map(Self::Cancel),
            "watch" => crate::read(json).map(Self::Watch),
            "unwatch" => crate::read(json).map(Self::Unwatch),
            _ => Err(vec![crate::error::unknown_message(name)]),
        }
    }

    /// The name of the message.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Join(_) => "join",
            Self::Leave(_) => "leave",
            Self::Play(_) => "play",
            Self::Cancel(_) => "cancel",
            Self::Watch(_) => "watch",
            Self::Unwatch(_) => "unwatch",
        }
    }

    /// The message as JSON.
    ///
    /// # Errors
    /// None is known for these types.
    pub fn to_json(&self) -> serde_json::Result<String> {
        match self {
            Self::Join(body) => serde_json::to_string(body),
            Self::Leave(body) => serde_json::to_string(body),
            Self::Play(body) => serde_json::to_string(body),
            Self::Cancel(body) => serde_json::to_string(body),
            Self::Watch(body) => serde_json::to_string(body),
            Self::Unwatch(body) => serde_json::to_string(body),
        }
    }
}

/// The server's answer to a page's message.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// To `join`.
    Join(JoinAnswer),
    /// To `leave` and `unwatch`.
    Nothing(Nothing),
    /// To `play` and `cancel`.
    Job(JobAnswer),
    /// To `watch`.
    Watch(WatchAnswer),
}

impl Answer {
    /// Reads the acknowledgement of the message of that name.
    ///
    /// # Errors
    /// The fields that are wrong; an unknown name is wrong as a whole.
    pub fn read(name: &str, json: &str) -> Result<Result<Self, ErrorBody>, Vec<crate::Field>> {
        match name {
            "join" => read_ack(json, Self::Join),
            "leave" | "unwatch" => read_ack(json, Self::Nothing),
            "play" | "cancel" => read_ack(json, Self::Job),
            "watch" => read_ack(json, Self::Watch),
            _ => Err(vec![crate::error::unknown_message(name)]),
        }
    }
}

shapes! {
    /// `job`: a job changed. Without its parameters.
    JobPush {
        /// The job.
        job: Job,
    }

    /// `robot`: a robot changed.
    RobotPush {
        /// The robot.
        robot: Robot,
    }

    /// `agent`: an agent changed.
    AgentPush {
        /// The agent.
        agent: Agent,
    }

    /// `pairing`: a computer asks to be let in, or was answered.
    PairingPush {
        /// The pairing.
        pairing: Pairing,
    }
}

/// What the server says to a page by itself, besides events, which stay bytes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ServerMessage {
    /// `job`
    Job(JobPush),
    /// `robot`
    Robot(RobotPush),
    /// `agent`
    Agent(AgentPush),
    /// `pairing`
    Pairing(PairingPush),
    /// `behind`
    Behind(Behind),
    /// `goodbye`
    Goodbye(Goodbye),
}

impl ServerMessage {
    /// The names of all messages, `events` included.
    pub const NAMES: [&'static str; 7] = [
        "job", "robot", "agent", "pairing", "events", "behind", "goodbye",
    ];

    /// The name of the message.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Job(_) => "job",
            Self::Robot(_) => "robot",
            Self::Agent(_) => "agent",
            Self::Pairing(_) => "pairing",
            Self::Behind(_) => "behind",
            Self::Goodbye(_) => "goodbye",
        }
    }

    /// Reads the message of that name; nothing for `events`, which stay bytes, and for a name that
    /// this version does not know.
    ///
    /// # Errors
    /// The fields that are wrong.
    pub fn read(name: &str, json: &str) -> Result<Option<Self>, Vec<crate::Field>> {
        Ok(Some(match name {
            "job" => Self::Job(crate::read(json)?),
            "robot" => Self::Robot(crate::read(json)?),
            "agent" => Self::Agent(crate::read(json)?),
            "pairing" => Self::Pairing(crate::read(json)?),
            "behind" => Self::Behind(crate::read(json)?),
            "goodbye" => Self::Goodbye(crate::read(json)?),
            _ => return Ok(None),
        }))
    }
}
