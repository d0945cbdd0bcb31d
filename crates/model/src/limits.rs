//! The limits that people can count on, in one place. Every one is configuration.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Time limits of the job's life, and sizes of messages. Times in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// How often an agent renews.
    pub renew_ms: u64,
    /// Silence after which people are told.
    pub silent_ms: u64,
    /// Silence after which the sweep decides.
    pub lost_ms: u64,
    /// How long an offer lasts.
    pub offer_ms: u64,
    /// How often the sweep looks.
    pub sweep_ms: u64,
    /// How long after a kill that reached the agent the server ends the job itself.
    pub kill_overdue_ms: u64,
    /// How long an agent that declined is not offered the same job again.
    pub declined_ms: u64,
    /// How long a lost attempt may still deliver.
    pub late_ms: u64,
    /// The largest message on a socket, in bytes.
    pub message_bytes: u64,
    /// The most events in one batch.
    pub batch_events: u32,
    /// The longest text in an event, in bytes.
    pub log_line_bytes: u64,
    /// The largest parameters of one job, in bytes.
    pub parameters_bytes: u64,
    /// The most unanswered batches of events on one connection.
    pub batches_in_flight: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            renew_ms: 10_000,
            silent_ms: 30_000,
            lost_ms: 90_000,
            offer_ms: 15_000,
            sweep_ms: 2_000,
            kill_overdue_ms: 60_000,
            declined_ms: 30_000,
            late_ms: 30 * 24 * 3_600_000,
            message_bytes: 1_048_576,
            batch_events: 1_000,
            log_line_bytes: 65_536,
            parameters_bytes: 262_144,
            batches_in_flight: 8,
        }
    }
}

/// A set of limits that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LimitsError {
    /// A limit of zero.
    #[error("`limits.{0}` must be at least 1")]
    Zero(&'static str),
    /// Two limits in the wrong order.
    #[error("`limits.{less}` must be less than `limits.{more}`")]
    Order {
        /// The one that must be less.
        less: &'static str,
        /// The one that must be more.
        more: &'static str,
    },
}

impl Limits {
    /// Refuses sets that make no sense.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self) -> Result<(), LimitsError> {
        let positive = [
            ("renew_ms", self.renew_ms),
            ("offer_ms", self.offer_ms),
            ("sweep_ms", self.sweep_ms),
            ("kill_overdue_ms", self.kill_overdue_ms),
            ("message_bytes", self.message_bytes),
            ("batch_events", u64::from(self.batch_events)),
            ("log_line_bytes", self.log_line_bytes),
            ("parameters_bytes", self.parameters_bytes),
            ("batches_in_flight", u64::from(self.batches_in_flight)),
        ];
        if let Some((name, _)) = positive.into_iter().find(|(_, value)| *value == 0) {
            return Err(LimitsError::Zero(name));
        }
        let ordered = [
            (("renew_ms", self.renew_ms), ("silent_ms", self.silent_ms)),
            (("silent_ms", self.silent_ms), ("lost_ms", self.lost_ms)),
            (("sweep_ms", self.sweep_ms), ("lost_ms", self.lost_ms)),
            (
                ("log_line_bytes", self.log_line_bytes),
                ("message_bytes", self.message_bytes),
            ),
            (
                ("parameters_bytes", self.parameters_bytes),
                ("message_bytes", self.message_bytes),
            ),
        ];
        match ordered.into_iter().find(|(less, more)| less.1 >= more.1) {
            Some((less, more)) => Err(LimitsError::Order {
                less: less.0,
                more: more.0,
            }),
            None => Ok(()),
        }
    }

    /// Silence after which people are told.
    #[must_use]
    pub fn silent(&self) -> Duration {
        Duration::from_millis(self.silent_ms)
    }

    /// Silence after which the sweep decides.
    #[must_use]
    pub fn lost(&self) -> Duration {
        Duration::from_millis(self.lost_ms)
    }

    /// How long an offer lasts.
    #[must_use]
    pub fn offer(&self) -> Duration {
        Duration::from_millis(self.offer_ms)
    }

    /// How long an agent that declined is not offered the same job again.
    #[must_use]
    pub fn declined(&self) -> Duration {
        Duration::from_millis(self.declined_ms)
    }

    /// How long after a kill that reached the agent the server ends the job itself.
    #[must_use]
    pub fn kill_overdue(&self) -> Duration {
        Duration::from_millis(self.kill_overdue_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_make_sense() {
        assert_eq!(Limits::default().check(), Ok(()));
    }

    #[test]
    fn limits_in_the_wrong_order_are_refused_by_name() {
        let limits = Limits {
            silent_ms: 90_000,
            lost_ms: 90_000,
            ..Limits::default()
        };
        assert_eq!(
            limits.check().unwrap_err().to_string(),
            "`limits.silent_ms` must be less than `limits.lost_ms`"
        );
    }
}
