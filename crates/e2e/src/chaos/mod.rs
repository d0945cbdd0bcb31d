//! Process chaos: real programs and real robots, attacked without a pause, and then judged.
//!
//! The program `chaos` calls [`run`]; `cargo xtask chaos` starts it. One server, three agents and
//! their robots work while people press play, Stop and Kill, and while programs are killed and
//! stopped, lines cut, a disk filled, clocks shifted and the power cut, as a seed decides. The
//! seed repeats the faults and the presses; what they meet depends on the computer's own timing.
//! Then everything is healed, and what robots wrote outside of our programs is compared with what
//! the server tells.
//!
//! A power cut here kills every process and leaves what the system had been given: what a disk
//! loses that was not synced is the simulation's matter.

mod diary;
mod dice;
mod errands;
mod faults;
mod figures;
mod found;
mod history;
mod pages;
mod people;
mod points;
mod processes;
mod run;
mod sayings;
mod verdict;
mod world;

pub use run::{Options, run};
