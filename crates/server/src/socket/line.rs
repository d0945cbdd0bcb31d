//! One connected socket, as the rest of the server sees it: who it is, and what waits to be sent.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use model::{Connection, JobId, SessionId, TokenId, UserId};
use serde::Serialize;
use socketioxide::adapter::LocalAdapter;
use socketioxide::extract::AckSender;
use socketioxide::handler::{FromMessageParts, Value};
use socketioxide::socket::Socket;
use socketioxide::{SendError, SocketError};
use tokio::sync::Notify;

use super::push::{Ending, Key, Push};

/// The most things that wait to be told to one socket. One that is behind so far asks anew when
/// it comes back.
const MOST_PUSHES: usize = 10_000;

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// Who is at the other end.
#[derive(Debug, Clone)]
pub(crate) enum Peer {
    /// An agent.
    Agent(Connection),
    /// A page or a program, by its session or its token.
    Page(PageCredential),
}

/// What a page came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageCredential {
    /// The session cookie.
    Session(SessionId),
    /// An API token.
    Token(TokenId),
}

/// One connected socket.
pub(crate) struct Line {
    /// Its number in this process.
    pub(crate) id: u64,
    /// Whose it is.
    pub(crate) user: UserId,
    /// Who is at the other end.
    pub(crate) peer: Peer,
    /// Rung when something waits to be sent.
    pub(crate) woken: Notify,
    socket: Weak<Socket<LocalAdapter>>,
    waiting: Mutex<Waiting>,
}

/// What waits to be sent.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// Pushes by what they are about.
    pub(crate) pushes: BTreeMap<Key, Push>,
    /// Watched jobs whose log may have grown.
    pub(crate) grown: BTreeSet<JobId>,
    /// How the connection is to end.
    pub(crate) ending: Option<Ending>,
}

/// What became of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It is in the socket's queue.
    Queued,
    /// The queue is full: the other side does not read.
    Full,
    /// The socket is gone.
    Gone,
}

impl Line {
    /// The line over `socket`.
    pub(crate) fn new(socket: &Arc<Socket<LocalAdapter>>, user: UserId, peer: Peer) -> Arc<Self> {
        Arc::new(Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            user,
            peer,
            woken: Notify::new(),
            socket: Arc::downgrade(socket),
            waiting: Mutex::default(),
        })
    }

    /// Whether an agent is at the other end.
    pub(crate) fn is_agent(&self) -> bool {
        matches!(self.peer, Peer::Agent(_))
    }

    /// An id for one message, for its error and its log.
    pub(crate) fn reference(&self) -> String {
        format!("s{}-{}", self.id, NEXT_ID.fetch_add(1, Ordering::Relaxed))
    }

    /// Leaves a push for the socket.
    pub(crate) fn push(&self, key: Key, push: Push) {
        let mut waiting = self.waiting();
        if waiting.pushes.len() >= MOST_PUSHES {
            waiting.pushes.clear();
            waiting.ending = Some(Ending::Silent);
        } else {
            waiting.pushes.insert(key, push);
        }
        drop(waiting);
        self.woken.notify_one();
    }

    /// Notes that the log of a watched job may have grown.
    pub(crate) fn grown(&self, job: JobId) {
        self.waiting().grown.insert(job);
        self.woken.notify_one();
    }

    /// Ends the connection.
    pub(crate) fn end(&self, ending: Ending) {
        self.waiting().ending = Some(ending);
        self.woken.notify_one();
    }

    /// What waits to be sent.
    pub(crate) fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a message.
    pub(crate) fn emit(&self, name: &str, body: &(impl Serialize + ?Sized)) -> Sent {
        match self.socket.upgrade() {
            Some(socket) => sent(socket.emit(name, body)),
            None => Sent::Gone,
        }
    }

    /// Sends an acknowledgement, if one is wanted.
    pub(crate) fn acknowledge(&self, ack: Option<i64>, body: &impl Serialize) -> Sent {
        let Some(socket) = self.socket.upgrade() else {
            return Sent::Gone;
        };
        let mut nothing = Value::Bytes(bytes::Bytes::new());
        let sender = AckSender::<LocalAdapter>::from_message_parts(&socket, &mut nothing, &ack);
        let Ok(sender) = sender;
        sent(sender.send(body))
    }

    /// Closes the socket's namespace. `Full`: its queue has no room for the packet that says so.
    pub(crate) fn disconnect(&self) -> Sent {
        let Some(socket) = self.socket.upgrade() else {
            return Sent::Gone;
        };
        match socket.disconnect() {
            Ok(()) => Sent::Queued,
            Err(SocketError::InternalChannelFull) => Sent::Full,
            Err(SocketError::Closed) => Sent::Gone,
        }
    }
}

fn sent(result: Result<(), SendError>) -> Sent {
    match result {
        Ok(()) => Sent::Queued,
        Err(SendError::Socket(SocketError::InternalChannelFull)) => Sent::Full,
        Err(SendError::Socket(SocketError::Closed)) => Sent::Gone,
        Err(SendError::Serialize(error)) => {
            tracing::error!(%error, "a message could not be written down");
            Sent::Queued
        }
    }
}
