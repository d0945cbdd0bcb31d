//! From an accepted offer to the start of its robot.

use model::mutation::{Mutation, active};
use model::{AttemptKey, Instants};
use wire::agent::{AgentMessage, Confirm, Decline};

use super::{AgentCore, Asked, LEAVE_LASTS};
use crate::attempt::Phase;
use crate::effect::{Effect, Start, Tell};
use crate::recovered::SpoolRecord;

impl AgentCore {
    /// An accepted offer: ask for leave, prepare, and start when both are there.
    pub(super) fn toward_start(&mut self, key: AttemptKey, may_call: bool, at: Instants) {
        let Some(attempt) = self.attempts.get_mut(&key) else {
            return;
        };
        let never_asked = attempt.leave.asked_at.is_none();
        let refusal = attempt.refusal(self.finishing).filter(|_| never_asked);
        if let Some((reason, message)) = refusal {
            if may_call {
                let (job_id, reason) = (key.job.into(), reason.to_owned());
                let decline = Decline {
                    job_id,
                    attempt: key.attempt,
                    reason,
                    message,
                };
                self.call(Asked::Decline(key), AgentMessage::Decline(decline));
            }
        } else if attempt.unprepared.is_some() && attempt.leave.confirmed {
            self.end_unprepared(key);
        } else if attempt.cancel.is_some() && attempt.leave.confirmed {
            self.end_before_start(key);
        } else if !self.has_leave(key, at) {
            if may_call {
                self.confirm(key, at);
            }
        } else if self
            .attempts
            .get(&key)
            .is_some_and(|attempt| attempt.prepared)
        {
            let position = self.append(key, SpoolRecord::Running);
            if let Some(attempt) = self.attempts.get_mut(&key) {
                attempt.phase = Phase::Starting {
                    at: position,
                    synced: active(Mutation::NoSyncedRunning),
                };
            }
        }
    }

    pub(super) fn has_leave(&self, key: AttemptKey, at: Instants) -> bool {
        let leave = self.attempts.get(&key).map(|attempt| &attempt.leave);
        leave.is_some_and(|leave| {
            (leave.granted.is_some() || active(Mutation::StartBeforeConfirmed))
                && leave
                    .asked_at
                    .is_some_and(|asked| at.monotonic.since(asked) < LEAVE_LASTS)
        })
    }

    pub(super) fn confirm(&mut self, key: AttemptKey, at: Instants) {
        if let Some(attempt) = self.attempts.get_mut(&key) {
            attempt.leave.asked_at = Some(at.monotonic);
            attempt.leave.granted = None;
        }
        let confirm = Confirm {
            job_id: key.job.into(),
            attempt: key.attempt,
        };
        self.call(Asked::Confirm(key), AgentMessage::Confirm(confirm));
    }

    pub(super) fn start(&mut self, key: AttemptKey) {
        let Some(attempt) = self.attempts.get_mut(&key) else {
            return;
        };
        attempt.phase = Phase::Running;
        let secrets = attempt.leave.granted.take().unwrap_or_default();
        let robot = attempt.robot_name();
        self.out.push(Effect::Start(Start { key, secrets }));
        self.out.push(Effect::Tell(Tell::Started { key, robot }));
    }
}
