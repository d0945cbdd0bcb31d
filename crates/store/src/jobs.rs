//! The jobs collection.

use async_trait::async_trait;
use model::parameter::FilledValue;
use model::transition::{Command, Happened, Refusal};
use model::{
    AgentId, AttemptKey, Connection, Job, JobId, Limits, Name, RequestKey, RobotId, Status,
    Timestamp, UserId,
};

use crate::error::StoreResult;

/// Verbs of the jobs collection.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Accepts a job. The store gives it the robot's next number; a number once given is never
    /// given again, also if the job is later forgotten. The values become the user's last values
    /// for that robot (kept beside; losing that second write costs nothing but the memory).
    async fn play(&self, play: Play) -> StoreResult<Played>;

    /// The job of an earlier play with this id and this content, as it is now.
    async fn played(&self, user: UserId, request: Request) -> StoreResult<Option<Job>>;

    /// Makes the oldest jobs that the agent may run offers to it, at most `free`, and never more
    /// than its slots allow: open offers and current attempts of an agent never exceed the smaller
    /// of what its `join` and its page allow. The same `claim_id` again answers those of its
    /// offers that are still open, nothing new.
    ///
    /// Spans agent and jobs: one transaction in SQLite; a store of single documents reserves the
    /// slot in the agent's document first.
    async fn offer_next(&self, claim: Claim) -> StoreResult<Claimed>;

    /// Does `command` to the job, if [`model::transition::apply`] and the guard allow it: one
    /// atomic, conditional write. For `Command::Finish` the store fills in `stored_to` from its
    /// own log, read in that same write. When the job ends, its secrets are deleted with it.
    async fn change_job(
        &self,
        job: JobId,
        command: Command,
        guard: Option<Guard>,
        now: Timestamp,
    ) -> StoreResult<JobAnswer>;

    /// The job as it is now.
    async fn job(&self, job: JobId) -> StoreResult<Option<JobRow>>;

    /// The parameters that the user entered, in the order of their declaration.
    async fn job_parameters(&self, job: JobId) -> StoreResult<Vec<FilledValue>>;

    /// The sealed secrets of a job that has not ended.
    async fn job_secrets(&self, job: JobId) -> StoreResult<Vec<SealedSecret>>;

    /// One page of a user's jobs, newest first. What no index tells is looked for in a bounded part
    /// of the history: such a page may hold fewer jobs than asked for, and still say where to go on.
    async fn jobs_page(
        &self,
        user: UserId,
        filter: JobFilter,
        ask: PageAsk,
    ) -> StoreResult<JobsPage>;

    /// The user's jobs that wait or execute, oldest first, at most `limit`.
    async fn open_jobs(&self, user: UserId, limit: u32) -> StoreResult<Vec<Job>>;

    /// The jobs that this agent holds: an open offer, the current attempt, or a past attempt
    /// whose outcome the agent has not told.
    async fn jobs_of_agent(&self, agent: AgentId) -> StoreResult<Vec<Job>>;

    /// What the sweep must look at, at most `most` of each kind. Each is only a hint: the change
    /// itself is conditional again.
    async fn due(&self, query: DueQuery, most: u32) -> StoreResult<Vec<Due>>;

    /// The values of the user's last play of that robot, without secrets.
    async fn last_values(&self, user: UserId, robot: RobotId) -> StoreResult<Vec<FilledValue>>;

    /// Deletes ended jobs whose time to be kept is over, with log and artifact rows, at most
    /// `most`; answers how many.
    async fn forget_jobs(&self, now: Timestamp, most: u32) -> StoreResult<u32>;

    /// Jobs that wait although their robot was deleted at that time or before: a crash kept them
    /// from being ended with it.
    async fn left_waiting(&self, deleted_before: Timestamp, most: u32) -> StoreResult<Vec<Job>>;
}

/// A job to be accepted.
#[derive(Debug, Clone)]
pub struct Play {
    /// The job, waiting; its `number` is filled in by the store.
    pub job: Job,
    /// All declared parameters in their order.
    pub parameters: Vec<FilledValue>,
    /// Its secrets, sealed.
    pub secrets: Vec<SealedSecret>,
    /// The caller's id for this request and the keyed hash of its content.
    pub request: Option<Request>,
}

/// A request that can be recognised when it comes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The caller's id, unique for the user.
    pub id: RequestKey,
    /// A keyed hash of the content.
    pub digest: [u8; 32],
}

