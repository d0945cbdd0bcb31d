//! Random schedules of plays, claims, crashes, power cuts, copies of disks, late messages, lost
//! answers, a failing store and passing time, against promises that are checked at every step.
//!
//! The agents are simple ones that keep the protocol: a record on a disk for what they hold, a
//! start only after an answered confirmation. A failure names its seed; `ARKWRIGHT_SEEDS` sets how
//! many are tried.

mod agents;
mod dice;
mod faults;
mod promises;
mod schedule;

use schedule::Schedule;

const SEEDS: u64 = 40;

#[test]
fn no_schedule_breaks_a_promise() {
    let seeds = std::env::var("ARKWRIGHT_SEEDS").ok();
    let seeds = seeds.and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS);
    for seed in 1..=seeds {
        let run = std::panic::catch_unwind(|| Schedule::new(seed).run());
        if let Err(reason) = run {
            eprintln!("seed {seed}");
            std::panic::resume_unwind(reason);
        }
    }
}
