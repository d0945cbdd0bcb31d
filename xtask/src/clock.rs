//! How long something took. The only place of these commands that asks the system's clock.

use std::time::{Duration, Instant};

/// A point in time from which is measured.
#[derive(Clone, Copy)]
pub(crate) struct Since(Instant);

impl Since {
    #[expect(
        clippy::disallowed_methods,
        reason = "commands measure real time for people"
    )]
    pub(crate) fn now() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// `850 ms`, `12.3 s`, `4 min 07 s`: as the page writes durations.
pub(crate) fn for_people(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds >= 60 {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    } else if seconds >= 1 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} ms", duration.as_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_written_as_on_the_page() {
        assert_eq!(for_people(Duration::from_millis(850)), "850 ms");
        assert_eq!(for_people(Duration::from_millis(12_340)), "12.3 s");
        assert_eq!(for_people(Duration::from_secs(247)), "4 min 07 s");
    }
}
