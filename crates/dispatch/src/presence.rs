//! Which agents this server has shown, and as what: so that their silence is told when it happens.
//!
//! Only a memory of what was told; what is true is read from the store each time.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use model::{AgentId, Limits, Timestamp};

use crate::agent_state::{AgentState, StateOfAgent};

/// The most agents that are remembered. Beyond that a page learns of silence when it asks.
const MOST: usize = 100_000;

/// The memory.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    shown: Mutex<BTreeMap<AgentId, Shown>>,
}

#[derive(Debug, Clone, Copy)]
struct Shown {
    state: AgentState,
    /// Without another sign of life the state changes then.
    changes_at: Timestamp,
}

impl Presence {
    /// Notes that the agent was shown like this; answers whether that is news to those who saw it
    /// before.
    pub(crate) fn note(&self, agent: AgentId, state: StateOfAgent, limits: &Limits) -> bool {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let after = match state.state {
            AgentState::Online => limits.silent(),
            AgentState::Silent => limits.lost(),
            AgentState::Offline => return shown.remove(&agent).is_some(),
        };
        let known = shown.contains_key(&agent);
        let (Some(since), true) = (state.since, known || shown.len() < MOST) else {
            return false;
        };
        let before = shown.insert(
            agent,
            Shown {
                state: state.state,
                changes_at: since.plus(after),
            },
        );
        before.is_some_and(|before| before.state != state.state)
    }

    /// Those whose state has changed unless they were heard from meanwhile.
    pub(crate) fn due(&self, now: Timestamp) -> Vec<AgentId> {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let due = shown.iter().filter(|(_, shown)| shown.changes_at <= now);
        due.map(|(agent, _)| *agent).collect()
    }
}
