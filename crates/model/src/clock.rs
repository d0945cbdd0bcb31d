//! Where time and randomness come in. One instance for each process, so that a simulated one can
//! drift by itself; nothing below the two programs reads a clock.

use std::time::Duration;

use crate::ids::ObjectId;
use crate::time::Timestamp;

/// The two clocks of a process.
pub trait Clock: Send + Sync {
    /// The wall clock: goes into the store and onto the wire, may jump.
    fn now(&self) -> Timestamp;
    /// A clock that only moves forward: measures limits and back-off.
    fn monotonic(&self) -> Monotonic;
}

/// Ids and randomness of a process.
pub trait Ids: Send + Sync {
    /// A new id, made at `now`.
    fn object_id(&self, now: Timestamp) -> ObjectId;
    /// Fills `out` with bytes that nobody can guess.
    fn fill_secret(&self, out: &mut [u8]);
    /// A random duration from zero to `up_to`.
    fn jitter(&self, up_to: Duration) -> Duration;
}

/// A reading of the clock that only moves forward, in milliseconds from an unnamed beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Monotonic(u64);

impl Monotonic {
    /// The reading of `millis` milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds from the unnamed beginning.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The reading `by` later.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(
            self.0
                .saturating_add(u64::try_from(by.as_millis()).unwrap_or(u64::MAX)),
        )
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// Both clocks, read together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instants {
    /// The wall clock.
    pub now: Timestamp,
    /// The clock that only moves forward.
    pub monotonic: Monotonic,
}
