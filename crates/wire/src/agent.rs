//! The namespace `/agent`: what agents and the server say to each other.

use model::parameter::SecretValue;
use model::{
    AgentId, Check, JobId, Limits as ModelLimits, Outcome, RobotId, RobotKind, Sha256, StopMode,
    Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::IdText;
use crate::error::{ErrorBody, read_ack};
pub use crate::event::RawBatch as Events;

/// The name of the namespace.
pub const NAMESPACE: &str = "/agent";

words! {
    /// How far an agent got with what it holds.
    HeldState {
        /// On its disk; `start` is not given.
        Accepted = "accepted",
        /// `start` is given.
        Running = "running",
        /// Its outcome is known.
        Ended = "ended",
    }

    /// Why an agent need not hold something any longer.
    DropReason {
        /// Its offer is gone.
        Stale = "stale",
        /// Its outcome is stored.
        Ended = "ended",
        /// The rest. A reason that this version does not know is read as this one.
        #[serde(other)]
        Unknown = "unknown",
    }

    /// Why the server ends a connection.
    GoodbyeReason {
        /// The agent was removed by its user.
        Revoked = "revoked",
        /// A newer connection uses the same key.
        Replaced = "replaced",
        /// The page's user signed out.
        SignedOut = "signed_out",
        /// The server is about to stop. A reason that this version does not know is read as this
        /// one: the connection ends, and one may come back.
        #[serde(other)]
        Draining = "draining",
    }

    /// What is to become of what runs on a removed agent.
    RunningThen {
        /// It is stopped.
        Stop = "stop",
        /// It finishes, unheard.
        Finish = "finish",
    }
}

shapes! {
    /// The credential in the handshake's `auth`.
    Auth {
        /// The version of the wire.
        v: u32,
        /// The user id that the agent was told.
        user_id: String,
        /// The agent.
        agent_id: String,
        /// Its key.
        key: crate::SecretText,
        /// Random for each process.
        instance: String,
    }

    /// `join`: first of all messages.
    Join {
        /// Whose room.
        user_id: IdText,
        /// The most attempts at once: 1–64.
        #[serde(deserialize_with = "crate::shape::between::<1, 64, _, _>")]
        slots: u32,
        /// The program's version.
        version: String,
        /// The operating system; an open list.
        os: String,
        /// The computer's own name.
        host: String,
        /// All that the agent holds.
        holding: Vec<Holding>,
    }
    + optional {
        /// What it found on its computer.
        checks: Vec<Check>,
    }

    /// Something that the agent holds.
    Holding {
        /// The job.
        job_id: IdText,
        /// The attempt.
        attempt: u32,
        /// How far it got.
        state: HeldState,
        /// Its own last event.
        last_seq: u64,
    }

    /// The answer to `join`.
    JoinAnswer {
        /// The room that was joined: the user id.
        room: String,
        /// The agent.
        agent_id: AgentId,
        /// Its name.
        name: String,
        /// The server's clock.
        server_time: Timestamp,
        /// The server's limits.
        limits: Limits,
        /// What goes on, and up to which event it is stored.
        #[serde(default)]
        keep: Vec<Keep>,
        /// What the agent need not hold any longer.
        #[serde(default)]
        drop: Vec<Drop>,
        /// What is to be ended.
        #[serde(default)]
        cancel: Vec<Cancel>,
    }

    /// Something that the agent goes on with.
    Keep {
        /// The job.
        job_id: JobId,
        /// The attempt.
        attempt: u32,
        /// The last event that is stored.
        up_to: u64,
    }

    /// Something that the agent need not hold any longer.
    Drop {
        /// The job, as the agent named it.
        job_id: IdText,
        /// The attempt.
        attempt: u32,
        /// Why.
        reason: DropReason,
    }

    /// Limits that a peer must know. Times in milliseconds.
    Limits {
        /// The largest message.
        message_bytes: u64,
        /// The most events in a batch.
        batch_events: u32,
        /// The longest text of an event.
        log_line_bytes: u64,
        /// The largest parameters of one job.
        parameters_bytes: u64,
        /// The most unanswered batches.
        batches_in_flight: u32,
        /// How long an offer lasts.
        offer_ms: u64,
        /// How often an agent renews.
        renew_ms: u64,
        /// Silence after which people are told.
        silent_ms: u64,
        /// Silence after which the server decides.
        lost_ms: u64,
    }

    /// `claim`: the agent has free slots.
    Claim {
        /// The agent's own id of this claim, across connections: 1–64 of `[A-Za-z0-9._-]`.
        claim_id: String,
        /// The most offers that it wants: 0–64.
        #[serde(deserialize_with = "crate::shape::between::<0, 64, _, _>")]
        free: u32,
    }

    /// The answer to `claim`.
    ClaimAnswer {
        /// At most `free`, possibly none.
        offers: Vec<Offer>,
    }

    /// A job held out to the agent.
    Offer {
        /// The job.
        job_id: JobId,
        /// The number of the offer.
        attempt: u32,
        /// When it runs out, by the server's clock.
        expires_at: Timestamp,
        /// What is to be run.
        robot: OfferedRobot,
        /// With what.
        parameters: Vec<OfferedParameter>,
        /// How.
        settings: OfferedSettings,
    }
    + optional {
        /// The W3C trace context of the play.
        traceparent: String,
    }

    /// The robot of an offer.
    OfferedRobot {
        /// Its id.
        id: RobotId,
        /// Its name.
        name: String,
        /// Its version.
        version: u32,
        /// What kind of program it is.
        kind: RobotKind,
        /// The digest of the source or of the package.
        sha256: Sha256,
    }
    + optional {
        /// The text of a single file up to 64 KiB.
        source: String,
        /// The path on the server where the rest lies: a package, or a longer file.
        package_url: String,
    }

    /// A parameter of an offer.
    OfferedParameter {
        /// Its name.
        name: String,
        /// Its type.
        r#type: String,
    }
    + optional {
        /// Its value.
        #[cfg_attr(feature = "export", ts(type = "string | number | boolean"))]
        value: serde_json::Value,
        /// A secret: whether one was given. Its value comes with the confirmation.
        set: bool,
    }

    /// The settings of an offer.
    OfferedSettings {
        /// How long a stopped robot may clean up.
        stop_grace_ms: u64,
        /// Its owner declared that doing it twice does no harm.
        repeatable: bool,
    }
    + optional {
        /// The longest time from the start of the robot's process.
        timeout_ms: u64,
    }

    /// `confirm`: the agent has the offer on its disk.
    Confirm {
        /// The job.
        job_id: IdText,
        /// The attempt.
        attempt: u32,
    }

    /// `decline`: the agent does not take the offer.
    Decline {
        /// The job.
        job_id: IdText,
        /// The attempt.
        attempt: u32,
        /// Why; an open list.
        reason: String,
    }
    + optional {
        /// Why, as a sentence.
        message: String,
    }

    /// The answer to `events`.
    EventsAnswer {
        /// Everything up to and including this event is stored.
        up_to: u64,
    }

    /// `finish`: how the attempt ended.
    Finish {
        /// The job.
        job_id: IdText,
        /// The attempt.
        attempt: u32,
        /// Its last event.
        last_seq: u64,
        /// How it ended.
        outcome: Outcome,
    }

    /// The answer to `finish`.
    FinishAnswer {
        /// The outcome that stands.
        outcome: Outcome,
    }
    + optional {
        /// The server had ended the attempt before.
        late: bool,
    }

    /// `renew`: a sign of life.
    Renew {
        /// All that the agent holds.
        running: Vec<Named>,
        /// Its free slots.
        #[serde(deserialize_with = "crate::shape::between::<0, 64, _, _>")]
        free: u32,
    }
    + optional {
        /// What it found on its computer.
        checks: Vec<Check>,
    }

    /// An attempt that is named.
    Named {
        /// The job.
        job_id: IdText,
        /// The attempt.
        attempt: u32,
    }

    /// The answer to `renew`.
    RenewAnswer {
        /// What the agent need not hold any longer.
        #[serde(default)]
        drop: Vec<Drop>,
        /// What is to be ended.
        #[serde(default)]
        cancel: Vec<Cancel>,
    }

    /// An answer without content.
    Nothing {}

    /// `work`: there may be something to claim.
    Work {}

    /// `cancel`: end an attempt.
    Cancel {
        /// The job.
        job_id: JobId,
        /// The attempt.
        attempt: u32,
        /// How.
        mode: StopMode,
    }

    /// `check`: look at the computer now.
    CheckNow {}

    /// `goodbye`: the connection ends.
    Goodbye {
        /// Why.
        reason: GoodbyeReason,
    }
    + optional {
        /// When to come back.
        reconnect_in_ms: u64,
        /// What is to become of what runs.
        running: RunningThen,
    }
}

/// The answer to `confirm`: now the robot may start.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(ts_rs::TS))]
pub struct ConfirmAnswer {
    /// The secrets of the job; possibly none.
    #[cfg_attr(feature = "export", ts(type = "{ name: string, value: string }[]"))]
    pub secrets: Vec<SecretValue>,
}

impl std::fmt::Debug for ConfirmAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConfirmAnswer")
            .field("secrets", &self.secrets.len())
            .finish()
    }
}

