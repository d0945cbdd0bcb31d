//! What a history is made of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{AgentId, Attempt, JobId, RequestId, UserId, ViewerId};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// When, on the one clock of whoever writes the history. Records are in its order.
    pub at_ms: u64,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "what",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum What {
    /// The limits that are in force, before all that they apply to.
    Limits(Limits),
    /// A computer may hold so many jobs at a time from now on.
    Slots {
        /// The agent.
        agent: AgentId,
        /// How many.
        slots: usize,
    },
    /// Somebody asked for a job. Told for each try, before its answer.
    PlayAsked {
        /// Who.
        user: UserId,
        /// The name of the request.
        request: RequestId,
        /// A digest of what was asked for.
        content: String,
    },
    /// A try was answered with a job.
    PlayAnswered {
        /// Who asked.
        user: UserId,
        /// The name of the request.
        request: RequestId,
        /// The digest of what was asked for.
        content: String,
        /// The job.
        job: JobId,
        /// The robot's owner declared that it may run again.
        repeatable: bool,
    },
    /// Somebody asked for the end of a job. Told for each try, before its answer.
    CancelAsked {
        /// The job.
        job: JobId,
        /// How.
        mode: Mode,
    },
    /// A request for the end was taken, and answered with this status.
    CancelAnswered {
        /// The job.
        job: JobId,
        /// Its status in the answer.
        status: Status,
        /// The latest attempt in the answer; 0: none.
        attempt: u32,
    },
    /// The supervisor of a working robot was told to end it.
    CancelReached {
        /// Which.
        #[serde(flatten)]
        attempt: Attempt,
        /// How.
        mode: Mode,
    },
    /// The agent was removed by its user.
    Removed {
        /// The agent.
        agent: AgentId,
    },
    /// Another computer works with a copy of the agent's folder from now on.
    FolderCopied {
        /// The agent.
        agent: AgentId,
    },
    /// The agent's disk lost what it had said to hold.
    DiskLied {
        /// The agent.
        agent: AgentId,
    },
    /// The agent's folder is what it was earlier.
    FolderRolledBack {
        /// The agent.
        agent: AgentId,
    },
    /// The robot began to work, by its own witness.
    RobotStarted {
        /// Which.
        #[serde(flatten)]
        attempt: Attempt,
        /// Of which agent.
        agent: AgentId,
    },
    /// The robot has written its log line of this number, counted from 1.
    RobotSaid {
        /// Which.
        #[serde(flatten)]
        attempt: Attempt,
        /// The number.
        line: u64,
    },
    /// The robot ended, by its own witness or its supervisor's.
    RobotEnded {
        /// Which.
        #[serde(flatten)]
        attempt: Attempt,
        /// How.
        how: RobotEnd,
    },
    /// Somebody saw this status of a job, and later ones after it.
    Seen {
        /// Who.
        viewer: ViewerId,
        /// The job.
        job: JobId,
        /// What was seen.
        status: Status,
    },
    /// All that agents hold at one moment, by one look into the store.
    Holding {
        /// The jobs, offers included, by agent.
        held: BTreeMap<AgentId, Vec<JobId>>,
    },
    /// A server took a sign of life of the agent.
    Heard {
        /// The agent.
        agent: AgentId,
    },
    /// Nobody can hear agents: the last server stopped, or the store is away.
    DeafSince,
    /// Agents can be heard again.
    HearsAgain,
    /// A server's clock was set. What was silence until when cannot be judged from then on.
    ClockSet,
    /// The store says of an executing attempt that its agent was silent for too long.
    SilentTooLong {
        /// Which.
        #[serde(flatten)]
        attempt: Attempt,
        /// Of which agent.
        agent: AgentId,
    },
    /// From now on nothing goes wrong any more: what is down was started, lines hold.
    Healed,
    /// What the store says of a job in the end.
    Final(FinalJob),
    /// The log of an attempt in the end, in the order in which it is handed out.
    FinalLog {
        /// Which.
        #[serde(flatten)]
        attempt: Attempt,
        /// Its events.
        events: Vec<Event>,
    },
    /// The names of the files that are stored for an attempt in the end.
    FinalFiles {
        /// Which.
        #[serde(flatten)]
        attempt: Attempt,
        /// The names.
        names: Vec<String>,
    },
    /// What somebody who still looks sees of a job in the end.
    FinallySeen {
        /// Who.
        viewer: ViewerId,
        /// The job.
        job: JobId,
        /// What is seen.
        status: Status,
        /// How much of the log of its latest attempt, when it is watched.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        log_to: Option<u64>,
    },
}

