//! What the agent asks the server.

use std::time::Duration;

use model::mutation::{Mutation, active};
use model::{AttemptKey, Instants};
use wire::agent::{AgentMessage, Claim, Named, Renew};

use super::{AgentCore, Asked, CLAIM_EVERY, LONGEST_WAIT, Link, SHORTEST_WAIT};
use crate::effect::Effect;
use crate::input::CallId;

impl AgentCore {
    pub(super) fn send_events(&mut self, key: AttemptKey) {
        let Some(attempt) = self.attempts.get_mut(&key) else {
            return;
        };
        if attempt.synced_to <= attempt.stored_to {
            return;
        }
        let (first, last) = (attempt.stored_to + 1, attempt.synced_to);
        let replaced = attempt.replaced.range(first..=last).copied().collect();
        attempt.calling = true;
        let call = self.new_call(Asked::Events(key, first));
        self.out.push(Effect::SendEvents {
            call,
            key,
            first,
            last,
            replaced,
        });
        if active(Mutation::TrimmedWhenSent) {
            self.out.push(Effect::Trim(key, last));
        }
    }

    pub(super) fn claim_if_due(&mut self, at: Instants) {
        let free = if active(Mutation::ClaimsAllSlots) {
            self.setup.slots
        } else {
            self.free()
        };
        let due = self.claim.wanted || at.monotonic >= self.claim.at;
        if self.finishing || self.claim.calling || free == 0 || !due {
            return;
        }
        if !self.claim.repeat {
            self.claim.number += 1;
        }
        self.claim.calling = true;
        self.claim.wanted = false;
        self.claim.at = at.monotonic.plus(CLAIM_EVERY);
        let claim_id = format!("{}-{}", self.setup.instance.0, self.claim.number);
        let call = self.new_call(Asked::Claim);
        self.out.push(Effect::Call(
            call,
            AgentMessage::Claim(Claim { claim_id, free }),
        ));
    }

    pub(super) fn renew_if_due(&mut self, at: Instants) {
        let Link::Joined(limits) = &self.link else {
            return;
        };
        if at.monotonic < self.renew_at && !self.checks_news {
            return;
        }
        self.renew_at = at.monotonic.plus(wait_of(limits.renew_ms));
        let checks = self.checks.clone().filter(|_| self.checks_news);
        self.checks_news = false;
        let named = |key: &AttemptKey| Named {
            job_id: key.job.into(),
            attempt: key.attempt,
        };
        let running = self.attempts.keys().map(named).collect();
        let renew = Renew {
            running,
            free: self.free(),
            checks,
        };
        let call = self.new_call(Asked::Renew);
        self.out
            .push(Effect::Call(call, AgentMessage::Renew(renew)));
    }

    /// Free slots. What is only left to be delivered holds its slot too: the server counts it until
    /// the outcome is stored.
    pub(super) fn free(&self) -> u32 {
        let held = u32::try_from(self.attempts.len()).unwrap_or(u32::MAX);
        self.setup.slots.saturating_sub(held)
    }

    pub(super) fn call(&mut self, asked: Asked, message: AgentMessage) {
        let about = match asked {
            Asked::Confirm(key) | Asked::Decline(key) | Asked::Finish(key) => Some(key),
            Asked::Join | Asked::Claim | Asked::Events(..) | Asked::Renew => None,
        };
        if let Some(attempt) = about.and_then(|key| self.attempts.get_mut(&key)) {
            attempt.calling = true;
            attempt.not_before = None;
        }
        let call = self.new_call(asked);
        self.out.push(Effect::Call(call, message));
    }

    pub(super) fn new_call(&mut self, asked: Asked) -> CallId {
        let call = CallId(self.next_call);
        self.next_call += 1;
        self.calls.insert(call, asked);
        call
    }
}

/// A time to wait that the server named, within reason.
pub(super) fn wait_of(millis: u64) -> Duration {
    Duration::from_millis(millis).clamp(SHORTEST_WAIT, LONGEST_WAIT)
}
