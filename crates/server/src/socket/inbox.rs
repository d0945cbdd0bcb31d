//! The inbox of one socket: bounded, and in the order in which packets came.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use serde_json::value::RawValue;
use socketioxide::adapter::LocalAdapter;
use socketioxide::extract::{AckSender, Event};
use socketioxide::handler::{FromConnectParts, FromMessageParts, Value};
use socketioxide::socket::{DisconnectReason, Socket};
use tokio::sync::mpsc;
use wire::{ErrorBody, ErrorCode, Field};

use super::line::Line;

/// The most messages that wait in one inbox.
const MOST_MESSAGES: usize = 16_384;
/// As many bytes as this many largest messages wait in one inbox.
const MOST_LARGE_MESSAGES: u64 = 16;
/// When to send again what found the inbox full.
const FULL_MS: u64 = 1_000;

/// Something that came over a socket.
#[derive(Debug)]
pub(crate) enum Item {
    /// A message.
    Message(Message),
    /// The last item: the socket is closed.
    Gone(DisconnectReason),
}

/// A message as it came.
#[derive(Debug)]
pub(crate) struct Message {
    /// Its name.
    pub(crate) name: String,
    /// The packet: a JSON array of the name and the arguments.
    packet: Value,
    /// Where the acknowledgement goes, if one is wanted.
    pub(crate) ack: Option<i64>,
    /// Whether it counts as an unanswered batch.
    pub(crate) is_batch: bool,
}

impl Message {
    /// The one object that the message carries.
    ///
    /// # Errors
    /// It carries something else.
    pub(crate) fn object(&self) -> Result<&str, ErrorBody> {
        let refused = || {
            ErrorBody::invalid(vec![Field {
                name: String::new(),
                message: "a message carries one JSON object".to_owned(),
            }])
        };
        let packet = self.packet.as_str().ok_or_else(refused)?;
        let parts: Vec<&RawValue> = serde_json::from_str(packet).map_err(|_| refused())?;
        match parts.as_slice() {
            [_, object] if object.get().starts_with('{') => Ok(object.get()),
            _ => Err(refused()),
        }
    }
}

/// The end of an inbox at which packets come in.
#[derive(Clone)]
pub(crate) struct Inbox {
    items: mpsc::UnboundedSender<Item>,
    filled: Arc<Filled>,
    line: Arc<Line>,
}

/// How full an inbox is. The channel itself has no bound: it is counted here, in messages and in
/// bytes, because the extractor cannot wait.
#[derive(Debug)]
pub(crate) struct Filled {
    messages: AtomicUsize,
    bytes: AtomicUsize,
    batches: AtomicU32,
    most_bytes: usize,
    most_batches: u32,
    most_message: usize,
}

impl Filled {
    /// A message was answered.
    pub(crate) fn answered(&self, message: &Message) {
        self.messages.fetch_sub(1, Ordering::Relaxed);
        self.bytes
            .fetch_sub(message.packet.len(), Ordering::Relaxed);
        if message.is_batch {
            self.batches.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// An inbox for `line`, its other end, and how full it is.
pub(crate) fn inbox(
    line: &Arc<Line>,
    limits: &model::Limits,
) -> (Inbox, mpsc::UnboundedReceiver<Item>, Arc<Filled>) {
    let (items, other_end) = mpsc::unbounded_channel();
    let most_bytes = limits.message_bytes.saturating_mul(MOST_LARGE_MESSAGES);
    let filled = Arc::new(Filled {
        messages: AtomicUsize::new(0),
        bytes: AtomicUsize::new(0),
        batches: AtomicU32::new(0),
        most_bytes: usize::try_from(most_bytes).unwrap_or(usize::MAX),
        most_batches: limits.batches_in_flight,
        most_message: usize::try_from(limits.message_bytes).unwrap_or(usize::MAX),
    });
    let inbox = Inbox {
        items,
        filled: Arc::clone(&filled),
        line: Arc::clone(line),
    };
    (inbox, other_end, filled)
}

impl Inbox {
    /// The socket is closed: nothing comes any more.
    pub(crate) fn close(&self, reason: DisconnectReason) {
        // The task at the other end may be gone already, of its own accord.
        self.items.send(Item::Gone(reason)).ok();
    }

    /// Takes a message, or answers at once why not.
    fn take(&self, name: String, packet: Value, ack: Option<i64>) -> Result<(), ErrorBody> {
        let size = packet.len();
        let filled = &self.filled;
        if size > filled.most_message {
            let message = format!("a message has at most {} bytes", filled.most_message);
            return Err(ErrorBody::new(ErrorCode::TooLarge, message));
        }
        let is_batch = self.line.is_agent() && name == "events";
        if is_batch && filled.batches.load(Ordering::Relaxed) >= filled.most_batches {
            return Err(sessions::refusal::too_many_batches(filled.most_batches).body);
        }
        let is_full = filled.messages.load(Ordering::Relaxed) >= MOST_MESSAGES
            || filled.bytes.load(Ordering::Relaxed) + size > filled.most_bytes;
        if is_full {
            let mut body = ErrorBody::new(ErrorCode::SlowDown, "too many messages wait already");
            body.retry_after_ms = Some(FULL_MS);
            return Err(body);
        }
        filled.messages.fetch_add(1, Ordering::Relaxed);
        filled.bytes.fetch_add(size, Ordering::Relaxed);
        if is_batch {
            filled.batches.fetch_add(1, Ordering::Relaxed);
        }
        let message = Message {
            name,
            packet,
            ack,
            is_batch,
        };
        // The other end is gone only when the socket is about to be closed.
        self.items.send(Item::Message(message)).ok();
        Ok(())
    }
}

/// The extractor that gives a connection middleware its socket.
pub(crate) struct Whole(pub(crate) Arc<Socket<LocalAdapter>>);

impl FromConnectParts<LocalAdapter> for Whole {
    type Error = Infallible;

    fn from_connect_parts(
        socket: &Arc<Socket<LocalAdapter>>,
        _: &Option<Value>,
    ) -> Result<Self, Infallible> {
        Ok(Self(Arc::clone(socket)))
    }
}

/// The extractor that puts a packet into its socket's inbox. Extractors run one after the other,
/// before the library starts the task of the packet.
pub(crate) struct Taken;

impl FromMessageParts<LocalAdapter> for Taken {
    type Error = Infallible;

    fn from_message_parts(
        socket: &Arc<Socket<LocalAdapter>>,
        packet: &mut Value,
        ack: &Option<i64>,
    ) -> Result<Self, Infallible> {
        let Some(inbox) = socket.extensions.get::<Inbox>() else {
            return Ok(Self);
        };
        let name = Event::from_message_parts(socket, packet, ack).map_or_else(
            // The library has read the name before it looked for a handler.
            |_| String::new(),
            |event| event.0,
        );
        if let Err(mut error) = inbox.take(name, packet.clone(), *ack) {
            error.reference = inbox.line.reference();
            tracing::debug!(
                reference = error.reference,
                code = error.code.as_str(),
                "a message was refused at the door"
            );
            let sender = AckSender::<LocalAdapter>::from_message_parts(socket, packet, ack);
            let Ok(sender) = sender;
            let refusal: wire::error::Ack<()> = wire::error::Ack::of(Err(error));
            // A full queue means that the client does not read; it is looked after elsewhere.
            sender.send(&refusal).ok();
        }
        Ok(Self)
    }
}
