//! One connection that stands: its socket, its awaited answers, its heartbeat.
//!
//! The driver's task owns it and is the only one to touch it. Nothing here
//! waits without the driver's other arms being polled, so that the heartbeat's
//! deadline holds for writing as it does for reading.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::{Sink, Stream, StreamExt};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::{Message as WsMessage, Utf8Bytes};
use tracing::{debug, trace};

use crate::arguments::Arguments;
use crate::command::{Command, Kind};
use crate::dial::{Opened, Socket};
use crate::engine::{EnginePacket, pong};
use crate::error::{AckError, EmitError, PacketError, Reason};
use crate::event::{Event, Message, Reply};
use crate::frame::{ended_by, text_of};
use crate::packet::{Body, Packet, namespace_part, parse_answer, parse_event};

pub(crate) struct Session {
    socket: Socket,
    connection: u64,
    namespace: String,
    heartbeat_limit: Duration,
    heard: Instant,
    /// Since when something written waits for the peer to take it.
    unflushed_since: Option<Instant>,
    /// Bounded by its callers: each waits with a limit, and those that gave up
    /// are removed at every ping.
    awaited: HashMap<u64, oneshot::Sender<Result<Arguments, AckError>>>,
    next_ack_id: u64,
    max_message_size: usize,
    /// For replies, which come back by the same queue as everything else.
    commands: mpsc::Sender<Command>,
}

impl Session {
    pub(crate) fn new(
        opened: Opened,
        connection: u64,
        namespace: &str,
        max_message_size: usize,
        commands: mpsc::Sender<Command>,
    ) -> Self {
        Self {
            socket: opened.socket,
            connection,
            namespace: namespace.to_owned(),
            heartbeat_limit: opened.engine.heartbeat_limit(),
            heard: opened.heard,
            unflushed_since: None,
            awaited: HashMap::new(),
            next_ack_id: 0,
            max_message_size,
            commands,
        }
    }

    /// When this connection counts as dead if nothing happens.
    pub(crate) fn deadline(&self) -> Instant {
        let quiet_since = self
            .unflushed_since
            .map_or(self.heard, |since| since.min(self.heard));
        quiet_since + self.heartbeat_limit
    }

    /// The longest silence of a server that is there.
    pub(crate) fn heartbeat_limit(&self) -> Duration {
        self.heartbeat_limit
    }

    /// Whether a further packet can be taken without piling up behind a slow peer.
    pub(crate) fn can_write(&self) -> bool {
        self.unflushed_since.is_none()
    }

    /// Flushes what was written and, if `read` says so, reads a frame. `None`
    /// when there is nothing to do for the caller. Cancel-safe: a frame is
    /// either returned or still in the socket.
    pub(crate) async fn drive(&mut self, read: bool) -> Result<Option<Utf8Bytes>, Reason> {
        poll_fn(|cx| {
            let mut flushed = Poll::Pending;
            if self.unflushed_since.is_some() {
                flushed = Pin::new(&mut self.socket).poll_flush(cx);
                if let Poll::Ready(Ok(())) = flushed {
                    self.unflushed_since = None;
                }
            }
            if read && let Poll::Ready(item) = Pin::new(&mut self.socket).poll_next(cx) {
                // What the server said last is worth more than that it no longer listens.
                return Poll::Ready(text_of(item, self.max_message_size));
            }
            flushed.map(|result| match result {
                Ok(()) => Ok(None),
                Err(error) => Err(ended_by(error, self.max_message_size)),
            })
        })
        .await
    }

    /// Handles one frame: answers pings, hands answers to their callers, returns events.
    pub(crate) fn receive(&mut self, frame: &str) -> Result<Option<Event>, Reason> {
        let malformed = Reason::Protocol(PacketError::Malformed("no Engine.IO packet"));
        match EnginePacket::parse(frame).ok_or(malformed)? {
            EnginePacket::Ping(ping) => {
                self.heard = Instant::now();
                self.awaited.retain(|_, answer| !answer.is_closed());
                self.write(pong(ping))?;
                Ok(None)
            }
            EnginePacket::Message(message) => self.receive_message(message),
            EnginePacket::Close => Err(Reason::TransportClose {
                code: None,
                text: String::new(),
            }),
            EnginePacket::Open(_) | EnginePacket::Other => Ok(None),
        }
    }

