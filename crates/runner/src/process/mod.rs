//! The processes of an attempt: how they are started, found and ended.

mod group;
mod pump;
mod tree;
mod unix;

pub(crate) use group::Group;
pub(crate) use pump::Pump;
pub(crate) use tree::{Known, end_tree};
pub(crate) use unix::{adopt_orphans, interrupt, reap};

pub(crate) use crate::outcome::Exit;
