//! What one agent's or one page's connection may do: a message comes in, an answer goes out.
//!
//! A door makes one [`AgentSession`] or [`PageSession`] for each socket that was let in, gives it
//! the messages one after the other, sends what it answers and does what the answer says must
//! follow (enter a room, close). No socket, no clock and no randomness is inside; nothing but the
//! store is waited for. REST uses [`view`] and [`refusal`] too, so that both doors show the same
//! shapes and the same errors.
//!
//! Left to the door: reading a message ([`wire::agent::AgentMessage::read`]), the credential, the
//! order of the messages, how many batches are unanswered (`limits.batches_in_flight`; one beyond
//! them is answered with [`refusal::too_many_batches`]), and the reference of an error.

pub mod agent;
pub mod event_text;
pub mod page;
pub mod refusal;
pub mod view;
pub mod watcher;

pub use agent::{AfterAgent, AgentReply, AgentSession};
pub use page::{Access, AfterPage, PageReply, PageSession};
pub use refusal::Refused;
pub use watcher::{Next, Watcher};
