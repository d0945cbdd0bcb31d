//! Real processes, attacked: the tests in `tests/it`, one module for each promise, and
//! [`chaos`], which attacks all of them at once.

pub mod chaos;
