//! What must hold and cannot be seen from outside.
//!
//! The judge reads what people, robots and the store said. It looks into nobody and cannot wait,
//! so these are left:
//! - time goes on: no two parts answer each other for ever at one moment;
//! - everything ends: besides the jobs, which the judge reads, each agent has delivered and
//!   forgotten what it held, each page was answered, and servers are at nothing;
//! - an outcome never changes: all of it, not only the status that people see;
//! - an agent does what is due, watches each attempt once, is locked out only if it should be, has
//!   no event refused and can read each answer;
//! - a page is answered what it asks for, and is fed a log without holes;
//! - nothing panics: neither the rules nor the simulated disks, which refuse to read what is not
//!   on them.

use std::collections::BTreeMap;

use model::{Job, JobId, JobState};

use crate::Broken;
use crate::computer::Computer;
use crate::page::Page;
use crate::world::World;

/// Outcomes as they were seen first.
pub(crate) type Outcomes = BTreeMap<JobId, JobState>;

impl World {
    /// A promise is broken; the first one counts.
    pub(crate) fn breaks(&mut self, promise: &str, what: String) {
        let promise = promise.to_owned();
        self.broken.get_or_insert(Broken { promise, what });
    }

    pub(crate) fn has_an_outcome(&mut self, job: &Job) {
        self.outcomes.insert(job.id, job.state.clone());
    }

    pub(crate) fn outcomes_stand(&mut self) {
        for (id, first) in std::mem::take(&mut self.outcomes) {
            let now = self.rules.job(id).state;
            if now != first {
                let what = format!("{id}: {first:?}, then {now:?}");
                self.breaks("an outcome never changes", what);
            }
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.testimony.has_everything_ended()
            && self.plays_left == 0
            && self.computers.iter().all(Computer::is_idle)
            && self.pages.iter().all(Page::is_idle)
            && self.tasks.is_empty()
    }

    pub(crate) fn what_is_left(&self) -> String {
        let jobs = self.testimony.open();
        let jobs: Vec<_> = jobs.map(|job| self.rules.job(job).state).collect();
        let computers = self.computers.iter().filter(|it| !it.is_idle());
        let computers: Vec<String> = computers
            .map(|it| {
                let core = it.process.as_ref().map(|process| &process.core);
                format!("{core:?}, files of {:?}", it.files.disk.keys())
            })
            .collect();
        let pages: Vec<usize> = (0..self.pages.len())
            .filter(|page| !self.pages[*page].is_idle())
            .collect();
        format!("{jobs:?}, {computers:?}, pages {pages:?}")
    }
}
