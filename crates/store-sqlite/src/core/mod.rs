//! All SQL, one file for each subject.
//!
//! Every verb is a plain function over a [`Connection`] that is inside a transaction: it reads,
//! decides, writes and answers. It never begins or ends a transaction, knows no thread and no
//! clock. Writes run one after the other, so that what a verb has read stays true until it ends.

pub(crate) mod agents;
pub(crate) mod artifacts;
pub(crate) mod audit;
pub(crate) mod document;
pub(crate) mod error;
pub(crate) mod forget;
pub(crate) mod job_lists;
pub(crate) mod jobs;
pub(crate) mod logs;
pub(crate) mod node;
pub(crate) mod offers;
pub(crate) mod pairings;
pub(crate) mod people;
pub(crate) mod robots;

pub(crate) use error::{CoreError, CoreResult};
