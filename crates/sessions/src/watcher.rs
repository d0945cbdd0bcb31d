//! A page's subscription to the events of a job.
//!
//! A [`Watcher`] is a cursor into the stored log. The door keeps it beside the socket and calls
//! [`Watcher::next`] after the answer to `watch` has been sent, whenever a hint names its job, and
//! again as long as it answers a batch and the socket has room. What is pushed comes from the store
//! alone, from where the last batch ended: a hint that is lost, doubled or early can neither lose
//! nor double an event. A slow page simply pulls later and gets larger batches.

use model::{AttemptKey, AttemptNumber, Job, JobId};
use store::{Store, StoreResult};
use wire::web::Behind;

/// The most events of one batch.
const MOST_EVENTS: u32 = 1_000;
/// About the largest batch, in bytes: half of the largest message, as for agents.
const MOST_BYTES: usize = 512 * 1024;

/// A cursor into the log of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watcher {
    job: JobId,
    attempt: Option<AttemptNumber>,
    after: u64,
    only: bool,
}

/// What comes next for a watcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Events to be pushed.
    Events(WatchedEvents),
    /// Nothing for now.
    Idle,
}

/// A batch for a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedEvents {
    /// The attempt.
    pub attempt: AttemptKey,
    /// The number of the first event.
    pub first: u64,
    /// The events, each one JSON object.
    pub events: Vec<String>,
    /// The last event that is stored.
    pub up_to: u64,
}

impl WatchedEvents {
    /// The object of the message `events`, as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let AttemptKey { job, attempt } = self.attempt;
        let events = self.events.join(",");
        let first = self.first;
        format!(r#"{{"jobId":"{job}","attempt":{attempt},"first":{first},"events":[{events}]}}"#)
    }
}

impl Watcher {
    /// Follows `job` from behind event `after` of `attempt` on; without an attempt from the first
    /// event of the first one that is confirmed. With `only` it stays with its attempt.
    #[must_use]
    pub fn new(job: JobId, attempt: Option<AttemptNumber>, after: u64, only: bool) -> Self {
        Self {
            job,
            attempt,
            after,
            only,
        }
    }

    /// The job that is followed.
    #[must_use]
    pub fn job(&self) -> JobId {
        self.job
    }

    /// The attempt that is followed now, and the last event that was pulled.
    #[must_use]
    pub fn position(&self) -> (Option<AttemptNumber>, u64) {
        (self.attempt, self.after)
    }

    /// The next batch of what is stored. Once an attempt has no more events and a newer one was
    /// confirmed, that one is told from its first event.
    ///
    /// # Errors
    /// The store's; the cursor has not moved.
    pub async fn next(&mut self, store: &dyn Store) -> StoreResult<Next> {
        loop {
            if let Some(attempt) = self.attempt {
                let read = store
                    .events(self.job, attempt, self.after, MOST_EVENTS, MOST_BYTES)
                    .await?;
                let count = u64::try_from(read.events.len()).unwrap_or(u64::MAX);
                if count > 0 {
                    self.after = read.first + count - 1;
                    return Ok(Next::Events(WatchedEvents {
                        attempt: AttemptKey {
                            job: self.job,
                            attempt,
                        },
                        first: read.first,
                        events: read.events,
                        up_to: read.up_to,
                    }));
                }
                if self.only {
                    return Ok(Next::Idle);
                }
            }
            let Some(row) = store.job(self.job).await? else {
                return Ok(Next::Idle);
            };
            let Some(newer) = next_confirmed(&row.job, self.attempt) else {
                return Ok(Next::Idle);
            };
            // Events of the older attempt that were stored since are told by a snapshot.
            self.attempt = Some(newer);
            self.after = 0;
        }
    }

    /// What a page is told that was too slow for too long; the door forgets the watcher then.
    #[must_use]
    pub fn behind(&self, up_to: u64) -> Behind {
        Behind {
            job_id: self.job,
            up_to,
        }
    }
}

fn next_confirmed(job: &Job, after: Option<AttemptNumber>) -> Option<AttemptNumber> {
    let past = job.past.iter().map(|past| past.attempt.n);
    let all = past.chain(job.current().map(|attempt| attempt.n));
    all.filter(|n| after.is_none_or(|after| *n > after)).min()
}
