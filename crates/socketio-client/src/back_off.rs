//! How long to wait before the next attempt: doubling, capped, scattered.
//!
//! A pure function of the number of failures and one random number, so that
//! the driver owns the clock and tests own the chance.

use std::time::Duration;

/// The pauses between attempts.
#[derive(Debug, Clone, PartialEq)]
pub struct BackOff {
    /// The pause after the first failure; each further failure in a row doubles it.
    pub first: Duration,
    /// No pause is longer.
    pub longest: Duration,
    /// Which part of a pause chance may take away: 0.0 none, 0.5 up to half of
    /// it. Values above 0.9 count as 0.9, so that no pause vanishes.
    pub jitter: f64,
    /// A connection that lasted this long ends the row of failures. A server
    /// that accepts and drops at once is therefore not asked ever faster.
    pub reset_after: Duration,
}

impl Default for BackOff {
    /// 1 s doubling to 30 s, up to half of it left to chance, reset after 10 s.
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(30),
            jitter: 0.5,
            reset_after: Duration::from_secs(10),
        }
    }
}

impl BackOff {
    /// The pause after `failures` earlier failures in a row; `chance` is in 0.0 ..= 1.0.
    pub(crate) fn pause(&self, failures: u32, chance: f64) -> Duration {
        let factor = 1_u32.checked_shl(failures).unwrap_or(u32::MAX);
        let whole = self.first.saturating_mul(factor).min(self.longest);
        let share = |value: f64| {
            if value.is_finite() {
                value.clamp(0.0, 1.0)
            } else {
                0.0
            }
        };
        let kept = 1.0 - share(self.jitter).min(0.9) * share(chance);
        Duration::try_from_secs_f64(whole.as_secs_f64() * kept).unwrap_or(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pauses_double_up_to_the_cap() {
        let back_off = BackOff::default();
        let pauses: Vec<u64> = (0..8).map(|n| back_off.pause(n, 0.0).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30, 30]);
        assert_eq!(back_off.pause(u32::MAX, 0.0), back_off.longest);
    }

    #[test]
    fn chance_shortens_but_never_to_nothing() {
        let back_off = BackOff {
            jitter: 5.0,
            ..BackOff::default()
        };
        assert_eq!(back_off.pause(0, 1.0).as_millis(), 100);
        assert_eq!(BackOff::default().pause(1, 1.0).as_millis(), 1_000);
    }

    proptest! {
        #[test]
        fn no_number_panics_or_exceeds_the_cap(
            first in any::<Duration>(),
            longest in any::<Duration>(),
            jitter in any::<f64>(),
            failures in any::<u32>(),
            chance in any::<f64>(),
        ) {
            let back_off = BackOff { first, longest, jitter, ..BackOff::default() };
            // Seconds as a float lose nanoseconds of very long times.
            let slack = Duration::from_secs_f64(longest.as_secs_f64() * 1e-9) + Duration::from_nanos(1);
            prop_assert!(back_off.pause(failures, chance) <= longest.saturating_add(slack));
        }
    }
}
