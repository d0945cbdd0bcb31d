//! Events: what happened in an attempt, one at a time.
//!
//! On their way from the agent to the page they stay bytes. [`Event`] is for those who make or
//! show one, [`EventHead`] for those who only count.

use model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

shapes! {
    /// One thing that happened. Which of the optional fields stand is the kind's business; kinds,
    /// types, levels, statuses and streams are open lists.
    Event {
        /// Its number in the attempt, from 1.
        seq: u64,
        /// When, by the agent's clock corrected by the offset measured at `join`.
        at: Timestamp,
        /// `stepStarted` `stepEnded` `log` `output` `note` `artifact` `gap` …
        kind: String,
    }
    + optional {
        /// The number of the step, from 1 in the attempt.
        step: u64,
        /// The step that it stands in.
        parent: u64,
        /// Of a step: `suite` `task` `keyword` `for` `environment` …
        r#type: String,
        /// Of a step or a file.
        name: String,
        /// The library of a keyword.
        library: String,
        /// The arguments of a keyword.
        args: Vec<String>,
        /// The line in the robot's file.
        line: u32,
        /// `trace` `debug` `info` `warn` `error`
        level: String,
        /// What was written.
        text: String,
        /// The size of the whole text, if it was cut.
        text_bytes: u64,
        /// `pass` `fail` `skip` `not_run`
        status: String,
        /// How long the step took.
        elapsed_ms: u64,
        /// Why the step failed.
        message: String,
        /// `stdout` `stderr`
        stream: String,
        /// What a note is about.
        code: String,
        /// The stored file.
        artifact_id: model::ArtifactId,
        /// Its size.
        size_bytes: u64,
        /// Its media type.
        media_type: String,
        /// How many events a gap stands for; absent: unknown.
        count: u64,
        /// Why they are missing.
        reason: String,
    }
}

/// What must be looked at on the way.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EventHead {
    /// Its number.
    pub seq: u64,
    /// When, as it was written.
    pub at: String,
    /// What it is.
    pub kind: String,
}

/// A batch of events, as bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RawBatch {
    /// The job.
    pub job_id: crate::IdText,
    /// The attempt.
    pub attempt: u32,
    /// The number of the first event.
    pub first: u64,
    /// The events.
    pub events: Vec<Box<RawValue>>,
}

shapes! {
    /// A batch of events, for those who show them.
    EventBatch {
        /// The job.
        job_id: model::JobId,
        /// The attempt.
        attempt: u32,
        /// The number of the first event.
        first: u64,
        /// The events.
        events: Vec<Event>,
    }
}
