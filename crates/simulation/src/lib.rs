//! Random schedules: real minds of agents, on simulated disks, robots and lines, against the real
//! sessions, rules and SQL, on simulated time.
//!
//! [`run`] plays jobs while agents crash, power is cut, disks fill up, lines break, answers are
//! lost and the server restarts; then everything is healed and must come to its end. One thread,
//! one queue, one seed: the same seed is the same history.
//!
//! [`rules`] is the inside of a server for the tests of `dispatch` and `sessions`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what is built for tests ends by panicking"
)]

mod computer;
mod dice;
mod disk;
mod faults;
mod hands;
mod judge;
mod line;
mod network;
pub mod rules;
mod server;
mod simulation;
mod workspace;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use simulation::Simulation;

const STEPS_SHOWN: usize = 40;

/// How a seed is run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Keep the last steps.
    pub history: bool,
}

/// What became of a seed.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Which.
    pub seed: u64,
    /// The promise that was broken, if any.
    pub broken: Option<String>,
    /// The last steps, if they were wanted.
    pub steps: Vec<String>,
}

/// The last steps of a schedule, for whoever must understand how it failed.
#[derive(Clone, Default)]
struct History(Option<Rc<RefCell<VecDeque<String>>>>);

impl History {
    fn is_kept(&self) -> bool {
        self.0.is_some()
    }

    fn note(&self, step: impl FnOnce() -> String) {
        let Some(steps) = &self.0 else {
            return;
        };
        let step = step();
        let mut steps = steps.borrow_mut();
        if steps.len() == STEPS_SHOWN {
            steps.pop_front();
        }
        steps.push_back(step);
    }
}

/// Runs a seed, on the calling thread.
#[must_use]
pub fn run(seed: u64, options: &Options) -> Verdict {
    let steps = Rc::default();
    let history = History(options.history.then(|| Rc::clone(&steps)));
    let run = AssertUnwindSafe(|| Simulation::new(seed, history).run());
    let broken = std::panic::catch_unwind(run).err().map(|why| {
        let text = why.downcast_ref::<String>().cloned();
        let text = text.or_else(|| why.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        text.unwrap_or_default()
    });
    let steps = steps.borrow().iter().cloned().collect();
    Verdict {
        seed,
        broken,
        steps,
    }
}
