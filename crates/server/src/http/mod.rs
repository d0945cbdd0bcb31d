//! The HTTP door: REST, the page, health.
//!
//! A handler parses, asks one question, and turns the answer into a response. Whatever goes wrong
//! becomes one kind of error ([`failure`]), and each request has a reference in its log and its
//! error ([`reference`]).

mod agents;
pub mod assets;
pub(crate) mod audit;
mod body;
pub(crate) mod caller;
mod docs;
mod failure;
mod health;
mod jobs;
mod openapi;
pub mod origin;
mod people;
mod query;
mod reference;
mod robots;
mod router;
mod served_file;

pub use router::router;
