//! People and what signs them in.

pub(super) mod invites;
pub(super) mod me;
pub(super) mod session;
pub(super) mod sessions;
pub(super) mod setup;
mod shown;
pub(super) mod tokens;
pub(super) mod users;
