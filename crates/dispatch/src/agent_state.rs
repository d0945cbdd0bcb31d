//! Whether an agent is there. Pure.

use model::{Limits, Timestamp};
use store::agents::Agent;

/// What people see of an agent's connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentState {
    /// Heard from just now.
    Online,
    /// Not heard from for a while.
    Silent,
    /// Away.
    Offline,
}

/// A state, and the sign of life that it is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateOfAgent {
    /// The state.
    pub state: AgentState,
    /// The later of the last sign of life and the moment from which silence counts; absent before
    /// the first sign.
    pub since: Option<Timestamp>,
}

/// The state of `agent` at `now`. An agent that said goodbye while it held nothing (`holds` is
/// false) is offline at once; any other only after its silence.
#[must_use]
pub fn agent_state(
    agent: &Agent,
    holds: bool,
    listening_since: Timestamp,
    limits: &Limits,
    now: Timestamp,
) -> StateOfAgent {
    let since = agent.last_seen_at.map(|seen| seen.max(listening_since));
    let state = match since {
        None => AgentState::Offline,
        Some(_) if agent.removed.is_some() => AgentState::Offline,
        Some(_) if agent.left && !holds => AgentState::Offline,
        Some(since) => {
            let silence = now.since(since);
            if silence < limits.silent() {
                AgentState::Online
            } else if silence < limits.lost() {
                AgentState::Silent
            } else {
                AgentState::Offline
            }
        }
    };
    let since = if state == AgentState::Offline && agent.left {
        agent.last_seen_at
    } else {
        since
    };
    StateOfAgent { state, since }
}
