//! One connection of one agent: see [`AgentSession`].

mod attempt;
mod bounded;
mod session;

pub use session::{AfterAgent, AgentReply, AgentSession};
