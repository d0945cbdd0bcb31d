//! What must hold at every step, and in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use model::{AgentId, JobState};

use super::schedule::Schedule;
use crate::world::now_or_never;

impl Schedule {
    pub(super) fn check(&mut self) {
        let mut held: BTreeMap<AgentId, usize> = BTreeMap::new();
        for id in &self.jobs {
            let job = self.world.job(*id);
            let starts = self.starts.get(id).cloned().unwrap_or_default();
            let different: BTreeSet<u32> = starts.iter().copied().collect();
            assert_eq!(different.len(), starts.len(), "an attempt starts once");
            if !job.settings.repeatable {
                assert!(starts.len() <= 1, "never twice without its owner's word");
            }
            assert!(starts.len() <= 3, "so many attempts and no more");
            if let Some(allowed) = self.cancelled.get(id) {
                assert!(starts.len() <= *allowed, "a cancelled robot starts anew");
            }
            if let Some(holder) = job.holder() {
                *held.entry(holder).or_default() += 1;
            }
            let rev = self.revs.insert(*id, job.rev).unwrap_or(0);
            assert!(job.rev >= rev, "a revision never falls");
            if let Some(before) = self.ended.get(id) {
                assert_eq!(*before, job.state, "what has ended stays ended");
            } else if let JobState::Ended { .. } = job.state {
                self.ended.insert(*id, job.state.clone());
            }
            // Reading whole logs is slow, and a hole would stay.
            for n in (1..=job.last_attempt).filter(|_| self.dice.one_in(16)) {
                let read =
                    now_or_never(self.world.store.events(*id, n, 0, 10_000, 1 << 24)).unwrap();
                let stored = now_or_never(self.world.store.stored_to(*id, n)).unwrap();
                let count = u64::try_from(read.events.len()).unwrap();
                assert_eq!(count, stored, "a log has no hole");
            }
        }
        for (agent, count) in held {
            assert!(count <= 2, "{agent:?} holds more than its slots");
        }
    }

    /// No more faults: whatever is down starts, robots end, and everything must come to its end.
    pub(super) fn heal(mut self) {
        self.healthy.store(true, Ordering::Relaxed);
        while !self.on_their_way.is_empty() {
            self.carry_out_late();
            self.check();
        }
        // Of the copies of an agent the first one stays, as its owner decides.
        let mut seen = BTreeSet::new();
        for at in 0..self.processes.len() {
            let agent = self.processes[at].agent;
            let first = seen.insert(agent) && !self.removed.contains(&agent);
            if !first {
                self.processes[at].gone = true;
                continue;
            }
            let disk = self.processes[at].disk.clone();
            self.processes[at] = self.process(agent, disk);
        }
        for _ in 0..400 {
            self.world.pass(1_000);
            self.sweep();
            for at in 0..self.processes.len() {
                if self.processes[at].gone {
                    continue;
                }
                for _ in 0..3 {
                    self.act(at);
                }
            }
            self.carry_out_late();
            self.check();
            let open = self.jobs.iter().any(|job| !self.ended.contains_key(job));
            let held = self
                .processes
                .iter()
                .any(|process| !process.gone && !process.disk.is_empty());
            if !open && !held {
                return;
            }
        }
        let states: Vec<_> = self
            .jobs
            .iter()
            .map(|job| self.world.job(*job).state)
            .collect();
        panic!("something never ends: {states:#?}");
    }
}
