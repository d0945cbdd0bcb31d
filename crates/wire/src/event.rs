//! Events: what happened in an attempt, one at a time.
//!
//! On their way from the agent to the page they stay bytes: [`RawEvent`]. [`Event`] is for those
//! who make or show one, [`EventHead`] for those who only count.

use std::fmt;

use model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::Field;

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

/// One event as the bytes that it came in. Two are equal if their bytes are.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(ts_rs::TS), ts(type = "Event"))]
#[serde(transparent)]
pub struct RawEvent(pub Box<RawValue>);

impl RawEvent {
    /// The event of a JSON text.
    ///
    /// # Errors
    /// It is no JSON.
    pub fn from_json(json: String) -> serde_json::Result<Self> {
        RawValue::from_string(json).map(Self)
    }

    /// The JSON text.
    #[must_use]
    pub fn get(&self) -> &str {
        self.0.get()
    }

    /// What must be looked at on the way.
    ///
    /// # Errors
    /// The field that is wrong.
    pub fn head(&self) -> Result<EventHead, Vec<Field>> {
        crate::read(self.get())
    }

    /// The whole event.
    ///
    /// # Errors
    /// The field that is wrong.
    pub fn read(&self) -> Result<Event, Vec<Field>> {
        crate::read(self.get())
    }
}

impl TryFrom<&Event> for RawEvent {
    type Error = serde_json::Error;

    fn try_from(event: &Event) -> Result<Self, Self::Error> {
        serde_json::value::to_raw_value(event).map(Self)
    }
}

impl PartialEq for RawEvent {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for RawEvent {}

impl fmt::Debug for RawEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawEvent({} bytes)", self.get().len())
    }
}

shapes! {
    /// A batch of events, as bytes.
    RawBatch {
        /// The job.
        job_id: crate::IdText,
        /// The attempt.
        attempt: u32,
        /// The number of the first event.
        first: u64,
        /// The events.
        events: Vec<RawEvent>,
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_an_unknown_kind_passes_as_it_came() {
        let json = r#"{"seq":3,"at":"2026-11-23T09:15:02+01:00","kind":"dance","tempo":[1, 2]}"#;
        let batch = format!(r#"{{"jobId":"x","attempt":1,"first":3,"events":[{json}]}}"#);
        let batch: RawBatch = crate::read(&batch).unwrap();
        assert_eq!(batch.events[0].get(), json);
        assert_eq!(batch.events[0].head().unwrap().kind, "dance");
        assert!(serde_json::to_string(&batch).unwrap().contains(json));
    }

    #[test]
    fn an_event_without_a_number_is_refused_by_name() {
        let event = RawEvent::from_json(r#"{"at":"","kind":"log"}"#.into()).unwrap();
        assert_eq!(event.head().unwrap_err()[0].name, "seq");
    }

    #[test]
    fn a_batch_is_never_printed() {
        let event = RawEvent::from_json(r#"{"text":"hunter2"}"#.into()).unwrap();
        assert!(!format!("{event:?}").contains("hunter2"));
    }
}
