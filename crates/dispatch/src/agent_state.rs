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

#[cfg(test)]
mod tests {
    use model::{AgentId, Name, ObjectId, Sha256, UserId};
    use store::agents::{Removal, Running};

    use super::*;

    const SEEN: i64 = 1_000_000;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(SEEN + millis)
    }

    fn agent() -> Agent {
        Agent {
            id: AgentId(ObjectId::from_bytes([1; 12])),
            user_id: UserId(ObjectId::from_bytes([2; 12])),
            name: Name::parse("RECEPTION").unwrap(),
            key_hash: Sha256([3; 32]),
            host: String::new(),
            os: String::new(),
            version: String::new(),
            labels: Vec::new(),
            program_slots: 1,
            page_slots: None,
            paused: false,
            created_at: at(-1),
            connections: 1,
            joined: None,
            last_seen_at: Some(at(0)),
            left: false,
            checks: Vec::new(),
            checked_at: None,
            removed: None,
            rev: 1,
        }
    }

    fn state(agent: &Agent, holds: bool, listening_since: i64, now: i64) -> AgentState {
        let limits = Limits::default();
        agent_state(agent, holds, at(listening_since), &limits, at(now)).state
    }

    #[test]
    fn silence_makes_an_agent_silent_and_then_offline() {
        let expected = [
            (0, AgentState::Online),
            (29_999, AgentState::Online),
            (30_000, AgentState::Silent),
            (89_999, AgentState::Silent),
            (90_000, AgentState::Offline),
        ];
        for (now, expected) in expected {
            assert_eq!(state(&agent(), true, 0, now), expected, "after {now} ms");
        }
    }

    #[test]
    fn silence_counts_only_while_somebody_could_hear() {
        assert_eq!(state(&agent(), true, 600_000, 629_999), AgentState::Online);
        assert_eq!(state(&agent(), true, 600_000, 630_000), AgentState::Silent);
    }

    #[test]
    fn an_agent_that_said_goodbye_is_offline_at_once_unless_it_holds_something() {
        let left = Agent {
            left: true,
            ..agent()
        };
        assert_eq!(state(&left, false, 0, 1), AgentState::Offline);
        assert_eq!(state(&left, true, 0, 1), AgentState::Online);
    }

    #[test]
    fn a_removed_agent_and_one_that_never_joined_are_offline() {
        let removed = Agent {
            removed: Some(Removal {
                at: at(0),
                running: Running::Stop,
            }),
            ..agent()
        };
        let new = Agent {
            last_seen_at: None,
            ..agent()
        };
        assert_eq!(state(&removed, true, 0, 1), AgentState::Offline);
        assert_eq!(state(&new, false, 0, 1), AgentState::Offline);
    }
}
