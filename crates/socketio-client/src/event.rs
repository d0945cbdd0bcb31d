//! What a client tells its user: everything that happens to the connection and
//! everything that the server says, in one order.

use std::fmt;
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::arguments::{Arguments, IntoArguments};
use crate::command::{Command, send};
use crate::engine::Engine;
use crate::error::{ConnectError, EmitError, Reason};

/// The receiving end of a client. Dropping it ends the client with a clean goodbye.
#[derive(Debug)]
pub struct Events(pub(crate) mpsc::Receiver<Event>);

impl Events {
    /// The next event; `None` once the client is closed and everything was taken.
    ///
    /// Cancel-safe: an event is either returned or stays.
    pub async fn recv(&mut self) -> Option<Event> {
        self.0.recv().await
    }

    /// The next event if there is one already.
    pub fn try_recv(&mut self) -> Option<Event> {
        self.0.try_recv().ok()
    }
}

/// One thing that happened. Between a [`Event::Connected`] and the next
/// [`Event::Disconnected`] come the messages of that connection and nothing else.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// A connection stands. The server knows nothing of earlier ones: join again here.
    Connected(Connected),
    /// The server sent an event.
    Message(Message),
    /// The connection that stood has ended.
    Disconnected(Disconnected),
    /// An attempt did not reach the point where the server says yes or no.
    ConnectFailed(ConnectFailed),
    /// The server, more exactly its middleware, said no.
    Refused(Refused),
}

/// A connection stands.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Connected {
    /// Which connection of this client, counted from 1. Never used twice.
    pub connection: u64,
    /// The socket's id on the server.
    pub sid: String,
    /// What the server said about the transport.
    pub engine: Engine,
    /// The attempts that it took since the last connection, this one included.
    pub attempts: u32,
    /// How long this attempt took, from the first packet to the server's yes.
    pub took: Duration,
    /// When the server said yes, on tokio's monotonic clock.
    pub at: Instant,
}

/// An event of the server.
#[derive(Debug)]
#[non_exhaustive]
pub struct Message {
    /// The connection that it came by.
    pub connection: u64,
    /// The event's name.
    pub name: String,
    /// What came with it.
    pub arguments: Arguments,
    /// There if the server waits for an answer.
    pub reply: Option<Reply>,
}

/// The connection that stood has ended; answers that were still awaited failed
/// with [`Closed`](crate::AckError::Closed) before this event was sent.
#[derive(Debug)]
#[non_exhaustive]
pub struct Disconnected {
    /// Which connection.
    pub connection: u64,
    /// Why it ended.
    pub reason: Reason,
    /// How long it stood.
    pub lasted: Duration,
    /// When the next attempt begins; `None` if only
    /// [`reconnect_now`](crate::Client::reconnect_now) or
    /// [`set_reconnect`](crate::Client::set_reconnect) begin one.
    pub retry_in: Option<Duration>,
}

/// An attempt that failed.
#[derive(Debug)]
#[non_exhaustive]
pub struct ConnectFailed {
    /// Why it failed.
    pub error: ConnectError,
    /// The failed attempts since the last connection, this one included.
    pub attempts: u32,
    /// As in [`Disconnected`].
    pub retry_in: Option<Duration>,
}

/// The server's no.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Refused {
    /// The text of the server's error.
    pub message: String,
    /// The `data` of the server's error, as JSON text.
    pub data: Option<Box<RawValue>>,
    /// The attempts since the last connection, this one included.
    pub attempts: u32,
    /// As in [`Disconnected`]. Not yet decided (`None`) when the refusal is
    /// shown to [`on_refused`](crate::Builder::on_refused).
    pub retry_in: Option<Duration>,
}

/// What follows a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AfterRefusal {
    /// The next attempt as after any failure.
    #[default]
    BackOff,
    /// The next attempt after exactly this time.
    RetryAfter(Duration),
    /// No attempt until [`reconnect_now`](crate::Client::reconnect_now).
    Wait,
}

/// The right to answer one event of the server, once.
pub struct Reply {
    pub(crate) ack_id: u64,
    pub(crate) connection: u64,
    pub(crate) commands: mpsc::Sender<Command>,
}

impl Reply {
    /// Sends the answer by the connection that asked; if that is gone,
    /// [`NotConnected`](EmitError::NotConnected).
    pub async fn send(self, arguments: impl IntoArguments) -> Result<(), EmitError> {
        let payload = arguments
            .into_arguments()
            .map_err(EmitError::Encode)?
            .to_json();
        send(&self.commands, |sent| {
            Command::answer(self.connection, self.ack_id, payload, sent)
        })
        .await
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            ack_id,
            connection,
            commands: _,
        } = self;
        f.debug_struct("Reply")
            .field("ack_id", ack_id)
            .field("connection", connection)
            .finish_non_exhaustive()
    }
}
