//! A line between an agent or a page and a server: keeps the order of each direction, delays,
//! loses.

use std::collections::{BTreeSet, VecDeque};

use agent_core::Input;
use sessions::{AgentSession, PageSession};

/// Names a line.
pub(crate) type LineId = u64;

/// What was said to the server.
pub(crate) struct Said {
    pub(crate) call: u64,
    pub(crate) name: &'static str,
    pub(crate) json: String,
}

/// What is said by the server.
pub(crate) enum Told {
    /// To an agent.
    Agent(Input),
    /// To a page: the answer to what it said.
    Answer(u64, String),
    /// To a page: news.
    News(&'static str, String),
    /// The server's end is gone.
    Closed,
}

/// Who is at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// An agent's process: its computer, and its number.
    Agent(usize, u64),
    /// A page.
    Page(usize),
}

/// The server's end. It is away while it carries something out.
pub(crate) enum Session {
    /// Of an agent.
    Agent(Box<AgentSession>),
    /// Of a page.
    Page(Box<PageSession>),
}

/// One connection. The server may still carry out what was said on one that is cut.
pub(crate) struct Line {
    pub(crate) peer: Peer,
    /// The server at the other end, and which of its lives.
    pub(crate) node: usize,
    pub(crate) life: u64,
    /// None while the server carries out what was said.
    pub(crate) session: Option<Session>,
    pub(crate) joined: bool,
    pub(crate) up: VecDeque<Said>,
    pub(crate) down: VecDeque<Told>,
    /// Said, arrived, and waiting for the server.
    pub(crate) arrived: VecDeque<Said>,
    /// Calls without an answer.
    pub(crate) waits: BTreeSet<u64>,
    /// Nothing said later arrives earlier.
    up_due: u64,
    down_due: u64,
    /// The other end is gone.
    pub(crate) cut: bool,
}

impl Line {
    pub(crate) fn new(peer: Peer, node: usize, life: u64, session: Session) -> Self {
        Self {
            peer,
            node,
            life,
            session: Some(session),
            joined: false,
            up: VecDeque::new(),
            down: VecDeque::new(),
            arrived: VecDeque::new(),
            waits: BTreeSet::new(),
            up_due: 0,
            down_due: 0,
            cut: false,
        }
    }

    /// Something sets out for the server; answers when it arrives.
    pub(crate) fn send_up(&mut self, said: Said, at: u64) -> u64 {
        self.waits.insert(said.call);
        self.up.push_back(said);
        self.up_due = self.up_due.max(at);
        self.up_due
    }

    /// Something sets out for the other end; answers when it arrives.
    pub(crate) fn send_down(&mut self, told: Told, at: u64) -> u64 {
        self.down.push_back(told);
        self.down_due = self.down_due.max(at);
        self.down_due
    }
}
