//! The task of one socket: takes what came, answers, and sends what waits for it.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use model::{JobId, Monotonic};
use serde::Serialize;
use socketioxide::socket::DisconnectReason;
use tokio::sync::mpsc;

use super::inbox::{Filled, Item, Message};
use super::line::{Line, Sent};
use super::push::{Ending, Key, Push};
use crate::app::App;

/// How long a socket whose queue is full may take to make room.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often it is looked at meanwhile.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// How many pushes are sent before the inbox is looked at again.
const PUSHES_AT_ONCE: usize = 64;
/// How often a socket that could not be told that it is closed is tried again, each second.
const TRIES_TO_CLOSE: u32 = 60;

/// What one kind of socket does with its messages.
pub(super) trait Talker: Send + 'static {
    /// Carries out a message, answers it through [`Talk::answer`], and says how to go on.
    fn take(&mut self, talk: &Talk, message: &Message) -> impl Future<Output = Flow> + Send;

    /// The next batch of a watched job, sent through [`Talk::say`].
    fn feed(&mut self, talk: &Talk, job: JobId) -> impl Future<Output = Fed> + Send;

    /// The socket is closed.
    fn gone(&mut self, talk: &Talk, cleanly: bool) -> impl Future<Output = ()> + Send;
}

/// How a talk goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// It goes on.
    On,
    /// The server closes the connection.
    Close,
}

/// What became of a watched job's next batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fed {
    /// There may be more.
    More,
    /// There is nothing more for now.
    Enough,
    /// The socket has no room: the same again later.
    Full,
}

/// What a talker has at hand.
pub(super) struct Talk {
    pub(super) app: Arc<App>,
    pub(super) line: Arc<Line>,
}

impl Talk {
    /// Sends an acknowledgement; waits for room.
    pub(super) async fn answer(&self, ack: Option<i64>, body: &(impl Serialize + Sync)) -> Flow {
        let since = self.app.clock.monotonic();
        loop {
            match self.line.acknowledge(ack, body) {
                Sent::Queued | Sent::Gone => return Flow::On,
                Sent::Full if self.is_out_of_patience(since) => return Flow::Close,
                Sent::Full => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
    }

    /// Sends a message, or leaves it.
    pub(super) fn say(&self, name: &str, body: &(impl Serialize + ?Sized)) -> Sent {
        self.line.emit(name, body)
    }

    pub(super) fn is_out_of_patience(&self, since: Monotonic) -> bool {
        self.app.clock.monotonic().since(since) > PATIENCE
    }
}

enum Turn {
    Item(Option<Item>),
    Woken,
    LookAgain,
}

/// Talks until the socket is gone or has to go.
pub(super) async fn run(
    talk: Talk,
    mut inbox: mpsc::UnboundedReceiver<Item>,
    filled: Arc<Filled>,
    mut talker: impl Talker,
) {
    let hub = Arc::clone(&talk.app.hub);
    let mut full_since: Option<Monotonic> = None;
    let mut cleanly = false;
    loop {
        // Nothing is lost at any arm: a ring is remembered by `Notify`, an item stays in its
        // channel until it is returned.
        let turn = tokio::select! {
            biased;
            () = talk.line.woken.notified(), if full_since.is_none() => Turn::Woken,
            item = inbox.recv() => Turn::Item(item),
            () = tokio::time::sleep(LOOK_AGAIN), if full_since.is_some() => Turn::LookAgain,
        };
        let item = match turn {
            Turn::Item(None) => break,
            Turn::Item(Some(item)) => Some(item),
            Turn::Woken | Turn::LookAgain => inbox.try_recv().ok(),
        };
        match item {
            Some(Item::Gone(reason)) => {
                cleanly = reason == DisconnectReason::ClientNSDisconnect;
                break;
            }
            Some(Item::Message(message)) => {
                let flow = talker.take(&talk, &message).await;
                filled.answered(&message);
                if flow == Flow::Close {
                    close(&talk);
                    break;
                }
            }
            None => {}
        }
        match send_waiting(&talk, &mut talker).await {
            Waits::Nothing => full_since = None,
            Waits::Room => {
                let since = *full_since.get_or_insert(talk.app.clock.monotonic());
                if talk.is_out_of_patience(since) {
                    tracing::info!(line = talk.line.id, "a socket that does not read is closed");
                    close(&talk);
                    break;
                }
            }
            Waits::Closed => break,
        }
    }
    hub.leaves(&talk.line);
    talker.gone(&talk, cleanly).await;
}

/// What a turn of sending ended with.
enum Waits {
    /// Everything was sent, or the next turn was asked for.
    Nothing,
    /// The socket has no room.
    Room,
    /// The connection was ended.
    Closed,
}

async fn send_waiting(talk: &Talk, talker: &mut impl Talker) -> Waits {
    let ending = talk.line.waiting().ending.take();
    match ending {
        Some(Ending::Silent) => {
            close(talk);
            return Waits::Closed;
        }
        Some(Ending::Said(goodbye)) => {
            // Without room there is no way to say it; the connection ends all the same.
            talk.say("goodbye", &goodbye);
            close(talk);
            return Waits::Closed;
        }
        Some(Ending::Announced(goodbye)) => {
            talk.say("goodbye", &goodbye);
        }
        None => {}
    }
    for _ in 0..PUSHES_AT_ONCE {
        let next = talk.line.waiting().pushes.pop_first();
        let Some((key, push)) = next else { break };
        match talk.say(push.name, &*push.body) {
            Sent::Queued => note_sent(talk, &push).await,
            Sent::Gone => return Waits::Nothing,
            Sent::Full => {
                // Unless it changed meanwhile.
                talk.line.waiting().pushes.entry(key).or_insert(push);
                return Waits::Room;
            }
        }
    }
    let grown = talk.line.waiting().grown.pop_first();
    if let Some(job) = grown {
        match talker.feed(talk, job).await {
            Fed::Enough => {}
            Fed::More => {
                talk.line.waiting().grown.insert(job);
            }
            Fed::Full => {
                talk.line.waiting().grown.insert(job);
                return Waits::Room;
            }
        }
    }
    let waiting = talk.line.waiting();
    if !waiting.pushes.is_empty() || !waiting.grown.is_empty() {
        talk.line.woken.notify_one();
    }
    Waits::Nothing
}

/// The store is told that a request to end an attempt has reached its agent.
async fn note_sent(talk: &Talk, push: &Push) {
    let Some((attempt, mode)) = push.cancel else {
        return;
    };
    let noted = talk
        .app
        .dispatch
        .cancel_reached(attempt, mode, talk.app.now())
        .await;
    if let Err(error) = noted {
        // The answer to the agent's next `renew` notes it again.
        tracing::warn!(job.id = %attempt.job, %error, "it was not noted that a cancel was sent");
    }
}

/// Closes the socket. One that has no room for the packet that says so is tried again.
fn close(talk: &Talk) {
    if talk.line.disconnect() != Sent::Full {
        return;
    }
    let line = Arc::clone(&talk.line);
    let stopping = talk.app.draining.clone();
    talk.app.tracker.spawn(async move {
        for _ in 0..TRIES_TO_CLOSE {
            tokio::select! {
                biased;
                () = stopping.cancelled() => return,
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
            }
            if line.disconnect() != Sent::Full {
                return;
            }
        }
    });
}

/// The key under which a page is told that it is behind.
pub(super) fn behind_key(job: JobId) -> Key {
    Key::Behind(job)
}
