//! The desktop app: the agent's hands. The binary is `arkwright-agent`.

pub mod clock;
pub mod computer;
pub mod exit;
pub mod folder;
pub mod pairing;
pub mod server_api;
pub mod server_url;
pub mod socket;
pub mod spool;
pub mod terminal;
