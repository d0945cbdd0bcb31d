//! Random schedules: real minds of agents, on simulated disks, robots and lines, against the real
//! sessions, rules and SQL, on simulated time.
//!
//! A schedule plays jobs while agents crash, power is cut, disks fill up, lines break, answers are
//! lost and the server restarts; then everything is healed and must come to its end. The
//! [`judge`] knows only what robots did and what the store says. A failure names its seed and shows
//! the last steps; `ARKWRIGHT_SEEDS` sets how many are tried, `ARKWRIGHT_SEED` tries one.

mod computer;
mod dice;
mod disk;
mod faults;
mod hands;
mod judge;
mod line;
mod network;
#[path = "../../../../dispatch/tests/it/world.rs"]
#[expect(dead_code, reason = "the tests of the verbs use more of it")]
mod rules;
mod server;
mod simulation;
mod workspace;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use simulation::Simulation;

const SEEDS: u64 = 300;
const STEPS_SHOWN: usize = 40;

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

#[test]
fn no_schedule_breaks_a_promise() {
    let number = |name| {
        std::env::var(name)
            .ok()
            .and_then(|value| value.parse().ok())
    };
    let seeds = match number("ARKWRIGHT_SEED") {
        Some(seed) => seed..=seed,
        None => 1..=number("ARKWRIGHT_SEEDS").unwrap_or(SEEDS),
    };
    for seed in seeds {
        let run = |history| {
            let run = AssertUnwindSafe(|| Simulation::new(seed, history).run());
            std::panic::catch_unwind(run)
        };
        let Err(reason) = run(History::default()) else {
            continue;
        };
        // The same again, and this time it is written down.
        let steps = Rc::default();
        let again = run(History(Some(Rc::clone(&steps))));
        eprintln!("seed {seed}, the last steps:");
        for step in steps.borrow().iter() {
            eprintln!("  {step}");
        }
        assert!(again.is_err(), "seed {seed} fails only now and then");
        std::panic::resume_unwind(reason);
    }
}
