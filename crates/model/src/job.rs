//! A job: one execution that somebody asked for, and everything that decides what may happen to it.
//!
//! A [`Job`] is one document in the store, changed only through [`crate::transition`]. Its
//! parameters, secrets, events and artifacts lie beside it, because no rule looks at them.

use serde::{Deserialize, Serialize};

use crate::agent::{Connection, InstanceId};
use crate::ids::{AgentId, AttemptNumber, JobId, RobotId, UserId};
use crate::names::{Label, Name, RequestKey};
use crate::outcome::{Ending, Outcome};
use crate::person::Actor;
use crate::robot::RobotSettings;
use crate::time::Timestamp;

/// One execution of one version of a robot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Its number for people: of this robot, from 1, never reused.
    pub number: u64,
    /// Whose it is.
    pub user_id: UserId,
    /// What it runs.
    pub robot_id: RobotId,
    /// The robot's name at play; kept when the robot is renamed or deleted.
    pub robot_name: Name,
    /// The version that it runs.
    pub robot_version: u32,
    /// Grows with each stored change except events.
    pub rev: u64,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// Who asked for it.
    pub created_by: Actor,
    /// The job whose content it repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<JobId>,
    /// Where it was asked to run.
    #[serde(default)]
    pub wanted: Wanted,
    /// The labels that its agent must have: the robot's, kept up to date while it waits.
    #[serde(default)]
    pub labels: Vec<Label>,
    /// The robot's settings at play.
    pub settings: RobotSettings,
    /// The number of the latest offer; 0 before the first.
    pub last_attempt: AttemptNumber,
    /// The agent of the latest offer or attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_agent: Option<AgentName>,
    /// What is true now.
    pub state: JobState,
    /// Confirmed attempts that are over, oldest first.
    #[serde(default)]
    pub past: Vec<PastAttempt>,
    /// The request to end it. It stands as long as an attempt may still run, also beyond the end
    /// of the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel: Option<CancelRequest>,
    /// The latest refusal of each agent that declined it.
    #[serde(default)]
    pub declined: Vec<Declined>,
}

/// An agent and the name that people gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentName {
    /// The agent.
    pub id: AgentId,
    /// Its name at that time.
    pub name: Name,
}

/// Where a job was asked to run, besides the robot's own labels.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Wanted {
    /// On this agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentId>,
    /// On one with this label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
}

/// What is true of a job now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum JobState {
    /// Nothing has started.
    Waiting {
        /// Held out to one agent, which has not yet said yes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offer: Option<Offer>,
    },
    /// The robot may have started.
    Executing {
        /// The attempt that owns the job.
        attempt: Attempt,
    },
    /// It has its one outcome.
    Ended {
        /// How it ended.
        outcome: Outcome,
        /// When the server stored that.
        at: Timestamp,
    },
}

/// The five statuses that people see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "export", derive(ts_rs::TS))]
pub enum Status {
    /// Nothing has started.
    Waiting,
    /// The robot may have started.
    Executing,
    /// Ended well.
    Success,
    /// Ended badly.
    Failed,
    /// Ended because somebody asked for it.
    Cancelled,
}

impl Status {
    /// The status as it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Executing => "executing",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::Waiting,
            Self::Executing,
            Self::Success,
            Self::Failed,
            Self::Cancelled,
        ]
        .into_iter()
        .find(|status| status.as_str() == text)
    }
}

/// A job held out to one agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    /// Its number.
    pub n: AttemptNumber,
    /// The agent, its process and the connection that claimed or last kept it.
    pub by: Connection,
    /// The agent's name.
    pub agent_name: Name,
    /// The agent's own id of its claim: a repeated claim is answered with the same offers.
    pub claim_id: RequestKey,
    /// When it was made.
    pub offered_at: Timestamp,
    /// When it runs out, by the server's clock.
    pub expires_at: Timestamp,
}

/// An offer that its agent confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// Its number.
    pub n: AttemptNumber,
    /// The agent and the connection that confirmed or last kept it. The instance is that of the
    /// process that confirmed, and never changes.
    pub by: Connection,
    /// The agent's name.
    pub agent_name: Name,
    /// When it was offered.
    pub offered_at: Timestamp,
    /// When it was confirmed: the job's `startedAt`.
    pub confirmed_at: Timestamp,
}

/// A confirmed attempt that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PastAttempt {
    /// The attempt.
    #[serde(flatten)]
    pub attempt: Attempt,
    /// When the server stored its end.
    pub ended_at: Timestamp,
    /// How it ended: as its agent reported in time, or as the server decided.
    pub outcome: Outcome,
    /// What its agent has told.
    pub reported: Reported,
}

