//! What is computed of a job or an agent beside what is stored. Pure.

use std::time::Duration;

use model::{Actor, AttemptKey, Job, JobState, Limits, Name, StopMode, Timestamp};
use store::agents::Agent;

use crate::agent_state::{AgentState, StateOfAgent};
use crate::can::{Can, can};
use crate::surroundings::Surroundings;
use crate::why_waiting::{WhyWaiting, why_waiting};

/// The computed half of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct JobView {
    /// Why it waits.
    pub why_waiting: Option<WhyWaiting>,
    /// What may be done with it.
    pub can: Can,
    /// Since when the agent that executes it is silent.
    pub silent_since: Option<Timestamp>,
    /// The request to end it, while it executes.
    pub cancelling: Option<Cancelling>,
}

/// A request to end an executing job.
#[derive(Debug, Clone, PartialEq)]
pub struct Cancelling {
    /// How.
    pub mode: StopMode,
    /// Who asked.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// The agent knows of it.
    pub reached: bool,
}

impl JobView {
    /// The computed half of `job`, one of the user whose surroundings these are.
    #[must_use]
    pub fn of(job: &Job, around: &Surroundings) -> Self {
        Self {
            why_waiting: why_waiting(job, around),
            can: can(job, told_after(&around.limits, around.now)),
            silent_since: silent_since(job, around),
            cancelling: cancelling(job),
        }
    }
}

/// The moment before which a lost attempt is not heard any more.
pub(crate) fn told_after(limits: &Limits, now: Timestamp) -> Timestamp {
    now.minus(Duration::from_millis(limits.late_ms))
}

fn silent_since(job: &Job, around: &Surroundings) -> Option<Timestamp> {
    let agent = around.agent(job.current()?.by.agent)?;
    let state = around.state_of(agent);
    state.since.filter(|_| state.state != AgentState::Online)
}

fn cancelling(job: &Job) -> Option<Cancelling> {
    let request = job.cancel.as_ref()?;
    let JobState::Executing { .. } = &job.state else {
        return None;
    };
    Some(Cancelling {
        mode: request.mode,
        by: request.by.clone(),
        at: request.at,
        reached: request
            .reached
            .as_ref()
            .is_some_and(|reached| reached.mode >= request.mode),
    })
}

/// The computed half of an agent.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentView {
    /// Whether it is there.
    pub state: StateOfAgent,
    /// Its offers and attempts.
    pub busy: u32,
    /// Its attempts.
    pub running: Vec<RunningOn>,
}

/// What an agent executes.
#[derive(Debug, Clone, PartialEq)]
pub struct RunningOn {
    /// The attempt.
    pub attempt: AttemptKey,
    /// Its robot.
    pub robot_name: Name,
}

impl AgentView {
    /// The computed half of `agent`.
    #[must_use]
    pub fn of(agent: &Agent, around: &Surroundings) -> Self {
        let running = around.held_by(agent.id).filter_map(|job| {
            let attempt = job.current()?.n;
            let job_id = job.id;
            Some(RunningOn {
                attempt: AttemptKey {
                    job: job_id,
                    attempt,
                },
                robot_name: job.robot_name.clone(),
            })
        });
        Self {
            state: around.state_of(agent),
            busy: around.busy(agent.id),
            running: running.collect(),
        }
    }
}
