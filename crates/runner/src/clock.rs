//! The clocks of this computer, and the one place where a thread waits.
//!
//! Used by the supervisor, which is a program of its own, and by the few functions here that wait
//! for a process. Two clocks, because a sleeping computer stops one of them: [`Moment`] keeps both,
//! so that sleep can be told from work.

use std::time::Duration;

use model::Timestamp;
use serde::{Deserialize, Serialize};

/// A reading of the clocks that do not jump, and of which boot they count from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Moment {
    /// Milliseconds that the computer was awake.
    pub(crate) awake_ms: u64,
    /// Milliseconds since it booted, sleep included.
    pub(crate) boot_ms: u64,
    /// Which boot that was; empty where the system does not say.
    pub(crate) boot_id: String,
}

impl Moment {
    pub(crate) fn now() -> Self {
        Self {
            awake_ms: millis(read_clock(AWAKE)),
            boot_ms: millis(read_clock(SINCE_BOOT)),
            boot_id: boot_id(),
        }
    }

    /// How long ago this was, sleep included. `None` if it was before the last boot.
    pub(crate) fn age(&self, now: &Self) -> Option<Duration> {
        (self.boot_id == now.boot_id)
            .then(|| Duration::from_millis(now.boot_ms.saturating_sub(self.boot_ms)))
    }

    /// How much of the time since then the computer slept. `None` if it was before the last boot.
    pub(crate) fn slept(&self, now: &Self) -> Option<Duration> {
        let awake = Duration::from_millis(now.awake_ms.saturating_sub(self.awake_ms));
        self.age(now).map(|age| age.saturating_sub(awake))
    }
}

/// Time that the computer was awake, from an unnamed beginning.
pub(crate) fn awake() -> Duration {
    read_clock(AWAKE)
}

/// The wall clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the supervisor is a program: this is its clock"
)]
pub(crate) fn wall() -> Timestamp {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Lets other processes work for a moment.
#[expect(
    clippy::disallowed_methods,
    reason = "waiting for a process has no other means here"
)]
pub(crate) fn pause(length: Duration) {
    std::thread::sleep(length);
}

/// Which boot of this computer this is; empty where the system does not say.
pub(crate) fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|id| id.trim().to_owned())
        .unwrap_or_default()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(target_os = "linux")]
const AWAKE: nix::libc::clockid_t = nix::libc::CLOCK_MONOTONIC;
#[cfg(target_os = "linux")]
const SINCE_BOOT: nix::libc::clockid_t = nix::libc::CLOCK_BOOTTIME;
#[cfg(target_os = "macos")]
const AWAKE: nix::libc::clockid_t = nix::libc::CLOCK_UPTIME_RAW;
#[cfg(target_os = "macos")]
const SINCE_BOOT: nix::libc::clockid_t = nix::libc::CLOCK_MONOTONIC;

#[cfg(unix)]
fn read_clock(clock: nix::libc::clockid_t) -> Duration {
    let mut read = nix::libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `read` is a valid place for one timespec, and lives until the call returns.
    let failed = unsafe { nix::libc::clock_gettime(clock, &raw mut read) };
    if failed != 0 {
        return Duration::ZERO;
    }
    Duration::new(
        u64::try_from(read.tv_sec).unwrap_or(0),
        u32::try_from(read.tv_nsec).unwrap_or(0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(awake_ms: u64, boot_ms: u64, boot_id: &str) -> Moment {
        Moment {
            awake_ms,
            boot_ms,
            boot_id: boot_id.to_owned(),
        }
    }

    #[test]
    fn sleep_is_what_one_clock_counts_and_the_other_does_not() {
        let given = moment(1_000, 5_000, "a");
        let later = moment(61_000, 165_000, "a");
        assert_eq!(given.age(&later), Some(Duration::from_secs(160)));
        assert_eq!(given.slept(&later), Some(Duration::from_secs(100)));
    }

    #[test]
    fn nothing_is_known_across_a_boot() {
        assert_eq!(moment(1, 1, "a").age(&moment(2, 2, "b")), None);
        assert_eq!(moment(1, 1, "a").slept(&moment(2, 2, "b")), None);
    }

    #[test]
    fn the_clocks_go_forward() {
        let first = Moment::now();
        let second = Moment::now();
        assert!(second.awake_ms >= first.awake_ms && second.boot_ms >= first.boot_ms);
        assert!(first.awake_ms > 0);
    }
}
