//! The server: its doors, identity, configuration and composition.
//!
//! The binary `arkwright` and tests call [`compose::compose`] and [`lifecycle::serve`]; what is
//! asked of a job, an agent or a pairing is answered by `dispatch` and `sessions`. Nothing here
//! decides about a job.

pub mod app;
pub mod backup;
pub mod clock;
pub mod commands;
pub mod compose;
pub mod config;
pub mod data_folder;
pub mod exit_code;
pub mod files;
pub mod http;
pub mod identity;
pub mod lifecycle;
pub mod package_zip;
pub mod socket;
