//! Robots and their versions.

pub(super) mod change;
pub(super) mod check;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod list;
pub(super) mod play_form;
mod saving;
pub(super) mod show;
pub(super) mod source;
pub(super) mod versions;
