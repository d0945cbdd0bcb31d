//! The one task: attempts, the connection that stands, the pauses between.
//!
//! It owns the socket, the awaited answers and the back-off; handles reach it by
//! a queue of packets and a level of wishes, and it reaches the consumer by one
//! queue of events. Whatever it waits for, it also listens to wishes, notices
//! that the consumer has gone, and answers packets that cannot be sent. It ends
//! when it is asked to close or the consumer has gone, and only then.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};
use tracing::debug;

use crate::builder::Config;
use crate::client::{Shared, after};
use crate::command::{Command, Wishes};
use crate::dial::{NotOpened, Opened, open};
use crate::error::{ConnectError, Reason};
use crate::event::{AfterRefusal, ConnectFailed, Connected, Disconnected, Event, Refused};
use crate::link::{Link, wished};
use crate::session::Session;

/// So many packets are written before the socket is flushed and read again.
const BATCH: usize = 32;

pub(crate) struct Driver {
    config: Config,
    link: Link,
    /// Keeps the queue open, and goes into the right to reply.
    commands: mpsc::Sender<Command>,
    /// Keeps the level readable when every handle is gone.
    _wishes: Arc<watch::Sender<Wishes>>,
    standing: Arc<AtomicU64>,
    connections: u64,
    /// Failures in a row, for the back-off.
    failures: u32,
    /// Attempts since the last connection, for people.
    attempts: u32,
}

/// A connection that ended by itself, and the event that had not been taken yet.
struct Ended {
    reason: Reason,
    lasted: Duration,
    held: Option<Event>,
}

impl Driver {
    pub(crate) fn new(
        config: Config,
        shared: &Shared,
        commands: mpsc::Receiver<Command>,
        wishes: watch::Receiver<Wishes>,
        events: mpsc::Sender<Event>,
    ) -> Self {
        Self {
            config,
            link: Link::new(commands, wishes, events),
            commands: shared.commands.clone(),
            _wishes: Arc::clone(&shared.wishes),
            standing: Arc::clone(&shared.connection),
            connections: 0,
            failures: 0,
            attempts: 0,
        }
    }

    pub(crate) async fn run(mut self) {
        while !self.link.ending() {
            self.link.see_renewals();
            self.attempts = self.attempts.saturating_add(1);
            let begun = Instant::now();
            let limit = self.config.connect_timeout;
            let attempt = timeout(limit, open(&mut self.config));
            let goes_on = match self.link.offline(Wishes::renewed, attempt).await {
                // Closing or a fresh attempt: the head of the loop knows which.
                None => {
                    self.failures = 0;
                    true
                }
                Some(Ok(Ok(opened))) => self.connected(opened, begun).await,
                Some(Ok(Err(NotOpened::Failed(error)))) => self.failed(error).await,
                Some(Ok(Err(NotOpened::Refused { message, data }))) => {
                    let attempts = self.attempts;
                    self.refused(Refused {
                        message,
                        data,
                        attempts,
                        retry_in: None,
                    })
                    .await
                }
                Some(Err(_)) => self.failed(ConnectError::Timeout(limit)).await,
            };
            if !goes_on {
                break;
            }
        }
        for command in self.link.close() {
            command.refuse();
        }
    }

    /// Serves a connection to its end and waits for the next attempt. `false` ends the task.
    async fn connected(&mut self, opened: Opened, begun: Instant) -> bool {
        self.connections += 1;
        let connection = self.connections;
        let at = Instant::now();
        let event = Event::Connected(Connected {
            connection,
            sid: opened.sid.clone(),
            engine: opened.engine.clone(),
            attempts: std::mem::take(&mut self.attempts),
            took: at - begun,
            at,
        });
        let session = Session::new(
            opened,
            connection,
            &self.config.target.namespace,
            self.config.target.max_message_size,
            self.commands.clone(),
        );
        debug!(connection, "connected");
        self.standing.store(connection, Ordering::Release);
        let end = self.serve(session, event, at).await;
        self.standing.store(0, Ordering::Release);
        let Some(Ended {
            reason,
            lasted,
            held,
        }) = end
        else {
            return false;
        };

        debug!(connection, reason = %reason, "connection ended");
        if lasted >= self.config.back_off.reset_after {
            self.failures = 0;
        }
        let asked_for = matches!(reason, Reason::ReconnectNow);
        let pause = if asked_for {
            Duration::ZERO
        } else {
            self.next_pause()
        };
        let until = after(pause);
        // What was asked for happens even while reconnecting is off.
        let retry_in = Some(pause).filter(|_| asked_for || self.link.reconnects());
        if let Some(held) = held
            && !self.link.deliver(held).await
        {
            return false;
        }
        let event = Event::Disconnected(Disconnected {
            connection,
            reason,
            lasted,
            retry_in,
        });
        if !self.link.deliver(event).await {
            return false;
        }
        if asked_for {
            self.failures = 0;
            return true;
        }
        self.pause(Some(until)).await
    }