/// A secret, encrypted with a key that is not in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSecret {
    /// The parameter's name.
    pub name: String,
    /// Nonce and ciphertext.
    pub sealed: Vec<u8>,
}

/// The answer to a play.
#[derive(Debug, Clone)]
pub enum Played {
    /// A new job.
    Created(Job),
    /// The same request came before: its job, as it is now.
    Same(Job),
    /// The request id was used for other content.
    RequestIdTaken {
        /// The job of that request.
        job: JobId,
    },
    /// The robot is gone, or not that user's.
    RobotGone,
}

/// An agent that asks for work.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Who asks.
    pub connection: Connection,
    /// The agent's own id of this claim.
    pub claim_id: RequestKey,
    /// The most offers that it wants now.
    pub free: u32,
    /// The time of the claim.
    pub now: Timestamp,
    /// When the offers run out.
    pub until: Timestamp,
}

/// The answer to a claim.
#[derive(Debug, Clone)]
pub enum Claimed {
    /// Offers, oldest job first; possibly none.
    Offers(Vec<Job>),
    /// A later join stands: this connection may not claim.
    OldConnection,
    /// The agent is unknown or was removed.
    Removed,
}

/// A condition on another document that must hold in the same write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// The agent has not been heard from after `at`. (A store of single documents reads the agent
    /// first: an agent that comes back in between was lost at that moment, which is true.)
    NotHeardAfter {
        /// The agent.
        agent: AgentId,
        /// The time.
        at: Timestamp,
    },
}

/// What became of a change.
#[derive(Debug, Clone)]
pub enum JobAnswer {
    /// It is stored.
    Changed {
        /// The job after it.
        job: Job,
        /// What happened.
        what: Happened,
    },
    /// Nothing changed.
    Refused {
        /// Why.
        refusal: Refusal,
        /// The job as it was found.
        found: Job,
    },
    /// There is no such job.
    Gone,
}

/// A job and how far its log reaches.
#[derive(Debug, Clone)]
pub struct JobRow {
    /// The job.
    pub job: Job,
    /// The last stored event of the latest confirmed attempt.
    pub last_seq: u64,
}

/// Which jobs to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Of this robot.
    pub robot: Option<RobotId>,
    /// In one of these statuses; all if empty.
    pub statuses: Vec<Status>,
    /// Whose latest offer or attempt was this agent's.
    pub agent: Option<AgentId>,
    /// Created at or after.
    pub from: Option<Timestamp>,
    /// Created before.
    pub to: Option<Timestamp>,
    /// Words in the robot's name or the outcome's message, without regard to case.
    pub q: Option<String>,
    /// With this number, of whatever robot.
    pub number: Option<u64>,
}

/// Which part of the list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageAsk {
    /// After this job; absent: from the newest on.
    pub after: Option<PageKey>,
    /// At most so many jobs.
    pub limit: u32,
    /// At most so many jobs are looked at.
    pub look_at: u32,
}

/// Jobs of a list.
#[derive(Debug, Clone, Default)]
pub struct JobsPage {
    /// The jobs, newest first.
    pub rows: Vec<JobRow>,
    /// Where the next page begins; absent if nothing lies beyond.
    pub next: Option<PageKey>,
}

/// Where a page ends: the next begins after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageKey {
    /// When the last job of the page was created.
    pub created_at: Timestamp,
    /// Its id.
    pub id: JobId,
}

/// What the sweep looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueQuery {
    /// Offers that ran out at this time or before.
    pub now: Timestamp,
    /// Executing jobs of agents that were last heard from at this time or before.
    pub heard_before: Timestamp,
    /// Executing jobs whose agent was told to kill at this time or before.
    pub told_before: Timestamp,
}

impl DueQuery {
    /// The query at `now`. Silence and kills count only for a caller that has listened as long.
    #[must_use]
    pub fn at(now: Timestamp, limits: &Limits) -> Self {
        Self {
            now,
            heard_before: now.minus(limits.lost()),
            told_before: now.minus(limits.kill_overdue()),
        }
    }
}

/// Something that the sweep must look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The offer or attempt.
    pub attempt: AttemptKey,
    /// Its agent.
    pub agent: AgentId,
    /// Its agent's name.
    pub agent_name: Name,
    /// Why.
    pub why: DueReason,
}

/// Why the sweep must look at a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueReason {
    /// Its offer ran out.
    OfferRanOut,
    /// Its agent is silent.
    AgentSilent,
    /// Its agent was told to kill and did not answer.
    KillOverdue,
    /// Its agent was removed: a crash left it half-done.
    AgentRemoved,
}
