//! From a new connection to an agreed picture of what is held.

use model::{AttemptKey, Instants, StopMode};
use wire::agent::{
    AgentMessage, Cancel, Drop as Dropped, GoodbyeReason, Holding, Join, JoinAnswer, RunningThen,
    ServerMessage,
};

use super::{AgentCore, Asked, CLAIM_EVERY, Link, UPLOADS_LAST};
use crate::attempt::{Attempt, Phase};
use crate::effect::{Effect, ExitReason, Tell};
use crate::event::EventText;
use crate::recovered::{Recovered, Robot};

impl AgentCore {
    pub(super) fn found(&mut self, found: Vec<Recovered>) {
        for recovered in found {
            let phase = match recovered.ended {
                Some((outcome, last_seq)) => Phase::Ended { outcome, last_seq },
                None if recovered.running => Phase::Running,
                None => Phase::Accepted,
            };
            let mut attempt = Attempt::new(recovered.offer, phase);
            attempt.last_seq = recovered.last_seq;
            attempt.synced_to = recovered.last_seq;
            attempt.stored_to = recovered.trimmed_to;
            attempt.offsets = recovered.offsets;
            attempt.artifacts = recovered.artifacts.into_iter().collect();
            attempt.died = recovered.running && recovered.robot == Robot::Gone;
            if recovered.damaged {
                let text = format!("the spool of job {} was damaged", recovered.key);
                self.out.push(Effect::Tell(Tell::Warning(text)));
            }
            self.attempts.insert(recovered.key, attempt);
        }
    }

    pub(super) fn connected(&mut self) {
        self.link = Link::Joining;
        let holding = self.attempts.iter().map(|(key, attempt)| Holding {
            job_id: key.job.into(),
            attempt: key.attempt,
            state: attempt.held(),
            last_seq: attempt.last_seq,
        });
        let join = Join {
            user_id: self.setup.user_id.as_str().into(),
            slots: self.setup.slots,
            version: self.setup.version.clone(),
            os: self.setup.os.clone(),
            host: self.setup.host.clone(),
            holding: holding.collect(),
            checks: self.checks.clone(),
        };
        self.call(Asked::Join, AgentMessage::Join(join));
    }

    pub(super) fn joined(&mut self, answer: JoinAnswer, at: Instants) {
        self.clock_offset_ms = answer
            .server_time
            .as_millis()
            .saturating_sub(at.now.as_millis());
        let renew_after = std::time::Duration::from_millis(answer.limits.renew_ms);
        self.renew_at = at.monotonic.plus(renew_after);
        self.claim.wanted = true;
        self.claim.at = at.monotonic.plus(CLAIM_EVERY);
        self.link = Link::Joined(answer.limits);
        let holding = self.attempts.len();
        self.out.push(Effect::Tell(Tell::Joined {
            name: answer.name,
            holding,
        }));
        for kept in answer.keep {
            let key = AttemptKey {
                job: kept.job_id,
                attempt: kept.attempt,
            };
            self.kept(key, kept.up_to, at);
        }
        self.dropped(answer.drop);
        self.cancels(answer.cancel);
    }

    /// The server goes on with an attempt that we hold, and has its events up to `up_to`.
    fn kept(&mut self, key: AttemptKey, up_to: u64, at: Instants) {
        let Some(attempt) = self.attempts.get_mut(&key) else {
            return;
        };
        attempt.stored_to = up_to;
        attempt.not_before = None;
        if let Phase::Uploading { until, .. } = &mut attempt.phase {
            // Files could not be delivered while the server was away.
            *until = at.monotonic.plus(UPLOADS_LAST);
        }
        let first_time = !std::mem::replace(&mut attempt.kept, true);
        if !first_time {
            return;
        }
        let lost_disk = up_to > attempt.last_seq;
        if lost_disk {
            // The disk is older than what was sent from it: number on behind that.
            attempt.last_seq = up_to;
            attempt.synced_to = up_to;
            if let Phase::Ended { last_seq, .. } = &mut attempt.phase {
                *last_seq = up_to;
            } else if !attempt.not_started() {
                let offsets = attempt.offsets;
                let gap = EventText::gap(self.server_time(at.now), None, "disk_lost");
                self.append_events(key, vec![gap], offsets);
            }
        }
        let Some(attempt) = self.attempts.get(&key) else {
            return;
        };
        match attempt.phase {
            Phase::Running if attempt.died => self.robot_died(key, at),
            Phase::Running => self.out.push(Effect::Resume(key)),
            Phase::Accepted if !attempt.prepared => {
                let offer = attempt.offer.clone();
                self.out
                    .push(Effect::Prepare(crate::effect::Prepare { key, offer }));
            }
            _ => {}
        }
    }

    /// What the server says that need not be held.
    pub(super) fn dropped(&mut self, dropped: Vec<Dropped>) {
        for entry in dropped {
            let Some(job) = entry.job_id.parse() else {
                continue;
            };
            self.let_go(AttemptKey {
                job,
                attempt: entry.attempt,
            });
        }
    }

    /// Holds an attempt no longer: its record is deleted, or set aside if a robot may have run.
    pub(super) fn let_go(&mut self, key: AttemptKey) {
        let Some(attempt) = self.attempts.remove(&key) else {
            return;
        };
        let delivered = matches!(attempt.phase, Phase::Ended { .. } | Phase::Ending { .. });
        if attempt.not_started() || delivered {
            self.out.push(Effect::Forget(key));
        } else {
            self.out.push(Effect::SetAside(key));
        }
        self.claim.wanted = true;
    }

    pub(super) fn cancels(&mut self, cancels: Vec<Cancel>) {
        for cancel in cancels {
            self.cancel(
                AttemptKey {
                    job: cancel.job_id,
                    attempt: cancel.attempt,
                },
                cancel.mode,
            );
        }
    }

    fn cancel(&mut self, key: AttemptKey, mode: StopMode) {
        let Some(attempt) = self.attempts.get_mut(&key) else {
            return;
        };
        if attempt.cancel.is_some_and(|asked| asked >= mode) {
            return;
        }
        attempt.cancel = Some(mode);
        if attempt.phase == Phase::Running {
            self.out.push(Effect::Control(key, mode));
        }
        if attempt.is_working() || attempt.not_started() {
            self.out.push(Effect::Tell(Tell::Cancelling { key, mode }));
        }
    }

    pub(super) fn pushed(&mut self, message: ServerMessage) {
        match message {
            ServerMessage::Work => self.claim.wanted = true,
            ServerMessage::Cancel(cancel) => self.cancels(vec![cancel]),
            ServerMessage::Check => self.out.push(Effect::Check),
            ServerMessage::Goodbye(goodbye) => match goodbye.reason {
                GoodbyeReason::Revoked => match goodbye.running {
                    Some(RunningThen::Finish) => self.exit(ExitReason::Revoked),
                    Some(RunningThen::Stop) | None => self.revoked(StopMode::Stop),
                },
                GoodbyeReason::Replaced => self.exit(ExitReason::Replaced),
                GoodbyeReason::Draining | GoodbyeReason::SignedOut => {}
            },
        }
    }
}
