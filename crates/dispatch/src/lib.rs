//! What may happen to a job, an agent and a pairing: one file for each verb.
//!
//! Called by `sessions` (sockets), by the server's REST handlers and by its sweep. Each verb asks
//! the store one thing at a time, each of them atomic, and tells the news afterwards through
//! [`Hints`]: a hint that is lost costs time, never a job.
//!
//! What always holds: nothing here waits for anything but the store; `now` is an argument, ids and
//! randomness come from [`model::Ids`]; the rules of a job's life are [`model::transition`]'s,
//! evaluated by the store inside its write. When the store did not answer
//! ([`store::StoreError::Unknown`]), the same call is repeated with the same ids.
//!
//! Not here: who is asking (identity is the server's), and the shapes of the wire (`sessions`).

mod agent_state;
mod can;
mod cancel;
mod change_agent;
mod change_robot;
mod claim;
mod confirm;
mod content;
mod decline;
mod desk;
mod hints;
mod holding;
mod job_view;
mod join;
mod listening;
mod pairing;
mod play;
mod presence;
mod renew;
mod report;
mod retry;
mod revoke;
mod seal;
mod surroundings;
mod sweep;
mod until_known;
mod why_waiting;

pub use agent_state::{AgentState, StateOfAgent, agent_state};
pub use can::{Can, Permission, can};
pub use cancel::CancelRefused;
pub use claim::{ClaimRefused, OfferMade};
pub use confirm::ConfirmRefused;
pub use decline::{DeclineRefused, DeclineRequest};
pub use desk::{Dispatch, Parts};
pub use hints::{Goodbye, Hints, Who};
pub use holding::{HeldAttempt, Holdings};
pub use job_view::{AgentView, Cancelling, JobView, RunningOn};
pub use join::{JoinRequest, JoinedAnswer};
pub use listening::Listening;
pub use pairing::{
    ApproveRefused, EnrolRefused, EnrolRequest, EnrolmentRefused, EnrolmentRequest, NewEnrolment,
    PairingRefused, PairingRequest, PollRefused,
};
pub use play::{PlayAnswer, PlayRefused, PlayRequest};
pub use renew::RenewRequest;
pub use report::{EventsRefused, FinishAnswer, FinishRefused, FinishRequest};
pub use retry::{RetryRefused, RetryRequest};
pub use seal::{Seal, Unsealable};
pub use surroundings::Surroundings;
pub use sweep::Swept;
pub use until_known::{Known, until_known};
pub use why_waiting::{WhyWaiting, why_waiting};
