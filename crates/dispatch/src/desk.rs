//! [`Dispatch`]: what the verbs share, and the one way in which a job is changed and told about.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use model::transition::{Command, Happened, Refusal};
use model::{AgentId, AttemptKey, Ids, Job, JobId, Limits, Timestamp, UserId};
use store::jobs::{Guard, JobAnswer, JobRow};
use store::{Store, StoreResult};

use crate::hints::Hints;
use crate::presence::Presence;
use crate::seal::Seal;
use crate::until_known::until_known;

/// The most finished logs that wait to be compacted. What does not fit stays as it is, which costs
/// space only.
const LOGS_TO_COMPACT: usize = 1_000;

/// What [`Dispatch`] is made of.
pub struct Parts {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// Who is told.
    pub hints: Arc<dyn Hints>,
    /// Ids and randomness.
    pub ids: Arc<dyn Ids>,
    /// How secrets are kept.
    pub seal: Arc<dyn Seal>,
    /// The limits.
    pub limits: Limits,
    /// The key of the hash that recognises a repeated request by its content.
    pub content_key: [u8; 32],
}

/// The verbs, on one store. One for each server; cheap to share.
pub struct Dispatch {
    pub(crate) parts: Parts,
    pub(crate) presence: Presence,
    /// A copy of what the store knows, renewed by each sweep: pages ask for it often.
    listening_since: AtomicI64,
    stopping: AtomicBool,
    to_compact: Mutex<VecDeque<AttemptKey>>,
}

impl Dispatch {
    /// The verbs, on these parts. Silence counts from `now` on.
    #[must_use]
    pub fn new(parts: Parts, now: Timestamp) -> Self {
        Self {
            parts,
            presence: Presence::default(),
            listening_since: AtomicI64::new(now.as_millis()),
            stopping: AtomicBool::new(false),
            to_compact: Mutex::new(VecDeque::new()),
        }
    }

    /// Where everything is kept.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.parts.store
    }

    /// Who is told.
    #[must_use]
    pub fn hints(&self) -> &dyn Hints {
        &*self.parts.hints
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.parts.limits
    }

    /// Ids and randomness.
    #[must_use]
    pub fn ids(&self) -> &dyn Ids {
        &*self.parts.ids
    }

    /// Since when silence counts, as of the last sweep.
    #[must_use]
    pub fn listening_since(&self) -> Timestamp {
        Timestamp::from_millis(self.listening_since.load(Ordering::Relaxed))
    }

    pub(crate) fn note_listening_since(&self, since: Timestamp) {
        self.listening_since
            .store(since.as_millis(), Ordering::Relaxed);
    }

    /// The server is about to stop: waiting jobs say so.
    pub fn stops(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether the server is about to stop.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// The job, if it is that user's.
    ///
    /// # Errors
    /// The store's.
    pub async fn job_of(&self, user: UserId, job: JobId) -> StoreResult<Option<JobRow>> {
        let row = self.store().job(job).await?;
        Ok(row.filter(|row| row.job.user_id == user))
    }

    /// Changes a job in the one way there is, and tells whom it concerns.
    pub(crate) async fn change(
        &self,
        job: JobId,
        command: Command,
        guard: Option<Guard>,
        now: Timestamp,
    ) -> StoreResult<JobAnswer> {
        let known =
            until_known(|| self.store().change_job(job, command.clone(), guard, now)).await?;
        match &known.answer {
            JobAnswer::Changed { job, what } => self.tell(job, *what),
            // An earlier try may have done it, and nobody was told.
            JobAnswer::Refused { found, .. } if known.repeated => {
                self.tell_all(found);
                self.hints().work(found.user_id);
            }
            JobAnswer::Refused { .. } | JobAnswer::Gone => {}
        }
        Ok(known.answer)
    }

    fn tell(&self, job: &Job, what: Happened) {
        match what {
            Happened::Kept => {}
            Happened::KeptLate | Happened::CancelReached => self.hints().job(job.id),
            Happened::Offered
            | Happened::Confirmed
            | Happened::Lost
            | Happened::CancelledBeforeStart
            | Happened::EndedAsKilled
            | Happened::Rewound
            | Happened::Finished => self.tell_all(job),
            Happened::Declined | Happened::TakenBack | Happened::WaitsAgain => {
                self.tell_all(job);
                self.hints().work(job.user_id);
            }
            Happened::CancelAsked => self.hints().job(job.id),
        }
        if matches!(
            what,
            Happened::Finished | Happened::KeptLate | Happened::WaitsAgain
        ) {
            for past in &job.past {
                self.compact_later(AttemptKey {
                    job: job.id,
                    attempt: past.attempt.n,
                });
            }
        }
    }

    /// Tells that an agent fell silent or is back, and with it what it executes.
    pub(crate) fn tell_state<'a>(&self, agent: AgentId, held: impl Iterator<Item = &'a Job>) {
        self.hints().agent(agent);
        for job in held.filter(|job| job.current().is_some()) {
            self.hints().job(job.id);
        }
    }

    /// Tells that the job changed, and with it its robot's latest job and its agent's slots.
    pub(crate) fn tell_all(&self, job: &Job) {
        self.hints().job(job.id);
        self.hints().robot(job.robot_id);
        if let Some(agent) = &job.last_agent {
            self.hints().agent(agent.id);
        }
    }

    fn compact_later(&self, attempt: AttemptKey) {
        let mut waiting = self
            .to_compact
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < LOGS_TO_COMPACT {
            waiting.push_back(attempt);
        }
    }

    pub(crate) fn next_to_compact(&self) -> Option<AttemptKey> {
        self.to_compact
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front()
    }
}

/// A refusal that no verb of a right caller meets: the table and the verb disagree.
pub(crate) fn unexpected(verb: &'static str, refusal: &Refusal) {
    tracing::error!(verb, %refusal, "the transition table refused with what this verb cannot meet");
}
