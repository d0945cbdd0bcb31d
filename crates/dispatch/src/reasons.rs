//! Which waiting jobs must be shown again because the reason has changed why they wait.

use std::collections::BTreeMap;

use model::JobId;

use crate::surroundings::Surroundings;
use crate::why_waiting::{WhyWaiting, why_waiting};

/// The most jobs whose reasons are followed; of more, the oldest. What is behind them waits for
/// the queue anyway.
const MOST: usize = 200;

/// What the pages of one user were last told. The door keeps one for each user with a page open
/// and asks it when something changed among that user's jobs and agents, at most once a second.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reasons {
    told: BTreeMap<JobId, Option<WhyWaiting>>,
}

impl Reasons {
    /// The jobs whose reason is another one than at the last call. A job that is seen for the
    /// first time is not among them: it was told when it was played.
    pub fn news(&mut self, around: &Surroundings) -> Vec<JobId> {
        let waiting = around
            .open_jobs
            .iter()
            .filter(|job| job.current().is_none())
            .take(MOST);
        let now: BTreeMap<_, _> = waiting
            .map(|job| (job.id, why_waiting(job, around)))
            .collect();
        let changed = now.iter().filter(|(job, reason)| {
            let before = self.told.get(*job);
            before.is_some_and(|before| before != *reason)
        });
        let changed = changed.map(|(job, _)| *job).collect();
        self.told = now;
        changed
    }
}