    fn receive_message(&mut self, message: &str) -> Result<Option<Event>, Reason> {
        let packet = Packet::parse(message).map_err(Reason::Protocol)?;
        if packet.namespace != self.namespace {
            debug!(
                namespace = packet.namespace,
                "packet for a namespace that was not joined"
            );
            return Ok(None);
        }
        match packet.body {
            Body::Event { ack_id, payload } => {
                let (name, arguments) = parse_event(payload).map_err(Reason::Protocol)?;
                trace!(event = name, size_bytes = payload.len(), "event received");
                let connection = self.connection;
                let reply = ack_id.map(|ack_id| Reply {
                    ack_id,
                    connection,
                    commands: self.commands.clone(),
                });
                Ok(Some(Event::Message(Message {
                    connection,
                    name,
                    arguments,
                    reply,
                })))
            }
            Body::Ack { id, payload } => {
                match self.awaited.remove(&id) {
                    Some(answer) => {
                        let arguments = parse_answer(payload).map_err(Reason::Protocol)?;
                        // The caller may have given up in this very moment.
                        let _ = answer.send(Ok(arguments));
                    }
                    None => debug!(ack_id = id, "answer that nobody waits for"),
                }
                Ok(None)
            }
            Body::Disconnect => Err(Reason::ServerDisconnect),
            Body::Connect(_) | Body::ConnectError(_) => Ok(None),
        }
    }

    /// Writes what a handle asked for, unless its caller has gone or meant
    /// another connection.
    pub(crate) fn send(&mut self, command: Command) -> Result<(), Reason> {
        if command.only.is_some_and(|only| only != self.connection) {
            command.refuse();
            return Ok(());
        }
        let namespace = namespace_part(&self.namespace);
        let payload = command.payload;
        match command.kind {
            Kind::Emit { sent } => {
                let written = self.write(format!("42{namespace}{payload}"));
                report(sent, written)
            }
            Kind::Answer { ack_id, sent } => {
                let written = self.write(format!("43{namespace}{ack_id}{payload}"));
                report(sent, written)
            }
            Kind::Call { answer, deadline } => {
                if answer.is_closed() || deadline <= Instant::now() {
                    return Ok(());
                }
                let ack_id = self.next_ack_id;
                self.next_ack_id += 1;
                self.awaited.insert(ack_id, answer);
                self.write(format!("42{namespace}{ack_id}{payload}"))
            }
        }
    }

    /// Tells everybody who waits for an answer that none will come.
    pub(crate) fn fail_awaited(&mut self) {
        for (_, answer) in self.awaited.drain() {
            let _ = answer.send(Err(AckError::Closed));
        }
    }

    /// Sends what is left, then the disconnect packet, closes the WebSocket and
    /// waits for the server to have taken it, all within `limit`. Questions are
    /// not asked any more: nobody would hear the answer.
    pub(crate) async fn say_goodbye(mut self, left: Vec<Command>, limit: Duration) {
        for command in left {
            if matches!(command.kind, Kind::Call { .. }) {
                command.refuse();
            } else if self.send(command).is_err() {
                return;
            }
        }
        if self
            .write(format!("41{}", namespace_part(&self.namespace)))
            .is_err()
        {
            return;
        }
        let said = timeout(limit, async {
            self.socket.close(None).await?;
            while let Some(frame) = self.socket.next().await {
                frame?;
            }
            Ok::<(), tokio_tungstenite::tungstenite::Error>(())
        })
        .await;
        match said {
            Ok(Ok(())) => trace!("goodbye was taken"),
            Ok(Err(error)) => debug!(%error, "the server was gone before the goodbye"),
            Err(_) => debug!("the server did not take the goodbye in time"),
        }
    }

    fn write(&mut self, text: String) -> Result<(), Reason> {
        trace!(size_bytes = text.len(), "packet written");
        self.unflushed_since.get_or_insert_with(Instant::now);
        // Buffers without a bound of its own; `can_write` keeps it to one batch and the pongs.
        Pin::new(&mut self.socket)
            .start_send(WsMessage::text(text))
            .map_err(|error| ended_by(error, self.max_message_size))
    }
}

fn report(
    sent: oneshot::Sender<Result<(), EmitError>>,
    written: Result<(), Reason>,
) -> Result<(), Reason> {
    // The caller may have gone; that changes nothing about what was written.
    let _ = sent.send(if written.is_ok() {
        Ok(())
    } else {
        Err(EmitError::NotConnected)
    });
    written
}
