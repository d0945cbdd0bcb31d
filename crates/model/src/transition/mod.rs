//! The one table of what may happen to a job.
//!
//! [`apply`] is a pure function from (job, command, now) to a change or a refusal. Every store
//! evaluates it inside the atomic write that stores the change; nothing else changes a job. The
//! table and the diagram in `docs/reference/transitions.md` are drawn by calling it.
//!
//! Two tokens fence off the past. The **attempt number** names the offer that a message is about;
//! the **connection number** tells a living connection from a message that arrives late from an
//! earlier one.

mod answer;
mod apply;
mod command;
mod held;
mod speaker;

pub use answer::{Changed, Happened, Refusal};
pub use apply::apply;
pub use command::{By, Command, Finish, Held, LossCause, OfferTo, Refused};
pub use held::{DropReason, Holding, held, may_append};
