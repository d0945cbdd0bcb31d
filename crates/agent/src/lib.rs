//! The desktop app: the agent's hands. The binary is `arkwright-agent`.

pub mod aside;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod computer;
pub mod exit;
pub mod folder;
pub mod pairing;
pub mod robots;
pub mod server_api;
pub mod server_url;
pub mod shell;
pub mod socket;
pub mod spool;
pub mod status;
pub mod terminal;
