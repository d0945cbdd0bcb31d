//! One judge for each group of promises. Each reads the whole history and knows nothing of the
//! others.

mod all;
mod cancels;
mod endings;
mod logs;
mod outcomes;
mod requests;
mod silence;
mod slots;
mod starts;

pub use all::judge;
