//! The commands of `arkwright-agent`.

pub mod doctor;
pub mod forget;
pub mod start;
pub mod status;
