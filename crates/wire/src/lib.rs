//! Every message and body that crosses the wire, as `docs/WIRE.md` says.
//!
//! Used by the server's doors, the agent and the tests; the page's TypeScript is generated from
//! the same types. Each message has an example file in `examples/`, which Rust, TypeScript and the
//! documentation read alike.
//!
//! What always holds: unknown fields are ignored; an absent value is left out, never `null`; a
//! text that should be an id and is none is [`IdText`] all the same, because to a stranger it is
//! an unknown id and no malformed message. Words that the store keeps in the same form (outcome,
//! parameters, settings) are [`model`]'s own; nothing else here is.

#[macro_use]
mod shape;

pub mod agent;
pub mod error;
pub mod event;
pub mod rest;
pub mod shapes;
pub mod web;

pub use error::{ErrorBody, ErrorCode, Field};
pub use shape::{IdText, SecretText, read};

/// The version of the wire that stands here.
pub const VERSION: u32 = 1;

/// Whether a handshake's `auth` names the version that stands here.
#[must_use]
pub fn is_spoken(auth: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(auth)
        .is_ok_and(|auth| auth["v"].as_f64() == Some(f64::from(VERSION)))
}
