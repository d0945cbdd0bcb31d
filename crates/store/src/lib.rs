//! What a store must do.
//!
//! Verbs of the domain, each one atomic and conditional, each with a typed answer. `now` and all
//! new ids are arguments, so that a caller that did not hear the answer repeats **the same call**
//! and is recognised. No transaction type leaks out, and time never comes from the database.
//!
//! The rules of a job's life are not here: a store evaluates [`model::transition::apply`] inside
//! its atomic write and stores what that answers.
//!
//! [`Bounded`] gives every call of a store a time limit.
//!
//! Feature `testing`: `conformance` asks every store the same questions, `faulty` is a store that
//! fails as told, `until_known` a caller that repeats what it lost.
//!
//! Rules that span two documents, and how they are kept, are written at the verbs they belong to.

pub mod agents;
pub mod artifacts;
pub mod audit;
pub mod bounded;
#[cfg(feature = "testing")]
pub mod conformance;
pub mod error;
mod every_verb;
#[cfg(feature = "testing")]
pub mod faulty;
pub mod jobs;
pub mod logs;
pub mod node;
pub mod pairings;
pub mod people;
pub mod robots;
#[cfg(feature = "testing")]
pub mod until_known;

pub use agents::Agents;
pub use artifacts::Artifacts;
pub use audit::Audit;
pub use bounded::{Bounded, Timer};
pub use error::{StoreError, StoreResult};
pub use jobs::Jobs;
pub use logs::Logs;
pub use node::Node;
pub use pairings::Pairings;
pub use people::People;
pub use robots::Robots;

/// Everything that the product keeps.
pub trait Store:
    Jobs + Logs + Agents + Pairings + Robots + People + Audit + Artifacts + Node
{
}

impl<T: Jobs + Logs + Agents + Pairings + Robots + People + Audit + Artifacts + Node> Store for T {}
