//! The clocks and the randomness of this process: the only place where the agent reads them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use model::{Clock, Ids, Instants, Monotonic, ObjectId, Timestamp};

/// The computer's clocks. The one that only moves forward counts while the computer sleeps, so
/// that a leave to start does not outlive a night.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Monotonic {
        #[cfg(target_os = "linux")]
        let clock = nix::time::ClockId::CLOCK_BOOTTIME;
        #[cfg(not(target_os = "linux"))]
        let clock = nix::time::ClockId::CLOCK_MONOTONIC;
        let read = nix::time::clock_gettime(clock)
            .map(Duration::from)
            .unwrap_or_default();
        Monotonic::from_millis(u64::try_from(read.as_millis()).unwrap_or(u64::MAX))
    }
}

impl SystemClock {
    /// Both clocks.
    #[must_use]
    pub fn instants(&self) -> Instants {
        Instants {
            now: self.now(),
            monotonic: self.monotonic(),
        }
    }
}

/// The operating system's randomness.
pub struct SystemIds;

impl Ids for SystemIds {
    fn object_id(&self, now: Timestamp) -> ObjectId {
        ObjectId::from_parts(now, rand::random())
    }

    fn fill_secret(&self, out: &mut [u8]) {
        rand::fill(out);
    }

    fn jitter(&self, up_to: Duration) -> Duration {
        up_to.mul_f64(rand::random::<f64>())
    }
}