impl From<&ModelLimits> for Limits {
    fn from(limits: &ModelLimits) -> Self {
        Self {
            message_bytes: limits.message_bytes,
            batch_events: limits.batch_events,
            log_line_bytes: limits.log_line_bytes,
            parameters_bytes: limits.parameters_bytes,
            batches_in_flight: limits.batches_in_flight,
            offer_ms: limits.offer_ms,
            renew_ms: limits.renew_ms,
            silent_ms: limits.silent_ms,
            lost_ms: limits.lost_ms,
        }
    }
}

/// What an agent says.
#[derive(Debug, Clone, PartialEq)]
pub enum AgentMessage {
    /// `join`
    Join(Join),
    /// `claim`
    Claim(Claim),
    /// `confirm`
    Confirm(Confirm),
    /// `decline`
    Decline(Decline),
    /// `events`
    Events(Events),
    /// `finish`
    Finish(Finish),
    /// `renew`
    Renew(Renew),
}

impl AgentMessage {
    /// The names of all messages.
    pub const NAMES: [&'static str; 7] = [
        "join", "claim", "confirm", "decline", "events", "finish", "renew",
    ];

    /// Reads the message of that name.
    ///
    /// # Errors
    /// The fields that are wrong; an unknown name is wrong as a whole.
    pub fn read(name: &str, json: &str) -> Result<Self, Vec<crate::Field>> {
        match name {
            "join" => crate::read(json).map(Self::Join),
            "claim" => crate::read(json).map(Self::Claim),
            "confirm" => crate::read(json).map(Self::Confirm),
            "decline" => crate::read(json).map(Self::Decline),
            "events" => crate::read(json).map(Self::Events),
            "finish" => crate::read(json).map(Self::Finish),
            "renew" => crate::read(json).map(Self::Renew),
            _ => Err(vec![crate::error::unknown_message(name)]),
        }
    }

