//! The events of an attempt, a batch at a time, for whoever reads on through a log.

use std::sync::Arc;

use model::{AttemptNumber, JobId};
use store::logs::EventsRead;
use store::{Store, StoreResult};

/// How many events are read at a time.
const EVENTS_AT_ONCE: u32 = 1_000;
/// About how many bytes are read at a time.
const BYTES_AT_ONCE: usize = 512 * 1024;

/// A place in the log of an attempt.
pub(super) struct Batches {
    store: Arc<dyn Store>,
    job: JobId,
    attempt: AttemptNumber,
    after: u64,
    up_to: u64,
}

impl Batches {
    /// What comes behind event `after`.
    pub(super) fn behind(
        after: u64,
        store: &Arc<dyn Store>,
        job: JobId,
        attempt: AttemptNumber,
    ) -> Self {
        Self {
            store: Arc::clone(store),
            job,
            attempt,
            after,
            up_to: 0,
        }
    }

    /// The next events; nothing at the end of the log.
    pub(super) async fn next(&mut self) -> StoreResult<Option<EventsRead>> {
        let read = self
            .store
            .events(
                self.job,
                self.attempt,
                self.after,
                EVENTS_AT_ONCE,
                BYTES_AT_ONCE,
            )
            .await?;
        self.up_to = read.up_to;
        let count = u64::try_from(read.events.len()).unwrap_or(u64::MAX);
        if count == 0 {
            return Ok(None);
        }
        self.after = read.first + count - 1;
        Ok(Some(read))
    }

    /// The last event that was read.
    pub(super) fn after(&self) -> u64 {
        self.after
    }

    /// The end of the log, as it was found last.
    pub(super) fn up_to(&self) -> u64 {
        self.up_to
    }

    /// Whether everything was read that was there.
    pub(super) fn is_at_end(&self) -> bool {
        self.after >= self.up_to
    }
}
