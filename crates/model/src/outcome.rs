//! How an attempt, and with it a job, ended.

use serde::{Deserialize, Serialize};

use crate::person::Actor;

/// How an attempt ended, and how long its robot ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "export",
    derive(ts_rs::TS),
    ts(
        type = "{ kind: 'success' | 'failed' | 'cancelled', failure?: string, message?: string, \
                step?: string, how?: string, by?: Actor, ranMs?: number }"
    )
)]
pub struct Outcome {
    /// What it ended as.
    #[serde(flatten)]
    pub ending: Ending,
    /// Milliseconds from the start of the robot's process to its end, by the agent's monotonic
    /// clock; absent if no agent ran it or nobody measured.
    #[serde(rename = "ranMs", default, skip_serializing_if = "Option::is_none")]
    pub ran_ms: Option<u64>,
}

impl Outcome {
    /// An ending without a measured time.
    #[must_use]
    pub fn unmeasured(ending: Ending) -> Self {
        Self {
            ending,
            ran_ms: None,
        }
    }

    /// A failure without step and time.
    #[must_use]
    pub fn failed(failure: Failure, message: impl Into<String>) -> Self {
        Self::unmeasured(Ending::Failed {
            failure,
            message: message.into(),
            step: None,
        })
    }
}

/// What an attempt ended as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Ending {
    /// The robot did what it was made for.
    Success,
    /// It did not.
    Failed {
        /// Why, as a code.
        failure: Failure,
        /// Why, as a sentence.
        #[serde(default)]
        message: String,
        /// The step where it happened.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<String>,
    },
    /// Somebody asked for its end.
    Cancelled {
        /// How it was ended.
        how: CancelledHow,
        /// Who asked. The server knows, the agent does not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Actor>,
    },
}

/// The kind of a failure. An open list: what a newer agent names is kept and shown as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Failure {
    /// The robot reported an error.
    Robot,
    /// It took longer than its limit.
    Timeout,
    /// Its agent was not heard from, or lost the attempt.
    AgentLost,
    /// It is no valid robot.
    InvalidRobot,
    /// What it needs could not be prepared.
    Environment,
    /// Our mistake.
    Internal,
    /// One that this version does not know.
    Other(String),
}

impl Failure {
    /// The code as it stands on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Robot => "robot",
            Self::Timeout => "timeout",
            Self::AgentLost => "agent_lost",
            Self::InvalidRobot => "invalid_robot",
            Self::Environment => "environment",
            Self::Internal => "internal",
            Self::Other(code) => code,
        }
    }
}

impl From<String> for Failure {
    fn from(code: String) -> Self {
        match code.as_str() {
            "robot" => Self::Robot,
            "timeout" => Self::Timeout,
            "agent_lost" => Self::AgentLost,
            "invalid_robot" => Self::InvalidRobot,
            "environment" => Self::Environment,
            "internal" => Self::Internal,
            _ => Self::Other(code),
        }
    }
}

impl From<Failure> for String {
    fn from(failure: Failure) -> Self {
        failure.as_str().to_owned()
    }
}

/// How a cancelled attempt was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelledHow {
    /// Nothing had started.
    BeforeStart,
    /// The robot was asked, and its teardowns ran.
    Stop,
    /// Its process tree was ended where it stood.
    Kill,
}
