//! How a socket is let in: the namespaces, the limits of the line, and what a refused client reads.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use socketioxide::SocketIo;
use socketioxide::extract::SocketRef;
use socketioxide::handler::ConnectHandler;
use socketioxide::layer::SocketIoLayer;
use wire::{ErrorBody, ErrorCode};

use super::{agent, page};
use crate::app::App;

/// How often the server asks whether the other side is there.
const PING_INTERVAL: Duration = Duration::from_secs(15);
/// How long it waits for the answer.
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// How many packets may wait for a slow reader in the library's queue.
const QUEUED_PACKETS: usize = 64;
/// A message of up to so many times the limit is read, and answered `too_large`; a larger one
/// closes its connection.
const READ_TO_REFUSE: u64 = 2;

/// The door for `app`: a layer in front of the other routes, and its handle.
pub fn door(app: &Arc<App>) -> (SocketIoLayer, SocketIo) {
    let most = app.config.limits.message_bytes * READ_TO_REFUSE;
    let most_on_line = usize::try_from(most).unwrap_or(usize::MAX);
    let (layer, io) = SocketIo::builder()
        .ping_interval(PING_INTERVAL)
        .ping_timeout(PING_TIMEOUT)
        .max_buffer_size(QUEUED_PACKETS)
        .max_payload(most)
        .ws_max_message_size(most_on_line)
        .ws_max_frame_size(most_on_line)
        .with_state(Arc::clone(app))
        .build_layer();
    io.ns(wire::agent::NAMESPACE, agent::begin.with(agent::let_in));
    io.ns(wire::web::NAMESPACE, page::begin.with(page::let_in));
    (layer, io)
}

/// What runs once the client has been told that it is connected.
#[derive(Clone)]
pub(super) struct Starting(Arc<Mutex<Option<Start>>>);

type Start = Box<dyn FnOnce() + Send>;

pub(super) fn starting(start: impl FnOnce() + Send + 'static) -> Starting {
    Starting(Arc::new(Mutex::new(Some(Box::new(start)))))
}

pub(super) fn start(socket: &SocketRef) {
    let Some(starting) = socket.extensions.remove::<Starting>() else {
        return;
    };
    let start = starting
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    if let Some(start) = start {
        start();
    }
}

pub(super) fn must_speak_our_version(auth: &serde_json::Value) -> Result<(), ErrorBody> {
    if wire::is_spoken(&auth.to_string()) {
        return Ok(());
    }
    let message = format!("this server speaks version {}", wire::VERSION);
    Err(ErrorBody::new(ErrorCode::UnsupportedVersion, message))
}

pub(super) fn draining() -> ErrorBody {
    ErrorBody::new(ErrorCode::TryAgain, "the server is about to restart")
}

pub(super) fn store_away(error: &store::StoreError) -> ErrorBody {
    sessions::Refused::from(error.clone()).into_body("handshake")
}

/// What a refused client reads in its `connect_error`.
pub(super) fn refusal(error: &ErrorBody) -> String {
    format!("{}: {}", error.code.as_str(), error.message)
}
