//! The judge, by histories that are right, and by ones that are wrong on purpose: each of those
//! breaks exactly one promise.

mod given;
mod right;
mod wrong_ends;
mod wrong_logs;
mod wrong_starts;
