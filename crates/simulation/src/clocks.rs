//! The two clocks of one simulated machine: the wall clock jumps and drifts, the other one only
//! drifts.

use model::{Instants, Monotonic, Timestamp};

/// When simulated time begins, as the store's own test world has it.
const BEGIN: i64 = 1_800_000_000_000;

/// How a machine's clocks stand to the time of the simulation.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Clocks {
    /// The wall clock's distance from the truth, in milliseconds.
    pub(crate) offset_ms: i64,
    /// How much too fast both run, in millionths.
    pub(crate) drift_ppm: i64,
    /// Time that the clock which only moves forward did not count: the machine slept.
    pub(crate) slept_ms: u64,
}

impl Clocks {
    /// What both show at a time of the simulation.
    pub(crate) fn read(&self, time: u64) -> Instants {
        let drifted = i64::try_from(time).unwrap_or(i64::MAX);
        let drifted = drifted + drifted * self.drift_ppm / 1_000_000;
        let counted = u64::try_from(drifted).unwrap_or(0);
        Instants {
            now: Timestamp::from_millis(BEGIN + drifted + self.offset_ms),
            monotonic: Monotonic::from_millis(counted.saturating_sub(self.slept_ms)),
        }
    }

    /// The first time at which the clock that only moves forward shows at least this.
    pub(crate) fn time_of(&self, shown: Monotonic) -> u64 {
        let counted = i64::try_from(shown.as_millis() + self.slept_ms).unwrap_or(i64::MAX);
        let guess = counted * 1_000_000 / (1_000_000 + self.drift_ppm);
        let mut time = u64::try_from(guess).unwrap_or(0).saturating_sub(2);
        while self.read(time).monotonic < shown {
            time += 1;
        }
        time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_is_waited_for_has_come() {
        for drift_ppm in [-900, 0, 900] {
            let clocks = Clocks {
                drift_ppm,
                ..Clocks::default()
            };
            for shown in [1, 999, 1_000_000, 7_654_321] {
                let shown = Monotonic::from_millis(shown);
                let time = clocks.time_of(shown);
                assert!(clocks.read(time).monotonic >= shown);
                assert!(clocks.read(time - 1).monotonic < shown);
            }
        }
    }
}