/// The limits that people count on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// An agent is lost after so long a silence, not before.
    pub lost_ms: u64,
    /// A Stop that reached the supervisor is carried out within this.
    pub stop_ms: u64,
    /// A Kill that reached the supervisor is carried out within this.
    pub kill_ms: u64,
    /// A request for the end is carried out within this once nothing goes wrong.
    pub cancel_ms: u64,
    /// A repeatable robot gets so many attempts.
    pub attempts: usize,
}

/// How the end of a job is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// By asking the robot.
    Stop,
    /// By ending its processes.
    Kill,
}

/// The status of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// Nothing was started.
    Waiting,
    /// The robot may have started.
    Executing,
    /// The robot was successful.
    Success,
    /// It was not, or nobody can know.
    Failed,
    /// It was ended because somebody asked for it.
    Cancelled,
}

impl Status {
    /// Whether the job is over.
    #[must_use]
    pub fn has_ended(self) -> bool {
        !matches!(self, Self::Waiting | Self::Executing)
    }
}

/// How a robot ended, by its witness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RobotEnd {
    /// Well.
    Success,
    /// Badly.
    Failed,
    /// Its processes were ended.
    Killed,
    /// With the power of its computer; what it had said last may be gone with it.
    PowerLost,
}

/// The outcome of a job or of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "failure", rename_all = "camelCase")]
pub enum Outcome {
    /// The robot was successful.
    Success,
    /// It failed.
    Failed(Failure),
    /// It was ended.
    Cancelled,
}

/// Why something failed, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Failure {
    /// The agent, its computer or the supervisor was lost.
    AgentLost,
    /// The robot says so, or its time was over.
    Robot,
    /// Something around it.
    Other,
}

/// What the store says of a job in the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FinalJob {
    /// The job.
    pub job: JobId,
    /// Its status.
    pub status: Status,
    /// Its confirmed attempts, oldest first.
    pub attempts: Vec<FinalAttempt>,
}

/// What the store says of an attempt in the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FinalAttempt {
    /// Its number.
    pub n: u32,
    /// Whose it is.
    pub agent: AgentId,
    /// How it ended for the job, in time or by the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// What its agent reported after the server had ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<Outcome>,
    /// The last event of its log as its agent reported it; absent while nothing is reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seq: Option<u64>,
}

/// One event of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its number.
    pub seq: u64,
    /// What it is.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What an event is, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum EventKind {
    /// The robot's log line of this number.
    Line {
        /// The number.
        line: u64,
    },
    /// Something was dropped.
    Gap {
        /// Its log on the computer's disk was lost: what was read before may be read again.
        lost: bool,
    },
    /// A file.
    File {
        /// Its name.
        name: String,
    },
    /// Anything else.
    Other,
}

impl Event {
    /// Reads an event as it is handed out: `{"seq":…,"kind":…,…}`. A log line of the robot is
    /// one whose text is a number, with `line ` before it or without.
    #[must_use]
    pub fn read(event: &serde_json::Value) -> Self {
        let text = |field: &str| event[field].as_str().unwrap_or_default();
        let kind = match text("kind") {
            "log" => {
                let said = text("text");
                let number = said.strip_prefix("line ").unwrap_or(said).parse();
                number.map_or(EventKind::Other, |line| EventKind::Line { line })
            }
            "gap" => EventKind::Gap {
                lost: matches!(text("reason"), "disk_lost" | "server_lost"),
            },
            "artifact" => EventKind::File {
                name: text("name").to_owned(),
            },
            _ => EventKind::Other,
        };
        let seq = event["seq"].as_u64().unwrap_or(0);
        Self { seq, kind }
    }
}
