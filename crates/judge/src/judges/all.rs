//! Calls each judge.

use super::{cancels, endings, logs, outcomes, requests, silence, slots, starts};
use crate::history::History;
use crate::ids::JobId;
use crate::known::Known;
use crate::violation::{Promise, Violation};

/// What is found.
pub(super) struct Findings(Vec<Violation>);

impl Findings {
    pub(super) fn add(
        &mut self,
        promise: Promise,
        job: impl Into<Option<JobId>>,
        at_ms: u64,
        sentence: impl Into<String>,
    ) {
        self.0.push(Violation {
            promise,
            job: job.into(),
            at_ms,
            sentence: sentence.into(),
        });
    }
}

/// Every promise that this history breaks, in the order in which that could be seen.
#[must_use]
pub fn judge(history: &History) -> Vec<Violation> {
    let known = Known::of(history);
    let mut found = Findings(Vec::new());
    requests::judge(history, &known, &mut found);
    starts::judge(history, &known, &mut found);
    outcomes::judge(history, &known, &mut found);
    logs::judge(history, &known, &mut found);
    cancels::judge(history, &known, &mut found);
    slots::judge(history, &mut found);
    silence::judge(history, &known, &mut found);
    endings::judge(history, &known, &mut found);
    let mut violations = found.0;
    violations.sort_by_key(|violation| violation.at_ms);
    violations
}
