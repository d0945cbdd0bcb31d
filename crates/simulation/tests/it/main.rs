//! The simulation itself.

mod seeds;
