//! The HTTP door: REST, the page, health.

pub mod assets;
pub mod origin;
