//! The handle: cheap to clone, usable from every task.
//!
//! Handles own nothing of the connection; they ask the one task that does, and
//! every question is answered: by the task, by a time limit or by its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout_at};

use crate::arguments::{Arguments, IntoArguments};
use crate::command::{Command, Kind, Wishes, send};
use crate::error::{AckError, EmitError};

/// Names that the protocol keeps for itself; the official server closes
/// connections that emit one of them.
const RESERVED: [&str; 6] = [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
];

/// Sends events and steers the connection. Dropping every `Client` does not
/// end the connection; [`close`](Client::close) or dropping the
/// [`Events`](crate::Events) do.
#[derive(Debug, Clone)]
pub struct Client {
    shared: Arc<Shared>,
    only: Option<u64>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) wishes: Arc<watch::Sender<Wishes>>,
    /// The connection that stands, 0 for none. Written by the task.
    pub(crate) connection: Arc<AtomicU64>,
    /// Closed when the task has ended.
    pub(crate) ended: watch::Receiver<()>,
}

impl Client {
    pub(crate) fn new(shared: Shared) -> Self {
        Self {
            shared: Arc::new(shared),
            only: None,
        }
    }

    /// A handle whose events go by the given connection
    /// ([`Connected::connection`](crate::Connected::connection)) or not at all,
    /// for a conversation that makes no sense on the next one.
    #[must_use]
    pub fn only_on(&self, connection: u64) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            only: Some(connection),
        }
    }

    /// The connection that stands at this moment.
    #[must_use]
    pub fn connection(&self) -> Option<u64> {
        Some(self.shared.connection.load(Ordering::Acquire)).filter(|connection| *connection != 0)
    }

    /// Sends an event. `Ok` means that it was handed to the socket of a
    /// connection that stood; whether it arrived only an answer can tell.
    /// Nothing is kept for a later connection. Waits while the queue is full, at
    /// most until the connection ends.
    pub async fn emit(&self, name: &str, arguments: impl IntoArguments) -> Result<(), EmitError> {
        let payload = event_payload(name, arguments)?;
        send(&self.shared.commands, |sent| {
            Command::emit(self.only, payload, sent)
        })
        .await
    }

    /// Sends an event and waits for the server's answer, at most for `limit`,
    /// in which the time in the queue counts. The event is delivered at most once.
    pub async fn emit_ack(
        &self,
        name: &str,
        arguments: impl IntoArguments,
        limit: Duration,
    ) -> Result<Arguments, AckError> {
        self.start_emit_ack(name, arguments, limit)
            .await?
            .answer()
            .await
    }

    /// The first half of [`emit_ack`](Client::emit_ack): returns when the event
    /// stands in the queue. Events queued one after the other are sent in that
    /// order, while their answers can be awaited elsewhere.
    pub async fn start_emit_ack(
        &self,
        name: &str,
        arguments: impl IntoArguments,
        limit: Duration,
    ) -> Result<PendingAck, AckError> {
        let deadline = after(limit);
        let payload = event_payload(name, arguments)?;
        let (answer, received) = oneshot::channel();
        let command = Command {
            only: self.only,
            payload,
            kind: Kind::Call { answer, deadline },
        };
        match timeout_at(deadline, self.shared.commands.send(command)).await {
            Ok(Ok(())) => Ok(PendingAck { received, deadline }),
            Ok(Err(_)) => Err(AckError::NotConnected),
            Err(_) => Err(AckError::Timeout),
        }
    }

    /// Begins a new attempt at once: cuts a pause short, gives up an attempt
    /// that is under way, and replaces a connection that stands.
    pub fn reconnect_now(&self) {
        self.shared
            .wishes
            .send_modify(|wishes| wishes.renewals = wishes.renewals.wrapping_add(1));
    }

    /// Whether the end of a connection or of an attempt is followed by another
    /// attempt (it is, from the start). `true` also ends a wait that `false` began.
    pub fn set_reconnect(&self, reconnect: bool) {
        self.shared
            .wishes
            .send_modify(|wishes| wishes.reconnect = reconnect);
    }

    /// Ends the client: what was emitted before is sent, then the clean
    /// disconnect packet, then the WebSocket is closed, all within a short time
    /// limit. Awaited answers fail with [`Closed`](AckError::Closed) at once.
    /// Returns when the task has ended; afterwards everything is
    /// [`NotConnected`](EmitError::NotConnected).
    pub async fn close(&self) {
        self.shared
            .wishes
            .send_modify(|wishes| wishes.closing = true);
        let mut ended = self.shared.ended.clone();
        // The sender never sends: the only news is that it was dropped.
        while ended.changed().await.is_ok() {}
    }
}

/// An answer on its way. Dropping it gives up the answer; an event that is
/// still in the queue then is not sent.
#[derive(Debug)]
#[must_use = "dropping it withdraws the event if it is still in the queue"]
pub struct PendingAck {
    received: oneshot::Receiver<Result<Arguments, AckError>>,
    deadline: Instant,
}

impl PendingAck {
    /// Waits for the answer.
    pub async fn answer(self) -> Result<Arguments, AckError> {
        match timeout_at(self.deadline, self.received).await {
            Ok(Ok(answer)) => answer,
            // The task was dropped with everything it held.
            Ok(Err(_)) => Err(AckError::Closed),
            Err(_) => Err(AckError::Timeout),
        }
    }
}

/// That time from now, or so far away that it does not matter.
pub(crate) fn after(limit: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    Instant::now() + limit.min(FAR)
}

fn event_payload(name: &str, arguments: impl IntoArguments) -> Result<String, EmitError> {
    if RESERVED.contains(&name) {
        return Err(EmitError::Reserved(name.to_owned()));
    }
    let arguments = arguments.into_arguments().map_err(EmitError::Encode)?;
    arguments.to_event(name).map_err(EmitError::Encode)
}
