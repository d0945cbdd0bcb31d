//! Decides from a history alone whether the promises were kept.
//!
//! Whoever tries to break the promises writes down what was asked and answered, what robots did
//! (by their own witness), what people saw and what the store says in the end: a [`History`], as
//! JSON lines where processes make it. [`judge()`] reads it and names each [`Violation`].
//!
//! What always holds: nothing here knows how jobs are carried out. The crate depends on no other
//! of this repository, so the compiler proves that it shares no mistake with them. A history
//! without a kind of record is not judged by it: silence is no violation.
//!
//! Not here: making histories (`simulation`, `e2e`).

mod history;
mod ids;
mod judges;
mod known;
mod record;
mod violation;

pub use history::{History, Unreadable};
pub use ids::{AgentId, Attempt, JobId, RequestId, UserId, ViewerId};
pub use judges::judge;
pub use record::{
    Event, EventKind, Failure, FinalAttempt, FinalJob, Limits, Mode, Outcome, Record, RobotEnd,
    Status, What,
};
pub use violation::{Promise, Violation};
