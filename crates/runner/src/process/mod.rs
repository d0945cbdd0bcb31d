//! The processes of an attempt: how they are started, found and ended.

mod pump;
mod tree;
mod unix;

pub(crate) use pump::Pump;
pub(crate) use tree::{Known, end_tree};
pub(crate) use unix::{adopt_orphans, interrupt, reap, spawn_detached, spawn_in_session};

pub(crate) use crate::outcome::Exit;
