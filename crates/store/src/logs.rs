//! The events of attempts. They stay bytes: a store looks at nothing but their numbers.

use async_trait::async_trait;
use model::transition::{By, Refusal};
use model::{AttemptNumber, JobId};

use crate::error::StoreResult;

/// Verbs of the event log.
#[async_trait]
pub trait Logs: Send + Sync {
    /// Stores a batch behind what is stored, if [`model::transition::may_append`] allows it. What
    /// lies at or before the stored end is dropped unread; a batch that begins beyond it is
    /// refused. The log is contiguous from 1 at every moment.
    ///
    /// Spans job and log: one transaction in SQLite; elsewhere the batch is written first and the
    /// answer computed from the batches, and a finish that raced it only sees fewer events.
    async fn append_events(&self, append: Append) -> StoreResult<Appended>;

    /// Events after `after`, oldest first, at most `limit` of them and about `most_bytes`.
    async fn events(
        &self,
        job: JobId,
        attempt: AttemptNumber,
        after: u64,
        limit: u32,
        most_bytes: usize,
    ) -> StoreResult<EventsRead>;

    /// The last stored event of an attempt; 0 if none.
    async fn stored_to(&self, job: JobId, attempt: AttemptNumber) -> StoreResult<u64>;

    /// Joins the batches of a past attempt into few. Harmless to repeat.
    async fn compact(&self, job: JobId, attempt: AttemptNumber) -> StoreResult<Compacted>;
}

/// A batch to be stored.
#[derive(Debug, Clone)]
pub struct Append {
    /// The job.
    pub job: JobId,
    /// The attempt, and who speaks.
    pub by: By,
    /// The number of the first event.
    pub first: u64,
    /// The events, each one JSON object without a line break, numbered from `first`.
    pub events: Vec<String>,
}

/// The answer to a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// Everything up to here is stored.
    Stored {
        /// The end of the log before.
        before: u64,
        /// The end of the log now.
        up_to: u64,
    },
    /// The batch begins beyond the end of the log.
    Missing {
        /// The end of the log.
        up_to: u64,
    },
    /// The speaker may not add to that attempt.
    Refused(Refusal),
    /// There is no such job.
    Gone,
}

/// Events that were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventsRead {
    /// The number of the first one.
    pub first: u64,
    /// The events, each one JSON object.
    pub events: Vec<String>,
    /// The end of the log.
    pub up_to: u64,
}

/// What became of joining batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compacted {
    /// They are joined.
    Done,
    /// There was nothing to join.
    Already,
    /// The attempt goes on.
    NotEnded,
}
