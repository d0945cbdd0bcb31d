//! A Socket.IO client for programs that run for months.
//!
//! It speaks Socket.IO protocol 5 over Engine.IO 4, as the official servers
//! since version 3 do, by WebSocket only. It keeps one connection to one
//! namespace, for as long as the program runs, and tells everything that
//! happens to it.
//!
//! ```no_run
//! use std::time::Duration;
//! use socketio_client::{Builder, Event};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let (client, mut events) = Builder::new("https://example.org")
//!     .namespace("/chat")
//!     .auth(|| serde_json::json!({ "token": "…" }))
//!     .connect()?;
//!
//! while let Some(event) = events.recv().await {
//!     match event {
//!         Event::Connected(_) => {
//!             // The server knows nothing of earlier connections: join on each.
//!             let client = client.clone();
//!             tokio::spawn(async move {
//!                 let answer = client.emit_ack("join", &"room 1", Duration::from_secs(5)).await;
//!                 println!("{answer:?}");
//!             });
//!         }
//!         Event::Message(message) => {
//!             println!("{}: {}", message.name, message.arguments.to_json());
//!             if let Some(reply) = message.reply {
//!                 reply.send(&"got it").await?;
//!             }
//!         }
//!         Event::Refused(refused) => eprintln!("refused: {}", refused.message),
//!         Event::Disconnected(end) => eprintln!("{}, next in {:?}", end.reason, end.retry_in),
//!         Event::ConnectFailed(failed) => eprintln!("{}", failed.error),
//!         _ => {}
//!     }
//! }
//! # Ok(()) }
//! ```
//!
//! # What can be relied on
//!
//! - **One task** owns the socket, the awaited answers and the back-off.
//!   Handles ([`Client`]) are cheap and can be used from everywhere.
//! - **Order.** Events arrive in the order in which the server sent them, from
//!   one bounded queue, together with the news about the connection. What one
//!   caller emits is sent in the order of its calls.
//! - **A call is delivered at most once** and always ends: with its own answer,
//!   with [`AckError::Timeout`], with [`AckError::Closed`] as soon as the
//!   connection ends (then the server may have got it), or with
//!   [`AckError::NotConnected`] (then it surely has not). Nothing is kept for a
//!   later connection and nothing is sent again.
//! - **Silence is noticed.** No ping within `pingInterval` + `pingTimeout`, or
//!   nothing that could be written for that long, ends the connection.
//! - **An attempt ends.** One limit covers name lookup, TCP, TLS, the WebSocket
//!   handshake and Socket.IO's own; [`Builder::auth`] is asked anew each time.
//! - **Every end is followed by another attempt** after a pause that doubles, is
//!   capped and is scattered ([`BackOff`]), also when the server said no or
//!   disconnected this socket, where the official client gives up. Decide
//!   otherwise by [`Builder::on_refused`] and [`Client::set_reconnect`].
//! - **No input of the server panics**, and none is larger than
//!   [`Builder::max_message_size`].
//!
//! # When the consumer is slow
//!
//! When the queue of events is full the socket is not read, so that TCP slows
//! the server down; pings and answers then wait as well. If that lasts longer
//! than a heartbeat the connection ends with [`Reason::ConsumerStalled`]. So do
//! not await an answer in the loop that takes the events when many can come.
//!
//! # Time
//!
//! All limits run on tokio's clock, so that tests can pause and advance it.
//! The chance in the pauses can be given by [`Builder::jitter`].
//!
//! # What is not here
//!
//! HTTP long polling, proxies, several namespaces on one connection,
//! connection state recovery and binary data. A server that sends binary data
//! gets this connection closed, with [`PacketError::Binary`] as the reason;
//! send such data as base64.

mod address;
mod arguments;
mod back_off;
mod builder;
mod client;
mod command;
mod dial;
mod driver;
mod engine;
mod error;
mod event;
mod frame;
mod link;
mod packet;
mod session;
mod tls;

#[cfg(test)]
mod paused_clock_tests;

pub use arguments::{Arguments, IntoArguments};
pub use back_off::BackOff;
pub use builder::Builder;
pub use client::{Client, PendingAck};
pub use engine::Engine;
pub use error::{
    AckError, AddressError, BuildError, ConnectError, EmitError, PacketError, Reason,
    TransportError,
};
pub use event::{
    AfterRefusal, ConnectFailed, Connected, Disconnected, Event, Events, Message, Refused, Reply,
};