    /// The name of the message.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Join(_) => "join",
            Self::Claim(_) => "claim",
            Self::Confirm(_) => "confirm",
            Self::Decline(_) => "decline",
            Self::Events(_) => "events",
            Self::Finish(_) => "finish",
            Self::Renew(_) => "renew",
        }
    }

    /// The message as JSON.
    ///
    /// # Errors
    /// None is known for these types.
    pub fn to_json(&self) -> serde_json::Result<String> {
        match self {
            Self::Join(body) => serde_json::to_string(body),
            Self::Claim(body) => serde_json::to_string(body),
            Self::Confirm(body) => serde_json::to_string(body),
            Self::Decline(body) => serde_json::to_string(body),
            Self::Events(body) => serde_json::to_string(body),
            Self::Finish(body) => serde_json::to_string(body),
            Self::Renew(body) => serde_json::to_string(body),
        }
    }
}

/// The server's answer to an agent's message.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// To `join`.
    Join(JoinAnswer),
    /// To `claim`.
    Claim(ClaimAnswer),
    /// To `confirm`.
    Confirm(ConfirmAnswer),
    /// To `decline`.
    Decline(Nothing),
    /// To `events`.
    Events(EventsAnswer),
    /// To `finish`.
    Finish(FinishAnswer),
    /// To `renew`.
    Renew(RenewAnswer),
}

impl Answer {
    /// Reads the acknowledgement of the message of that name.
    ///
    /// # Errors
    /// The fields that are wrong; an unknown name is wrong as a whole.
    pub fn read(name: &str, json: &str) -> Result<Result<Self, ErrorBody>, Vec<crate::Field>> {
        match name {
            "join" => read_ack(json, Self::Join),
            "claim" => read_ack(json, Self::Claim),
            "confirm" => read_ack(json, Self::Confirm),
            "decline" => read_ack(json, Self::Decline),
            "events" => read_ack(json, Self::Events),
            "finish" => read_ack(json, Self::Finish),
            "renew" => read_ack(json, Self::Renew),
            _ => Err(vec![crate::error::unknown_message(name)]),
        }
    }
}

/// What the server says to an agent by itself.
#[derive(Debug, Clone, PartialEq)]
pub enum ServerMessage {
    /// `work`
    Work,
    /// `cancel`
    Cancel(Cancel),
    /// `check`
    Check,
    /// `goodbye`
    Goodbye(Goodbye),
}

impl ServerMessage {
    /// The names of all messages.
    pub const NAMES: [&'static str; 4] = ["work", "cancel", "check", "goodbye"];

    /// The name of the message.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Cancel(_) => "cancel",
            Self::Check => "check",
            Self::Goodbye(_) => "goodbye",
        }
    }

    /// Reads the message of that name; nothing for a name that this version does not know.
    ///
    /// # Errors
    /// The fields that are wrong.
    pub fn read(name: &str, json: &str) -> Result<Option<Self>, Vec<crate::Field>> {
        Ok(Some(match name {
            "work" => Self::Work,
            "check" => Self::Check,
            "cancel" => Self::Cancel(crate::read(json)?),
            "goodbye" => Self::Goodbye(crate::read(json)?),
            _ => return Ok(None),
        }))
    }

    /// The message's object.
    ///
    /// # Errors
    /// None is known for these types.
    pub fn to_value(&self) -> serde_json::Result<serde_json::Value> {
        match self {
            Self::Work => serde_json::to_value(Work {}),
            Self::Check => serde_json::to_value(CheckNow {}),
            Self::Cancel(body) => serde_json::to_value(body),
            Self::Goodbye(body) => serde_json::to_value(body),
        }
    }
}
