//! How connections end, and the program.

use std::time::Duration;

use model::{Instants, StopMode};
use wire::agent::RunningThen;

use super::{AgentCore, Asked, LONGEST_WAIT, Link, RETRY_AFTER};
use crate::effect::{Effect, ExitReason, Tell};
use crate::input::{Closed, JoinRefused};

impl AgentCore {
    pub(super) fn closed(&mut self, why: Closed) {
        match why {
            Closed::Broke => self.disconnected(),
            Closed::Refused(refused) => {
                self.disconnected();
                match refused {
                    JoinRefused::Revoked => self.revoked(RunningThen::Stop),
                    JoinRefused::Unauthenticated(why) => {
                        self.exit(ExitReason::Unauthenticated(why));
                    }
                    JoinRefused::UnsupportedVersion(why) => self.exit(ExitReason::TooOld(why)),
                    JoinRefused::TryAgain(why) => self.out.push(Effect::Tell(Tell::Warning(why))),
                }
            }
        }
    }

    /// This connection is of no use any more. Nothing more is said on it. Another is made at
    /// once, or after a pause that doubles while none lasts: a server that answers each new
    /// connection in the same useless way must not be asked in a circle.
    pub(super) fn reconnect(&mut self, at: Instants) {
        self.disconnected();
        let renewal = &mut self.renewal;
        let lasted = renewal.made_at.map(|made| at.monotonic.since(made));
        renewal.pause = match lasted {
            Some(lasted) if lasted < LONGEST_WAIT => {
                (renewal.pause * 2).clamp(RETRY_AFTER, LONGEST_WAIT)
            }
            _ => Duration::ZERO,
        };
        renewal.due = Some(at.monotonic.plus(renewal.pause));
    }

    /// Makes another connection when it is time to.
    pub(super) fn reconnect_if_due(&mut self, at: Instants) {
        if self.renewal.due.is_some_and(|due| at.monotonic >= due) {
            self.renewal.due = None;
            self.renewal.made_at = Some(at.monotonic);
            self.out.push(Effect::Reconnect);
        }
    }

    /// Whatever was asked on the connection will not be answered.
    pub(super) fn disconnected(&mut self) {
        if self.link != Link::Down {
            self.out.push(Effect::Tell(Tell::Disconnected));
        }
        self.link = Link::Down;
        for (_, asked) in std::mem::take(&mut self.calls) {
            self.unanswered(&asked);
        }
    }

    /// The answer will never come: what was asked may have been done, so it is asked again.
    pub(super) fn unanswered(&mut self, asked: &Asked) {
        match asked {
            Asked::Claim => {
                self.claim.calling = false;
                self.claim.repeat = true;
            }
            Asked::Confirm(key)
            | Asked::Decline(key)
            | Asked::Events(key, _)
            | Asked::Finish(key) => {
                if let Some(attempt) = self.attempts.get_mut(key) {
                    attempt.calling = false;
                }
            }
            Asked::Join | Asked::Renew => {}
        }
    }

    pub(super) fn exit(&mut self, reason: ExitReason) {
        self.exited = true;
        self.out.push(Effect::Exit(reason));
    }

    /// The agent was removed: nothing more can be said to the server. What has not started never
    /// will, and what runs is stopped or left to finish, unheard.
    pub(super) fn revoked(&mut self, running: RunningThen) {
        for (key, attempt) in &self.attempts {
            if attempt.never_given_start() {
                self.out.push(Effect::Forget(*key));
            } else if attempt.is_working() && running == RunningThen::Stop {
                self.out.push(Effect::Control(*key, StopMode::Stop));
            }
        }
        self.exit(ExitReason::Revoked);
    }
}
