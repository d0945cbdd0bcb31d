//! What handles ask of the task that owns the socket.
//!
//! Sending goes by a bounded queue in order; wishes (close, reconnect) are a
//! level that the task looks at whenever it waits, so that they get through
//! when the queue is full.

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::arguments::Arguments;
use crate::error::{AckError, EmitError};

/// One packet to send.
#[derive(Debug)]
pub(crate) struct Command {
    /// Send by this connection or not at all.
    pub(crate) only: Option<u64>,
    /// JSON text of the packet's payload.
    pub(crate) payload: String,
    pub(crate) kind: Kind,
}

/// Who waits for what.
#[derive(Debug)]
pub(crate) enum Kind {
    Emit {
        sent: oneshot::Sender<Result<(), EmitError>>,
    },
    Call {
        answer: oneshot::Sender<Result<Arguments, AckError>>,
        deadline: Instant,
    },
    Answer {
        ack_id: u64,
        sent: oneshot::Sender<Result<(), EmitError>>,
    },
}

impl Command {
    pub(crate) fn emit(
        only: Option<u64>,
        payload: String,
        sent: oneshot::Sender<Result<(), EmitError>>,
    ) -> Self {
        Self {
            only,
            payload,
            kind: Kind::Emit { sent },
        }
    }

    pub(crate) fn answer(
        connection: u64,
        ack_id: u64,
        payload: String,
        sent: oneshot::Sender<Result<(), EmitError>>,
    ) -> Self {
        Self {
            only: Some(connection),
            payload,
            kind: Kind::Answer { ack_id, sent },
        }
    }

    /// Tells the caller that this was not sent. A caller who has gone does not mind.
    pub(crate) fn refuse(self) {
        match self.kind {
            Kind::Emit { sent } | Kind::Answer { sent, .. } => {
                let _ = sent.send(Err(EmitError::NotConnected));
            }
            Kind::Call { answer, .. } => {
                let _ = answer.send(Err(AckError::NotConnected));
            }
        }
    }
}

/// What is asked of the task as a whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wishes {
    pub(crate) closing: bool,
    /// Whether the end of a connection or of an attempt is followed by another attempt.
    pub(crate) reconnect: bool,
    /// How often a new connection was asked for.
    pub(crate) renewals: u64,
}

/// Queues a command that is done once it is in the socket's buffer.
pub(crate) async fn send(
    commands: &mpsc::Sender<Command>,
    command: impl FnOnce(oneshot::Sender<Result<(), EmitError>>) -> Command,
) -> Result<(), EmitError> {
    let (sent, done) = oneshot::channel();
    commands
        .send(command(sent))
        .await
        .map_err(|_| EmitError::NotConnected)?;
    done.await.unwrap_or(Err(EmitError::NotConnected))
}
