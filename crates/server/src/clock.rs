//! The clocks and the randomness of this process: the only place where the server reads them.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use model::{Clock, Ids, Monotonic, ObjectId, Timestamp};
use store::Timer;

/// The computer's clocks.
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// The clocks, counting from now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
    pub fn new() -> Self {
        Self {
            started: Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Monotonic {
        let since = self.started.elapsed();
        Monotonic::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

/// Time as it passes for the store's callers.
pub struct SystemTimer;

impl Timer for SystemTimer {
    fn after(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(time))
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
