//! What one must know beside a job to say why it waits: the user's agents and open jobs. Read once
//! for a whole list.

use std::collections::BTreeMap;

use model::{AgentId, Job, JobState, Limits, Name, Timestamp, UserId};
use store::StoreResult;
use store::agents::Agent;

use crate::agent_state::{StateOfAgent, agent_state};
use crate::desk::Dispatch;

/// The most open jobs that are looked at. With more, a job far behind says "before this one" with
/// at least this number.
const OPEN_JOBS: u32 = 2_000;

/// The user's agents and open jobs at one moment.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The agents that were not removed, by name.
    pub agents: Vec<Agent>,
    /// The jobs that wait or execute, oldest first.
    pub open_jobs: Vec<Job>,
    /// Names of removed agents that waiting jobs were asked for.
    pub removed: BTreeMap<AgentId, Name>,
    /// Since when silence counts.
    pub listening_since: Timestamp,
    /// The server is about to stop.
    pub stopping: bool,
    /// The limits.
    pub limits: Limits,
    /// The moment.
    pub now: Timestamp,
}

impl Dispatch {
    /// Reads the surroundings of a user's jobs.
    ///
    /// # Errors
    /// The store's.
    pub async fn surroundings(&self, user: UserId, now: Timestamp) -> StoreResult<Surroundings> {
        let agents = self.store().agents(user).await?;
        let open_jobs = self.store().open_jobs(user, OPEN_JOBS).await?;
        let mut removed = BTreeMap::new();
        for job in &open_jobs {
            let waits = matches!(job.state, JobState::Waiting { .. });
            let Some(wanted) = job.wanted.agent.filter(|_| waits) else {
                continue;
            };
            if removed.contains_key(&wanted) || agents.iter().any(|agent| agent.id == wanted) {
                continue;
            }
            if let Some(agent) = self.store().agent(wanted).await? {
                removed.insert(wanted, agent.name);
            }
        }
        let around = Surroundings {
            agents,
            open_jobs,
            removed,
            listening_since: self.listening_since(),
            stopping: self.is_stopping(),
            limits: self.limits().clone(),
            now,
        };
        for agent in &around.agents {
            let state = around.state_of(agent);
            // Whoever asks learns of a change before the sweep has told the others.
            if self.presence.note(agent.id, state, self.limits()) {
                self.tell_state(agent.id, around.held_by(agent.id));
            }
        }
        Ok(around)
    }
}

impl Surroundings {
    /// The agent of that id.
    #[must_use]
    pub fn agent(&self, agent: AgentId) -> Option<&Agent> {
        self.agents.iter().find(|other| other.id == agent)
    }

    /// How many of the agent's slots are taken by offers and attempts.
    #[must_use]
    pub fn busy(&self, agent: AgentId) -> u32 {
        let held = self.held_by(agent).count();
        u32::try_from(held).unwrap_or(u32::MAX)
    }

    /// The jobs that the agent has an open offer or the current attempt of.
    pub fn held_by(&self, agent: AgentId) -> impl Iterator<Item = &Job> {
        self.open_jobs
            .iter()
            .filter(move |job| job.holder() == Some(agent))
    }

    /// Whether the agent is there.
    #[must_use]
    pub fn state_of(&self, agent: &Agent) -> StateOfAgent {
        let holds = self.held_by(agent.id).next().is_some();
        agent_state(agent, holds, self.listening_since, &self.limits, self.now)
    }
}
