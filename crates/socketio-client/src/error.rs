//! Everything that can go wrong, one enum for each operation.

use std::net::SocketAddr;
use std::time::Duration;
use std::{fmt, io};

use tokio_tungstenite::tungstenite;

pub use crate::address::AddressError;
pub use crate::packet::PacketError;

/// Why a client could not be made. Nothing of this depends on the network.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The URL cannot be used.
    #[error("the server's address cannot be used")]
    Address(#[from] AddressError),
    /// A comma, a question mark or a control character would end the namespace early.
    #[error("`{0}` cannot be a namespace")]
    Namespace(String),
    /// The header cannot be sent.
    #[error("`{0}` cannot be sent as a header")]
    Header(String),
    /// The system offers no certificate authority and none was given.
    #[error("no certificate authorities found on this system ({0} errors while looking)")]
    NoRoots(usize),
    /// The TLS library refused its own configuration.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
}

/// Why an attempt to connect failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The name did not resolve.
    #[error("cannot find the address of `{host}`")]
    Resolve {
        /// The name.
        host: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// No address of the host took the connection; this is the last of them.
    #[error("cannot connect to {address}")]
    Tcp {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The stream that was to carry the connection could not be had.
    #[error("cannot open a stream to `{host}`")]
    Stream {
        /// The server's name.
        host: String,
        /// What was said.
        #[source]
        source: io::Error,
    },
    /// TLS or the WebSocket handshake failed.
    #[error("cannot open a WebSocket to `{host}`")]
    Upgrade {
        /// The server's name.
        host: String,
        /// What was said.
        #[source]
        source: TransportError,
    },
    /// The server answered the WebSocket handshake with an ordinary HTTP response.
    #[error("the server answered with HTTP status {status} instead of a WebSocket{}", detail(.body))]
    Http {
        /// The status code.
        status: u16,
        /// The beginning of the body.
        body: String,
    },
    /// TCP, TLS, handshake, open and connect together took too long.
    #[error("not connected within {0:?}")]
    Timeout(Duration),
    /// The connection ended before the server said yes or no.
    #[error("the connection ended before the server let us in")]
    Ended(#[source] Reason),
    /// The server's open packet cannot be read.
    #[error("malformed open packet")]
    Open(#[source] serde_json::Error),
    /// The server opened with something else, so it speaks no Engine.IO 4.
    #[error("the server does not speak Engine.IO 4")]
    NotEngineIo,
}

/// Why a connection that stood ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The server took this socket out of the namespace.
    #[error("disconnected by the server")]
    ServerDisconnect,
    /// The server closed the transport, as it does when it shuts down.
    #[error("transport closed by the server{}", close_detail(.code, .text))]
    TransportClose {
        /// The WebSocket close code.
        code: Option<u16>,
        /// The text beside it.
        text: String,
    },
    /// The transport broke.
    #[error("the transport broke")]
    Transport(#[source] TransportError),
    /// No ping within `pingInterval` + `pingTimeout`, or nothing could be written for that long.
    #[error("the server was silent for too long")]
    HeartbeatTimeout,
    /// The consumer of the events took none for longer than a heartbeat, so that
    /// the socket could not be read.
    #[error("the consumer of the events took none for too long")]
    ConsumerStalled,
    /// A message was larger than the configured limit.
    #[error("a message exceeded {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// The server sent something that this client cannot read.
    #[error("the server sent something unreadable")]
    Protocol(#[source] PacketError),
    /// [`reconnect_now`](crate::Client::reconnect_now) was called.
    #[error("a new connection was asked for")]
    ReconnectNow,
}

/// Why an event was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmitError {
    /// There is no connection, or not the one that was meant. Surely not sent.
    #[error("not connected")]
    NotConnected,
    /// The arguments cannot be written as JSON.
    #[error("the arguments cannot be serialised")]
    Encode(#[source] serde_json::Error),
    /// Servers close connections that use one of the protocol's own names.
    #[error("`{0}` is a reserved event name")]
    Reserved(String),
}

/// Why there is no answer to an event.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AckError {
    /// There is no connection, or not the one that was meant. Surely not sent.
    #[error("not connected")]
    NotConnected,
    /// The connection ended first. The server may have got the event or not.
    #[error("the connection ended before the answer came")]
    Closed,
    /// No answer in time. The server may have got the event or not.
    #[error("no answer in time")]
    Timeout,
    /// The arguments cannot be written as JSON.
    #[error("the arguments cannot be serialised")]
    Encode(#[source] serde_json::Error),
    /// Servers close connections that use one of the protocol's own names.
    #[error("`{0}` is a reserved event name")]
    Reserved(String),
}

impl From<EmitError> for AckError {
    fn from(error: EmitError) -> Self {
        match error {
            EmitError::NotConnected => Self::NotConnected,
            EmitError::Encode(source) => Self::Encode(source),
            EmitError::Reserved(name) => Self::Reserved(name),
        }
    }
}

/// What TLS or WebSocket said. Opaque, so that those libraries can be exchanged.
#[derive(Debug)]
pub struct TransportError(pub(crate) tungstenite::Error);

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The text of the library's error holds that of its cause already.
        None
    }
}

fn detail(body: &str) -> String {
    if body.is_empty() {
        String::new()
    } else {
        format!(": {body}")
    }
}

fn close_detail(code: &Option<u16>, text: &str) -> String {
    match code {
        Some(code) if text.is_empty() => format!(" (code {code})"),
        Some(code) => format!(" (code {code}: {text})"),
        None => String::new(),
    }
}
