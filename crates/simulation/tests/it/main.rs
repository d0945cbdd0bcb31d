//! The simulation itself.

mod mistakes;
mod seeds;
