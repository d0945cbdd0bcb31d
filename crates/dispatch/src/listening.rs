//! Since when silence counts.
//!
//! A server that was stopped, asleep, busy or cut off from its store could not have heard its
//! agents; their silence before that proves nothing. The sweep asks this value at each of its
//! turns; the store keeps the latest answer of all servers that live.

use std::time::Duration;

use model::mutation::{Mutation, active};
use model::{Instants, Timestamp};

/// The longest pause, and the largest drift between the clocks, after which one could still have
/// heard everybody.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The memory of one server's sweep.
#[derive(Debug, Clone)]
pub struct Listening {
    since: Timestamp,
    last: Instants,
}

impl Listening {
    /// Begins to listen.
    #[must_use]
    pub fn begins(at: Instants) -> Self {
        Self {
            since: if active(Mutation::DeafSilenceCounts) {
                Timestamp::default()
            } else {
                at.now
            },
            last: at,
        }
    }

    /// A turn of the sweep that reached its store; answers since when silence counts. After a
    /// pause (also one in which the store was away: then there was no such turn), or when wall and
    /// monotonic clock moved apart, it counts from now.
    pub fn turn(&mut self, at: Instants) -> Timestamp {
        let paused = at.monotonic.since(self.last.monotonic);
        let expected = self.last.now.plus(paused);
        let drift = at.now.since(expected).max(expected.since(at.now));
        let missed = paused > LONGEST_PAUSE || drift > LONGEST_PAUSE;
        if missed && !active(Mutation::DeafSilenceCounts) {
            self.since = at.now;
        }
        self.last = at;
        self.since
    }

    /// Since when silence counts, as of the last turn.
    #[must_use]
    pub fn since(&self) -> Timestamp {
        self.since
    }
}

#[cfg(test)]
mod tests {
    use model::Monotonic;

    use super::*;

    fn at(wall: i64, monotonic: u64) -> Instants {
        Instants {
            now: Timestamp::from_millis(wall),
            monotonic: Monotonic::from_millis(monotonic),
        }
    }

    #[test]
    fn steady_turns_change_nothing() {
        let mut listening = Listening::begins(at(100_000, 0));
        for turn in 1_u32..100 {
            let now = at(100_000 + i64::from(turn) * 2_000, u64::from(turn) * 2_000);
            assert_eq!(listening.turn(now), Timestamp::from_millis(100_000));
        }
    }

    #[test]
    fn a_pause_a_jump_forward_and_a_jump_back_begin_anew() {
        for jumped in [at(160_000, 60_000), at(160_000, 2_000), at(40_000, 2_000)] {
            let mut listening = Listening::begins(at(100_000, 0));
            assert_eq!(listening.turn(jumped), jumped.now);
            assert_eq!(listening.since(), jumped.now);
        }
    }
}
