//! The agent's mind: what it holds, what it says to the server and when a robot may start.
//!
//! [`AgentCore`] takes inputs and gives effects; it reads no clock, no disk and no socket. The
//! desktop app carries the effects out, and the simulation does so on simulated parts.
//!
//! What always holds:
//! - An offer is confirmed only after its record is synced to disk, and its robot is started only
//!   after the confirmation was answered and the record of the start is synced.
//! - Events are numbered from 1 without gaps, sent only after they are synced, and forgotten only
//!   after the server has stored them. What had to be dropped leaves a `gap` event.
//! - An attempt is held until its outcome is stored by the server, or the server says that it
//!   need not be held.
//!
//! Not here: supervisors, files and sockets (`runner`, `agent`), and what a robot is.

mod attempt;
mod core;
mod effect;
mod event;
mod input;
mod recovered;

pub use crate::core::{AgentCore, Setup};
pub use attempt::Phase;
pub use effect::{Effect, ExitReason, Mode, Prepare, Start, Tell};
pub use event::EventText;
pub use input::{
    Artifact, CallError, CallId, Closed, Input, JoinRefused, PrepareFailure, RobotNews, Shutdown,
    SpoolPosition,
};
pub use recovered::{Recovered, Robot, SpoolRecord, TailOffsets};
