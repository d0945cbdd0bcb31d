//! From what the WebSocket yields to text frames or the reason of the end.

use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::{Error as WsError, Message as WsMessage, Utf8Bytes};

use crate::error::{PacketError, Reason, TransportError};

/// `Ok(None)` for the WebSocket's own frames, which the library answers itself.
pub(crate) fn text_of(
    item: Option<Result<WsMessage, WsError>>,
    limit: usize,
) -> Result<Option<Utf8Bytes>, Reason> {
    match item {
        Some(Ok(WsMessage::Text(text))) => Ok(Some(text)),
        Some(Ok(WsMessage::Binary(_))) => Err(Reason::Protocol(PacketError::Binary)),
        Some(Ok(WsMessage::Ping(_) | WsMessage::Pong(_) | WsMessage::Frame(_))) => Ok(None),
        Some(Ok(WsMessage::Close(frame))) => Err(Reason::TransportClose {
            code: frame.as_ref().map(|frame| frame.code.into()),
            text: frame
                .map(|frame| frame.reason.as_str().to_owned())
                .unwrap_or_default(),
        }),
        Some(Err(error)) => Err(ended_by(error, limit)),
        None => Err(Reason::TransportClose {
            code: None,
            text: String::new(),
        }),
    }
}

/// The reason that a transport's error amounts to.
pub(crate) fn ended_by(error: WsError, limit: usize) -> Reason {
    match error {
        WsError::Capacity(CapacityError::MessageTooLong { .. }) => Reason::TooLarge { limit },
        WsError::ConnectionClosed | WsError::AlreadyClosed => Reason::TransportClose {
            code: None,
            text: String::new(),
        },
        other => Reason::Transport(TransportError(other)),
    }
}
