//! Agents, and how a computer becomes one.

pub(super) mod change;
pub(super) mod check;
pub(super) mod enrol;
pub(super) mod enrolments;
pub(super) mod fields;
pub(super) mod list;
pub(super) mod pairings;
pub(super) mod revoke;
