//! A line between an agent and the server: keeps the order of each direction, delays, loses.

use std::collections::VecDeque;

use agent_core::{CallId, Input};
use sessions::AgentSession;

/// Names a line.
pub(super) type LineId = u64;

/// What an agent said.
pub(super) struct Said {
    pub(super) call: CallId,
    pub(super) name: &'static str,
    pub(super) json: String,
}

/// One connection. The server may still carry out what was said on one that is cut.
pub(super) struct Line {
    /// Whose it is.
    pub(super) who: usize,
    /// The server's end.
    pub(super) session: AgentSession,
    pub(super) up: VecDeque<Said>,
    pub(super) down: VecDeque<Input>,
    /// Nothing said later arrives earlier.
    up_due: u64,
    down_due: u64,
    /// The agent's end is gone.
    pub(super) cut: bool,
}

impl Line {
    pub(super) fn new(who: usize, session: AgentSession) -> Self {
        Self {
            who,
            session,
            up: VecDeque::new(),
            down: VecDeque::new(),
            up_due: 0,
            down_due: 0,
            cut: false,
        }
    }

    /// Something sets out for the server; answers when it arrives.
    pub(super) fn send_up(&mut self, said: Said, at: u64) -> u64 {
        self.up.push_back(said);
        self.up_due = self.up_due.max(at);
        self.up_due
    }

    /// Something sets out for the agent; answers when it arrives.
    pub(super) fn send_down(&mut self, input: Input, at: u64) -> u64 {
        self.down.push_back(input);
        self.down_due = self.down_due.max(at);
        self.down_due
    }
}
