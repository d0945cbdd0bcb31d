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
use tracing::{debug, info};

use crate::builder::Config;
use crate::client::{Shared, after};
use crate::command::{Command, Wishes};
use crate::dial::{NotOpened, Opened, open};
use crate::error::{ConnectError, Reason};
use crate::event::{AfterRefusal, ConnectFailed, Connected, Disconnected, Event, Refused};
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
            link: Link {
                commands,
                wishes,
                events,
                renewals_seen: 0,
            },
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

        info!(connection, reason = %reason, "connection ended");
        if lasted >= self.config.back_off.reset_after {
            self.failures = 0;
        }
        let asked_for = matches!(reason, Reason::ReconnectNow);
        let retry = if asked_for {
            Some(Duration::ZERO)
        } else {
            Some(self.next_pause())
        };
        let retry_in = if asked_for {
            retry
        } else {
            self.link.shown(retry)
        };
        let until = retry.map(after);
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
        self.pause(until).await
    }

    async fn failed(&mut self, error: ConnectError) -> bool {
        debug!(error = %error, attempts = self.attempts, "attempt failed");
        let retry = Some(self.next_pause());
        let until = retry.map(after);
        let (attempts, retry_in) = (self.attempts, self.link.shown(retry));
        let event = Event::ConnectFailed(ConnectFailed {
            error,
            attempts,
            retry_in,
        });
        self.link.deliver(event).await && self.pause(until).await
    }

    async fn refused(&mut self, mut refused: Refused) -> bool {
        info!(attempts = self.attempts, "refused by the server");
        let pause = self.next_pause();
        let retry = match (self.config.on_refused)(&refused) {
            AfterRefusal::BackOff => Some(pause),
            AfterRefusal::RetryAfter(time) => Some(time),
            AfterRefusal::Wait => None,
        };
        let until = retry.map(after);
        refused.retry_in = self.link.shown(retry);
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

/// Waits for a wish that ends a connection that stands: `None` for the task's end.
async fn wished(wishes: &mut watch::Receiver<Wishes>, renewals_seen: u64) -> Option<Reason> {
    let wanted = |wishes: &Wishes| wishes.closing || wishes.renewed(renewals_seen);
    match wishes.wait_for(|wishes| wanted(wishes)).await {
        Ok(wishes) if !wishes.closing => Some(Reason::ReconnectNow),
        Ok(_) | Err(_) => None,
    }
}

impl Wishes {
    fn renewed(&self, seen: u64) -> bool {
        self.renewals != seen
    }
}

/// The task's side of the channels.
struct Link {
    commands: mpsc::Receiver<Command>,
    wishes: watch::Receiver<Wishes>,
    events: mpsc::Sender<Event>,
    /// The renewals that the attempt under way answers.
    renewals_seen: u64,
}

impl Link {
    fn ending(&self) -> bool {
        self.wishes.borrow().closing || self.events.is_closed()
    }

    fn see_renewals(&mut self) {
        self.renewals_seen = self.wishes.borrow().renewals;
    }

    /// What people are told about the next attempt.
    fn shown(&self, retry: Option<Duration>) -> Option<Duration> {
        retry.filter(|_| self.wishes.borrow().reconnect)
    }

    /// Takes no more packets and returns those that came.
    fn close(&mut self) -> Vec<Command> {
        self.commands.close();
        let mut left = Vec::new();
        while let Ok(command) = self.commands.try_recv() {
            left.push(command);
        }
        left
    }

    /// Does `work` without a connection: packets are refused meanwhile. `None`
    /// when the task is to end or `until` holds for the wishes first.
    async fn offline<T>(
        &mut self,
        until: impl Fn(&Wishes, u64) -> bool,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let seen = self.renewals_seen;
        let mut wishes = self.wishes.clone();
        let mut wish = pin!(async {
            let met = wishes
                .wait_for(|wishes| wishes.closing || until(wishes, seen))
                .await;
            drop(met);
        });
        let mut work = pin!(work);
        loop {
            // `recv` is cancel-safe and the other arms are resumed, not restarted.
            tokio::select! {
                biased;
                () = &mut wish => return None,
                () = self.events.closed() => return None,
                value = &mut work => return Some(value),
                Some(command) = self.commands.recv() => command.refuse(),
            }
        }
    }

    /// Hands an event to the consumer, however long it takes. `false` when the task is to end.
    async fn deliver(&mut self, event: Event) -> bool {
        let room = self.events.clone().reserve_owned();
        match self.offline(|_, _| false, room).await {
            Some(Ok(permit)) => {
                permit.send(event);
                true
            }
            Some(Err(_)) | None => false,
        }
    }

    /// Waits until `until` (for ever if `None`), a renewal or the end; `true`
    /// for a renewal. While reconnecting is off the time does not count.
    async fn pause(&mut self, until: Option<Instant>) -> bool {
        loop {
            let reconnects = self.wishes.borrow().reconnect;
            let over = match until {
                Some(until) if reconnects => {
                    let switched_off =
                        |wishes: &Wishes, seen| !wishes.reconnect || wishes.renewed(seen);
                    self.offline(switched_off, sleep_until(until))
                        .await
                        .is_some()
                }
                Some(_) => {
                    let switched_on =
                        |wishes: &Wishes, seen| wishes.reconnect || wishes.renewed(seen);
                    self.offline(switched_on, std::future::pending::<()>())
                        .await
                        .is_some()
                }
                None => self
                    .offline(Wishes::renewed, std::future::pending::<()>())
                    .await
                    .is_some(),
            };
            if over || self.ending() {
                return false;
            }
            if self.wishes.borrow().renewed(self.renewals_seen) {
                return true;
            }
        }
    }
}
