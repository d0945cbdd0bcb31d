//! People, and who did what.

use serde::{Deserialize, Serialize};

/// What a person may do besides owning robots, computers and jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "export", derive(ts_rs::TS))]
pub enum Role {
    /// The first account: may do everything and cannot be removed.
    Owner,
    /// May invite people and read the audit.
    Admin,
    /// Owns robots, computers and jobs; nothing else.
    User,
}

/// Who asked for something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(ts_rs::TS))]
pub struct Actor {
    /// What kind of caller it was.
    pub kind: ActorKind,
    /// Its id: of the user, of the token.
    pub id: String,
    /// Its name as people know it.
    pub name: String,
}

/// The kinds of caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "export", derive(ts_rs::TS))]
pub enum ActorKind {
    /// A signed-in person.
    User,
    /// An API token.
    Token,
}
