//! From a seed that breaks a promise to the few faults that are needed for it.

use std::collections::BTreeSet;

use crate::plan::Fault;
use crate::verdict::{Options, plan, run};

/// The faults without any one of which the seed no longer breaks this promise, as far as leaving
/// out ever smaller parts finds them.
#[must_use]
pub fn shrink(seed: u64, promise: &str) -> Vec<Fault> {
    let all = plan(seed);
    let breaks = |only: &[Fault]| {
        let only: BTreeSet<u32> = only.iter().map(|fault| fault.index).collect();
        let options = Options {
            only: Some(only),
            ..Options::default()
        };
        let broken = run(seed, &options).broken;
        broken.is_some_and(|broken| broken.promise == promise)
    };
    let mut left = all;
    let mut part = left.len().div_ceil(2).max(1);
    loop {
        let mut at = 0;
        while at < left.len() {
            let to = (at + part).min(left.len());
            let without: Vec<Fault> = [&left[..at], &left[to..]].concat();
            if breaks(&without) {
                left = without;
            } else {
                at = to;
            }
        }
        if part == 1 {
            return left;
        }
        part = part.div_ceil(2);
    }
}
