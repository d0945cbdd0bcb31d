//! One attempt: name lookup, TCP, TLS, WebSocket handshake, Engine.IO open,
//! Socket.IO connect. The driver puts one time limit over all of it and drops
//! it whole when something else is wanted; nothing here outlives that.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{SinkExt, StreamExt};
use serde_json::value::RawValue;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, Message as WsMessage};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};

use crate::address::Address;
use crate::builder::{Config, Target};
use crate::engine::{Engine, EnginePacket, pong};
use crate::error::{ConnectError, PacketError, Reason, TransportError};
use crate::frame::text_of;
use crate::packet::{Body, Packet, namespace_part, parse_refusal, parse_sid};

/// How long one address of a host may try alone before the next joins in, so
/// that a dead IPv6 route does not use up the whole limit.
const HEAD_START: Duration = Duration::from_millis(250);

/// What a WebSocket can run over.
pub(crate) trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<Box<dyn ByteStream>>>;

type Dialling = Pin<Box<dyn Future<Output = Result<Box<dyn ByteStream>, ConnectError>> + Send>>;

/// Opens the stream below TLS. Tests bring their own.
pub(crate) type Dial = Box<dyn FnMut(&Address) -> Dialling + Send>;

/// A connection that the server has let in.
pub(crate) struct Opened {
    pub(crate) socket: Socket,
    pub(crate) sid: String,
    pub(crate) engine: Engine,
    /// The last sign of life that counts: the open packet or a ping.
    pub(crate) heard: Instant,
}

/// How an attempt ends without a connection.
pub(crate) enum NotOpened {
    Failed(ConnectError),
    Refused {
        message: String,
        data: Option<Box<RawValue>>,
    },
}

impl From<ConnectError> for NotOpened {
    fn from(error: ConnectError) -> Self {
        Self::Failed(error)
    }
}

/// Makes one attempt.
pub(crate) async fn open(config: &mut Config) -> Result<Opened, NotOpened> {
    let Config {
        target, dial, auth, ..
    } = config;
    let auth = auth().await;
    let stream = dial(&target.address).await?;
    let mut socket = upgrade(target, stream).await?;

    let engine = match EnginePacket::parse(&next_text(&mut socket, target).await?) {
        Some(EnginePacket::Open(json)) => Engine::parse(json).map_err(ConnectError::Open)?,
        _ => return Err(ConnectError::NotEngineIo.into()),
    };
    let mut heard = Instant::now();

    let auth = auth.map(|auth| auth.to_string()).unwrap_or_default();
    let connect = format!("40{}{auth}", namespace_part(&target.namespace));
    write(&mut socket, connect).await?;
    loop {
        let text = next_text(&mut socket, target).await?;
        let unreadable = |error| ConnectError::Ended(Reason::Protocol(error));
        match EnginePacket::parse(&text) {
            Some(EnginePacket::Ping(ping)) => {
                heard = Instant::now();
                write(&mut socket, pong(ping)).await?;
            }
            Some(EnginePacket::Message(message)) => {
                let packet = Packet::parse(message).map_err(unreadable)?;
                if packet.namespace != target.namespace {
                    continue;
                }
                match packet.body {
                    Body::Connect(payload) => {
                        let sid = parse_sid(payload).map_err(unreadable)?;
                        return Ok(Opened {
                            socket,
                            sid,
                            engine,
                            heard,
                        });
                    }
                    Body::ConnectError(payload) => {
                        let (message, data) = parse_refusal(payload);
                        return Err(NotOpened::Refused { message, data });
                    }
                    Body::Disconnect => {
                        return Err(ConnectError::Ended(Reason::ServerDisconnect).into());
                    }
                    // Nothing of a namespace counts before its connect packet.
                    Body::Event { .. } | Body::Ack { .. } => {}
                }
            }
            Some(EnginePacket::Close) => {
                let reason = Reason::TransportClose {
                    code: None,
                    text: String::new(),
                };
                return Err(ConnectError::Ended(reason).into());
            }
            Some(EnginePacket::Open(_) | EnginePacket::Other) => {}
            None => return Err(unreadable(PacketError::Malformed("no Engine.IO packet")).into()),
        }
    }
}

/// The usual way to the server.
pub(crate) fn dial_tcp(address: &Address) -> Dialling {
    let (host, port) = (address.host.clone(), address.port);
    Box::pin(async move {
        let unknown = |source| ConnectError::Resolve {
            host: host.clone(),
            source,
        };
        let addresses: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), port))
            .await
            .map_err(unknown)?
            .collect();
        if addresses.is_empty() {
            return Err(unknown(io::ErrorKind::NotFound.into()));
        }
        let stream = race(addresses).await?;
        // Packets are small and each is flushed; waiting for more would only delay them.
        stream
            .set_nodelay(true)
            .map_err(|source| ConnectError::Stream {
                host: host.clone(),
                source,
            })?;
        Ok(Box::new(stream) as Box<dyn ByteStream>)
    })
}

/// The first address that takes the connection wins; the others are dropped.
/// There is at least one address, so something is always being tried here.
async fn race(addresses: Vec<SocketAddr>) -> Result<TcpStream, ConnectError> {
    let mut waiting = addresses.into_iter();
    let mut trying = FuturesUnordered::new();
    loop {
        if let Some(address) = waiting.next() {
            trying.push(async move {
                let connected = TcpStream::connect(address).await;
                connected.map_err(|source| ConnectError::Tcp { address, source })
            });
        }
        tokio::select! {
            biased;
            Some(result) = trying.next() => match result {
                Err(error) if trying.is_empty() && waiting.len() == 0 => return Err(error),
                Err(_) => {}
                Ok(stream) => return Ok(stream),
            },
            () = sleep(HEAD_START), if waiting.len() > 0 => {}
        }
    }
}

async fn upgrade(target: &Target, stream: Box<dyn ByteStream>) -> Result<Socket, ConnectError> {
    let host = &target.address.host;
    let broken = |source| ConnectError::Upgrade {
        host: host.clone(),
        source: TransportError(source),
    };
    let mut request = target
        .address
        .uri
        .clone()
        .into_client_request()
        .map_err(broken)?;
    request.headers_mut().extend(target.headers.iter().cloned());
    let websocket = WebSocketConfig::default()
        .max_message_size(Some(target.max_message_size))
        .max_frame_size(Some(target.max_message_size));
    let connector = match &target.tls {
        Some(tls) if target.address.tls => Connector::Rustls(tls.clone()),
        _ => Connector::Plain,
    };
    match client_async_tls_with_config(request, stream, Some(websocket), Some(connector)).await {
        Ok((socket, _response)) => Ok(socket),
        Err(WsError::Http(response)) => {
            let body = response.body().as_deref().unwrap_or_default();
            Err(ConnectError::Http {
                status: response.status().as_u16(),
                body: String::from_utf8_lossy(body)
                    .trim()
                    .chars()
                    .take(200)
                    .collect(),
            })
        }
        Err(error) => Err(broken(error)),
    }
}

async fn next_text(socket: &mut Socket, target: &Target) -> Result<String, ConnectError> {
    loop {
        let text = text_of(socket.next().await, target.max_message_size);
        if let Some(text) = text.map_err(ConnectError::Ended)? {
            return Ok(text.as_str().to_owned());
        }
    }
}

async fn write(socket: &mut Socket, text: String) -> Result<(), ConnectError> {
    let sent = socket.send(WsMessage::text(text)).await;
    sent.map_err(|error| ConnectError::Ended(Reason::Transport(TransportError(error))))
}
