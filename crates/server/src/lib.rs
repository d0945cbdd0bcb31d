//! The server: its doors, identity, configuration and composition.

pub mod clock;
pub mod config;
pub mod data_folder;
pub mod http;
pub mod identity;
