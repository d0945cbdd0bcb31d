//! How fast somebody may guess: failed sign-ins are slowed down by account and by address.
//!
//! Kept in memory and bounded: a restart forgives, which costs an attacker more than it gives.

use std::collections::BTreeMap;
use std::time::Duration;

use model::Monotonic;

/// Failures that are free.
const FREE: u32 = 5;
/// The first wait after that; it doubles with each further failure.
const FIRST_WAIT: Duration = Duration::from_secs(2);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// A failure is forgotten after this time without another.
const FORGET: Duration = Duration::from_secs(900);
/// The most keys that are remembered; beyond it the one that failed longest ago is forgotten.
const MOST_KEYS: usize = 10_000;

/// Failed guesses by key.
#[derive(Debug, Default)]
pub struct Throttle {
    failures: BTreeMap<String, Failures>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Monotonic,
}

impl Throttle {
    /// How long until `key` may guess again; nothing if it may now.
    #[must_use]
    pub fn wait(&self, key: &str, now: Monotonic) -> Option<Duration> {
        let failures = self
            .failures
            .get(key)
            .filter(|f| now.since(f.last) < FORGET)?;
        let doublings = failures.count.checked_sub(FREE)?.min(16);
        let wait = (FIRST_WAIT * 2_u32.pow(doublings)).min(LONGEST_WAIT);
        wait.checked_sub(now.since(failures.last))
            .filter(|left| !left.is_zero())
    }

    /// Notes that `key` guessed wrong.
    pub fn failed(&mut self, key: &str, now: Monotonic) {
        if self.failures.len() >= MOST_KEYS && !self.failures.contains_key(key) {
            self.failures.retain(|_, f| now.since(f.last) < FORGET);
            if self.failures.len() >= MOST_KEYS {
                let oldest = self.failures.iter().min_by_key(|(_, f)| f.last);
                if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                    self.failures.remove(&oldest);
                }
            }
        }
        let fresh = Failures {
            count: 0,
            last: now,
        };
        let failures = self.failures.entry(key.to_owned()).or_insert(fresh);
        if now.since(failures.last) >= FORGET {
            failures.count = 0;
        }
        failures.count += 1;
        failures.last = now;
    }

    /// Forgets the failures of `key`: it guessed right.
    pub fn succeeded(&mut self, key: &str) {
        self.failures.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Monotonic {
        Monotonic::from_millis(seconds * 1000)
    }

    #[test]
    fn the_sixth_guess_waits_and_each_failure_doubles_the_wait() {
        let mut throttle = Throttle::default();
        for _ in 0..4 {
            throttle.failed("anna", at(0));
        }
        assert_eq!(throttle.wait("anna", at(0)), None);
        throttle.failed("anna", at(0));
        assert_eq!(throttle.wait("anna", at(0)), Some(Duration::from_secs(2)));
        assert_eq!(throttle.wait("anna", at(2)), None);
        throttle.failed("anna", at(2));
        assert_eq!(throttle.wait("anna", at(2)), Some(Duration::from_secs(4)));
        assert_eq!(throttle.wait("ben", at(2)), None);
    }

    #[test]
    fn failures_are_forgotten_after_success_and_after_a_while() {
        let mut throttle = Throttle::default();
        for _ in 0..9 {
            throttle.failed("anna", at(0));
            throttle.failed("ben", at(0));
        }
        throttle.succeeded("anna");
        assert_eq!(throttle.wait("anna", at(0)), None);
        assert_eq!(throttle.wait("ben", at(901)), None);
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut throttle = Throttle::default();
        for n in 0..=MOST_KEYS {
            throttle.failed(&n.to_string(), at(n as u64 % 7));
        }
        assert_eq!(throttle.failures.len(), MOST_KEYS);
    }
}
