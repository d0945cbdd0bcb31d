//! Real processes, attacked: the tests in `tests/it`, one module for each promise,
//! [`chaos`], which attacks all of them at once, and [`limits`], which asks much of one agent.

pub mod chaos;
pub mod limits;
mod small_disk;

pub use small_disk::SmallDisk;
