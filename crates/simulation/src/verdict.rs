//! Running a seed, and what became of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::panic::AssertUnwindSafe;

use crate::plan::{self, Fault, Kind};
use crate::record::{Keeps, Record};
use crate::world::World;

/// How a seed is run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only these faults of its list.
    pub only: Option<BTreeSet<u32>>,
    /// Its list is drawn from these kinds alone; none: from all.
    pub among: &'static [Kind],
    /// How much of its history is kept.
    pub keeps: Keeps,
}

impl Options {
    pub(crate) fn wants(&self, fault: &Fault) -> bool {
        let only = self.only.as_ref();
        only.is_none_or(|only| only.contains(&fault.index))
    }
}

/// A promise that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The promise.
    pub promise: String,
    /// What happened instead.
    pub what: String,
}

/// What happened, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Faults, by their kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// Things that happened.
    pub steps: u64,
    /// Jobs that were accepted.
    pub jobs: u64,
    /// Attempts that were confirmed.
    pub attempts: u64,
    /// Robots that were started.
    pub robots: u64,
    /// Events of delivered logs.
    pub events: usize,
    /// Processes of agents.
    pub processes: u64,
    /// Lines that were cut.
    pub cut_lines: u64,
    /// Answers that were lost on their way.
    pub lost_answers: u64,
    /// Hints that were lost between servers.
    pub lost_hints: u64,
    /// Times that a store was late.
    pub late_answers: u64,
    /// Calls of the store that went wrong.
    pub store_failures: u64,
    /// Times that a page's events could not be read.
    pub unfed: u64,
}

impl Figures {
    /// Adds those of another seed.
    pub fn add(&mut self, other: &Self) {
        for (kind, count) in &other.faults {
            *self.faults.entry(kind).or_default() += count;
        }
        self.steps += other.steps;
        self.jobs += other.jobs;
        self.attempts += other.attempts;
        self.robots += other.robots;
        self.events += other.events;
        self.processes += other.processes;
        self.cut_lines += other.cut_lines;
        self.lost_answers += other.lost_answers;
        self.lost_hints += other.lost_hints;
        self.late_answers += other.late_answers;
        self.store_failures += other.store_failures;
        self.unfed += other.unfed;
    }
}

/// What became of a seed.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Which.
    pub seed: u64,
    /// The promise that was broken, if any.
    pub broken: Option<Broken>,
    /// The last steps, if they were wanted.
    pub steps: Vec<String>,
    /// Of the whole history, if it was wanted.
    pub digest: u64,
    /// What happened, in numbers.
    pub figures: Figures,
}

/// All faults of a seed, from all kinds.
#[must_use]
pub fn plan(seed: u64) -> Vec<Fault> {
    plan::draw(seed, &[])
}

/// Runs a seed, on the calling thread.
#[must_use]
pub fn run(seed: u64, options: &Options) -> Verdict {
    let faults = plan::draw(seed, options.among);
    let mut world = World::new(seed, &faults, options, Record::new(options.keeps));
    let ran = std::panic::catch_unwind(AssertUnwindSafe(|| world.run()));
    if let Err(why) = ran {
        let text = why.downcast_ref::<String>().cloned();
        let text = text.or_else(|| why.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        world.breaks("nothing panics", text.unwrap_or_default());
    }
    world.figures.store_failures = world.nodes.iter().map(|node| node.failures()).sum();
    let World {
        broken,
        figures,
        record,
        ..
    } = world;
    let (steps, digest) = record.end();
    Verdict {
        seed,
        broken,
        steps,
        digest,
        figures,
    }
}

/// A seed that breaks a promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Which.
    pub seed: u64,
    /// The promise.
    pub broken: Broken,
}

/// The first of these seeds that breaks a promise, on the calling thread.
#[must_use]
pub fn find(seeds: RangeInclusive<u64>, options: &Options) -> Option<Found> {
    seeds.into_iter().find_map(|seed| {
        let broken = run(seed, options).broken?;
        Some(Found { seed, broken })
    })
}
