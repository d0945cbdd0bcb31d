//! The command line: what can be asked of the program, and how it answers.
//!
//! Answers go to standard output, everything else to standard error; an error is told with its
//! whole chain of causes and what to do next.

mod backup;
mod cli;
mod doctor;
mod enrol;
mod failure;
mod owner;
mod run;
mod serve;
mod sign_in_link;

pub use failure::Failure;
pub use run::run;
