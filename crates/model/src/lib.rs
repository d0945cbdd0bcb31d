//! The words and the rules of Arkwright.
//!
//! Everything that the other rooms talk about is named here once: ids, time, people, robots,
//! agents, jobs and how they end. [`transition`] is the one table of what may happen to a job.
//!
//! This crate is pure: it knows no clock, no randomness, no disk, no socket and no runtime. Time
//! and randomness come in through [`Clock`] and [`Ids`], which the two programs implement.

pub mod agent;
pub mod clock;
pub mod ids;
pub mod job;
pub mod limits;
pub mod mutation;
pub mod names;
pub mod outcome;
pub mod package;
pub mod parameter;
pub mod person;
pub mod robot;
pub mod robot_source;
pub mod time;
pub mod transition;

pub use agent::{Check, Connection, InstanceId, OperatingSystem};
pub use clock::{Clock, Ids, Instants, Monotonic};
pub use ids::{
    AgentId, ArtifactId, AttemptKey, AttemptNumber, EnrolmentId, JobId, ObjectId, PairingId,
    RobotId, SessionId, TokenId, UserId,
};
pub use job::{
    Attempt, CancelRequest, Declined, Job, JobState, Offer, PastAttempt, Reported, Status,
    StopMode, Wanted,
};
pub use limits::Limits;
pub use names::{Label, Name, RequestKey};
pub use outcome::{CancelledHow, Ending, Failure, Outcome};
pub use person::{Actor, ActorKind, Role};
pub use robot::{RobotKind, RobotSettings, Sha256};
pub use time::Timestamp;