/// What the agent of a past attempt has told about its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "when", rename_all = "camelCase")]
pub enum Reported {
    /// The stored outcome is the agent's own.
    InTime {
        /// The last event of the attempt.
        #[serde(rename = "lastSeq")]
        last_seq: u64,
    },
    /// The server ended it by itself, and the agent has not told yet: it may still run.
    NotYet,
    /// The server ended it because its user removed the agent: nobody can tell or be told.
    Never,
    /// The server ended it by itself; this is what really happened.
    Late {
        /// The agent's outcome.
        outcome: Outcome,
        /// When it arrived.
        at: Timestamp,
        /// The last event of the attempt.
        #[serde(rename = "lastSeq")]
        last_seq: u64,
    },
}

/// How somebody wants a job to end. A mode only rises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "export", derive(ts_rs::TS), ts(rename = "CancelMode"))]
pub enum StopMode {
    /// Ask the robot to end; its teardowns run.
    Stop,
    /// End its process tree where it stands.
    Kill,
}

/// A request to end a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelRequest {
    /// The highest mode that was asked for.
    pub mode: StopMode,
    /// Who asked for that mode.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// The highest mode that reached the agent of the current attempt, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached: Option<Reached>,
}

/// A request that was sent to a connected agent or stood in an answer to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// The mode that the agent was told.
    pub mode: StopMode,
    /// When it was told first.
    pub at: Timestamp,
}

/// An agent that did not take the job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Declined {
    /// The agent.
    pub agent: AgentId,
    /// Why, as a code; an open list.
    pub reason: String,
    /// Why, in the agent's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Until when it is not asked again.
    pub until: Timestamp,
}

impl Job {
    /// What people see.
    #[must_use]
    pub fn status(&self) -> Status {
        match &self.state {
            JobState::Waiting { .. } => Status::Waiting,
            JobState::Executing { .. } => Status::Executing,
            JobState::Ended { outcome, .. } => match outcome.ending {
                Ending::Success => Status::Success,
                Ending::Failed { .. } => Status::Failed,
                Ending::Cancelled { .. } => Status::Cancelled,
            },
        }
    }

    /// The open offer.
    #[must_use]
    pub fn offer(&self) -> Option<&Offer> {
        match &self.state {
            JobState::Waiting { offer } => offer.as_ref(),
            JobState::Executing { .. } | JobState::Ended { .. } => None,
        }
    }

    /// The attempt that owns the job now.
    #[must_use]
    pub fn current(&self) -> Option<&Attempt> {
        match &self.state {
            JobState::Executing { attempt } => Some(attempt),
            JobState::Waiting { .. } | JobState::Ended { .. } => None,
        }
    }

    /// The latest attempt that was ever confirmed.
    #[must_use]
    pub fn latest_confirmed(&self) -> Option<&Attempt> {
        self.current()
            .or_else(|| self.past.last().map(|past| &past.attempt))
    }

    /// The confirmed attempt of that number.
    #[must_use]
    pub fn confirmed(&self, n: AttemptNumber) -> Option<&Attempt> {
        let past = self.past.iter().map(|past| &past.attempt);
        past.chain(self.current()).find(|attempt| attempt.n == n)
    }

    /// The past attempt of that number.
    #[must_use]
    pub fn past(&self, n: AttemptNumber) -> Option<&PastAttempt> {
        self.past.iter().find(|past| past.attempt.n == n)
    }

    /// The agent that holds an open offer or the current attempt: one of its slots is taken.
    #[must_use]
    pub fn holder(&self) -> Option<AgentId> {
        let offer = self.offer().map(|offer| offer.by.agent);
        offer.or_else(|| self.current().map(|attempt| attempt.by.agent))
    }

    /// The attempts that the server ended by itself and whose agents have not told yet.
    pub fn unreported(&self) -> impl Iterator<Item = &PastAttempt> {
        self.past
            .iter()
            .filter(|past| past.reported == Reported::NotYet)
    }

    /// The mode that this attempt must be told, if somebody asked for its end and its outcome is
    /// not known.
    #[must_use]
    pub fn cancel_of(&self, n: AttemptNumber) -> Option<StopMode> {
        let open = self.current().is_some_and(|attempt| attempt.n == n)
            || self.unreported().any(|past| past.attempt.n == n);
        self.cancel
            .as_ref()
            .filter(|_| open)
            .map(|request| request.mode)
    }

    /// Whether this agent may be offered the job at `now`, by labels, wish and earlier refusals.
    #[must_use]
    pub fn fits(&self, agent: AgentId, labels: &[Label], now: Timestamp) -> bool {
        self.wanted.agent.is_none_or(|wanted| wanted == agent)
            && self.required_labels().all(|label| labels.contains(label))
            && !self
                .declined
                .iter()
                .any(|d| d.agent == agent && now < d.until)
    }

    /// The labels that its agent must have.
    pub fn required_labels(&self) -> impl Iterator<Item = &Label> {
        self.labels.iter().chain(self.wanted.label.as_ref())
    }

    /// The process that confirmed the current attempt.
    #[must_use]
    pub fn confirmed_by(&self) -> Option<&InstanceId> {
        self.current().map(|attempt| &attempt.by.instance)
    }
}
