//! Jobs, their logs and their files.

pub(super) mod artifacts;
pub(super) mod attempts;
mod batches;
pub(super) mod cancel;
pub(super) mod events;
mod found;
pub(super) mod list;
pub(super) mod log;
pub(super) mod package;
pub(super) mod play;
pub(super) mod retry;
pub(super) mod search;
pub(super) mod show;
mod step_tree;
pub(super) mod steps;
pub(super) mod upload;
