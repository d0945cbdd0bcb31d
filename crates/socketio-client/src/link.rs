//! The task's side of the channels: what it waits for while no connection stands.
//!
//! Whatever the driver waits for, it waits here, so that closing, a wished
//! attempt and the consumer's leaving are noticed at once and nobody who wants
//! to send is left without an answer.

use std::pin::pin;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use crate::command::{Command, Wishes};
use crate::error::Reason;
use crate::event::Event;

/// The task's side of the channels.
pub(crate) struct Link {
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) wishes: watch::Receiver<Wishes>,
    pub(crate) events: mpsc::Sender<Event>,
    /// The renewals that the attempt under way answers.
    pub(crate) renewals_seen: u64,
}

impl Link {
    pub(crate) fn new(
        commands: mpsc::Receiver<Command>,
        wishes: watch::Receiver<Wishes>,
        events: mpsc::Sender<Event>,
    ) -> Self {
        Self {
            commands,
            wishes,
            events,
            renewals_seen: 0,
        }
    }

    pub(crate) fn ending(&self) -> bool {
        self.wishes.borrow().closing || self.events.is_closed()
    }

    pub(crate) fn see_renewals(&mut self) {
        self.renewals_seen = self.wishes.borrow().renewals;
    }

    /// Whether an end is followed by another attempt.
    pub(crate) fn reconnects(&self) -> bool {
        self.wishes.borrow().reconnect
    }

    /// Takes no more packets and returns those that came.
    pub(crate) fn close(&mut self) -> Vec<Command> {
        self.commands.close();
        let mut left = Vec::new();
        while let Ok(command) = self.commands.try_recv() {
            left.push(command);
        }
        left
    }

    /// Does `work` without a connection: packets are refused meanwhile. `None`
    /// when the task is to end or `until` holds for the wishes first.
    pub(crate) async fn offline<T>(
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
    pub(crate) async fn deliver(&mut self, event: Event) -> bool {
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
    pub(crate) async fn pause(&mut self, until: Option<Instant>) -> bool {
        loop {
            let reconnects = self.reconnects();
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

/// Waits for a wish that ends a connection that stands: `None` for the task's end.
pub(crate) async fn wished(
    wishes: &mut watch::Receiver<Wishes>,
    renewals_seen: u64,
) -> Option<Reason> {
    let wanted = |wishes: &Wishes| wishes.closing || wishes.renewed(renewals_seen);
    match wishes.wait_for(|wishes| wanted(wishes)).await {
        Ok(wishes) if !wishes.closing => Some(Reason::ReconnectNow),
        Ok(_) | Err(_) => None,
    }
}

impl Wishes {
    pub(crate) fn renewed(&self, seen: u64) -> bool {
        self.renewals != seen
    }
}
