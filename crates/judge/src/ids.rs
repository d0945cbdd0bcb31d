//! Names in a history. They mean nothing but themselves.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! names {
    ($($(#[$about:meta])* $name:ident,)+) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self(name.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(name: String) -> Self {
                Self(name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

names! {
    /// A job.
    JobId,
    /// An agent: a computer that was approved, and every copy of its folder.
    AgentId,
    /// A person.
    UserId,
    /// What a caller of play names its request by; its user's own.
    RequestId,
    /// Somebody who sees statuses in order: a page, or a reader of the REST door.
    ViewerId,
}

/// One attempt of a job.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Attempt {
    /// The job.
    pub job: JobId,
    /// Its number.
    #[serde(rename = "attempt")]
    pub n: u32,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.job, self.n)
    }
}