    async fn failed(&mut self, error: ConnectError) -> bool {
        debug!(error = %error, attempts = self.attempts, "attempt failed");
        let pause = self.next_pause();
        let until = after(pause);
        let attempts = self.attempts;
        let retry_in = Some(pause).filter(|_| self.link.reconnects());
        let event = Event::ConnectFailed(ConnectFailed {
            error,
            attempts,
            retry_in,
        });
        self.link.deliver(event).await && self.pause(Some(until)).await
    }

    async fn refused(&mut self, mut refused: Refused) -> bool {
        debug!(attempts = self.attempts, "refused by the server");
        let pause = self.next_pause();
        let retry = match (self.config.on_refused)(&refused) {
            AfterRefusal::BackOff => Some(pause),
            AfterRefusal::RetryAfter(time) => Some(time),
            AfterRefusal::Wait => None,
        };
        let until = retry.map(after);
        refused.retry_in = retry.filter(|_| self.link.reconnects());
        self.link.deliver(Event::Refused(refused)).await && self.pause(until).await
    }

    fn next_pause(&mut self) -> Duration {
        let pause = self
            .config
            .back_off
            .pause(self.failures, (self.config.jitter)());
        self.failures = self.failures.saturating_add(1);
        pause
    }

    /// Waits for the next attempt. `false` ends the task.
    async fn pause(&mut self, until: Option<Instant>) -> bool {
        if self.link.pause(until).await {
            self.failures = 0;
        }
        !self.link.ending()
    }

    /// Moves packets and events until the connection ends; `None` when the task
    /// is to end, after a clean goodbye.
    async fn serve(&mut self, mut session: Session, first: Event, at: Instant) -> Option<Ended> {
        // While an event waits for its consumer the socket is not read, so that
        // a slow consumer is felt by the server and not by our memory.
        let mut held = Some(first);
        let link = &mut self.link;
        let renewals_seen = link.renewals_seen;
        let mut deadline = pin!(sleep_until(session.deadline()));
        // `None`: the task is to end.
        let reason = loop {
            if deadline.deadline() != session.deadline() {
                deadline.as_mut().reset(session.deadline());
            }
            // A peer that keeps the arms above the deadline busy without ever pinging.
            if Instant::now() > session.deadline() + session.heartbeat_limit() {
                break Some(silence(held.is_some()));
            }
            // Every arm either takes nothing or is cancel-safe, so that losing
            // the race loses neither a packet nor an event.
            tokio::select! {
                biased;
                reason = wished(&mut link.wishes, renewals_seen) => break reason,
                () = link.events.closed() => break None,
                Ok(permit) = link.events.reserve(), if held.is_some() => {
                    if let Some(event) = held.take() {
                        permit.send(event);
                    }
                }
                Some(command) = link.commands.recv(), if session.can_write() => {
                    if let Err(reason) = send_batch(&mut session, command, &mut link.commands) {
                        break Some(reason);
                    }
                }
                driven = session.drive(held.is_none()) => match driven {
                    Ok(None) => {}
                    Ok(Some(frame)) => match session.receive(&frame) {
                        Ok(event) => held = event,
                        Err(reason) => break Some(reason),
                    },
                    Err(reason) => break Some(reason),
                },
                // Last, so that a ping which came while this computer was busy still counts.
                () = &mut deadline => break Some(silence(held.is_some())),
            }
        };
        session.fail_awaited();
        match reason {
            Some(reason) => Some(Ended {
                reason,
                lasted: at.elapsed(),
                held,
            }),
            None => {
                session
                    .say_goodbye(link.close(), self.config.close_timeout)
                    .await;
                None
            }
        }
    }
}

/// Whose silence it was when the deadline has passed.
fn silence(event_waits: bool) -> Reason {
    if event_waits {
        Reason::ConsumerStalled
    } else {
        Reason::HeartbeatTimeout
    }
}

/// Writes `first` and what waits behind it, up to a batch.
fn send_batch(
    session: &mut Session,
    first: Command,
    waiting: &mut mpsc::Receiver<Command>,
) -> Result<(), Reason> {
    session.send(first)?;
    for _ in 1..BATCH {
        match waiting.try_recv() {
            Ok(command) => session.send(command)?,
            Err(_) => break,
        }
    }
    Ok(())
}
