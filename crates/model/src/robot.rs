//! What is known of a robot besides its source.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What kind of program a robot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "export", derive(ts_rs::TS))]
pub enum RobotKind {
    /// Robot Framework, unmodified.
    RobotFramework,
}

/// How a robot wants to be run. A job keeps the settings that its robot had at play.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "export", derive(ts_rs::TS), ts(optional_fields))]
pub struct RobotSettings {
    /// The longest time from the start of the robot's process, in milliseconds; absent: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// How long a stopped robot may clean up before it is killed, in milliseconds.
    pub stop_grace_ms: u64,
    /// Its owner declared that doing it twice does no harm.
    pub repeatable: bool,
    /// The most confirmed attempts of one job of a repeatable robot.
    pub max_attempts: u32,
    /// How long ended jobs are kept, in days.
    pub keep_days: u32,
}

impl Default for RobotSettings {
    fn default() -> Self {
        Self {
            timeout_ms: None,
            stop_grace_ms: 10_000,
            repeatable: false,
            max_attempts: 3,
            keep_days: 90,
        }
    }
}

impl RobotSettings {
    /// The first setting that is out of its range, with the sentence that says which.
    #[must_use]
    pub fn problem(&self) -> Option<(&'static str, &'static str)> {
        const WEEK_MS: u64 = 7 * 24 * 3_600_000;
        if self
            .timeout_ms
            .is_some_and(|ms| !(1_000..=WEEK_MS).contains(&ms))
        {
            return Some((
                "settings.timeoutMs",
                "the time limit lies between 1 second and 7 days",
            ));
        }
        if !(1_000..=600_000).contains(&self.stop_grace_ms) {
            return Some((
                "settings.stopGraceMs",
                "the time for clean-up lies between 1 second and 10 minutes",
            ));
        }
        if !(1..=10).contains(&self.max_attempts) {
            return Some(("settings.maxAttempts", "between 1 and 10 attempts"));
        }
        if !(1..=3650).contains(&self.keep_days) {
            return Some(("settings.keepDays", "jobs are kept between 1 and 3650 days"));
        }
        None
    }
}

/// A SHA-256 digest, written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "export", derive(ts_rs::TS), ts(type = "string"))]
pub struct Sha256(pub [u8; 32]);

/// A text that is no digest.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a SHA-256 digest has 64 lower-case hex digits")]
pub struct NotADigest;

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Sha256 {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let digits = text.as_bytes();
        if digits.len() != 64 || text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(NotADigest);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| NotADigest)?;
            if pair.starts_with('+') {
                return Err(NotADigest);
            }
            *byte = u8::from_str_radix(pair, 16).map_err(|_| NotADigest)?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Sha256 {
    type Error = NotADigest;
    fn try_from(text: String) -> Result<Self, NotADigest> {
        text.parse()
    }
}

impl From<Sha256> for String {
    fn from(digest: Sha256) -> String {
        digest.to_string()
    }
}
