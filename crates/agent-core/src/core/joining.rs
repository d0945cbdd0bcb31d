//! From a new connection to an agreed picture of what is held.

use model::mutation::{Mutation, active};
use model::{AttemptKey, Instants, StopMode};
use wire::agent::{
    AgentMessage, Cancel, Drop as Dropped, DropReason, GoodbyeReason, Holding, Join, JoinAnswer,
    RunningThen, ServerMessage,
};

use super::asking::wait_of;
use super::{AgentCore, Asked, CLAIM_EVERY, Link, MOST_SEQ, UPLOADS_LAST};
use crate::attempt::{Attempt, Phase};
use crate::effect::{Effect, ExitReason, Prepare, Tell};
use crate::event::EventText;
use crate::recovered::{Recovered, Robot};

impl AgentCore {
    pub(super) fn found(&mut self, found: Vec<Recovered>) {
        for recovered in found {
            // With a damaged spool, what a supervisor left is read again from where it is whole.
            let read_again = recovered.damaged && recovered.robot == Robot::There;
            let phase = match recovered.ended {
                Some((outcome, last_seq)) if !read_again => Phase::Ended { outcome, last_seq },
                Some(_) => Phase::Running,
                // Without its offer it could not be confirmed or started.
                None if recovered.running || recovered.offer.is_none() => Phase::Running,
                None => Phase::Accepted,
            };
            let mut attempt = Attempt::new(recovered.offer, phase);
            attempt.last_seq = recovered.last_seq;
            attempt.synced_to = recovered.last_seq;
            attempt.stored_to = recovered.trimmed_to;
            attempt.offsets = recovered.offsets;
            attempt.artifacts = recovered.artifacts.into_iter().collect();
            // Where their events stand is not known.
            attempt.untrimmed_from = (!attempt.artifacts.is_empty()).then_some(1);
            attempt.spool_lost = recovered.damaged && recovered.robot == Robot::Gone;
            self.attempts.insert(recovered.key, attempt);
        }
    }

    /// A new connection: nothing was said on it yet.
    pub(super) fn connected(&mut self) {
        self.disconnected();
        self.renewal.due = None;
        self.join();
    }

    pub(super) fn join(&mut self) {
        self.link = Link::Joining { again_at: None };
        self.checks_news = false;
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
        self.renew_at = at.monotonic.plus(wait_of(answer.limits.renew_ms));
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
        let up_to = up_to.min(MOST_SEQ);
        attempt.stored_to = up_to;
        attempt.not_before = None;
        if let Phase::Uploading { until, .. } = &mut attempt.phase {
            // Files could not be delivered while the server was away.
            *until = at.monotonic.plus(UPLOADS_LAST);
        }
        let first_time = !std::mem::replace(&mut attempt.kept, true);
        if first_time && attempt.phase == Phase::Running {
            attempt.read_again = up_to.saturating_sub(attempt.last_seq);
        }
        let lost = std::mem::take(&mut attempt.spool_lost) || up_to > attempt.last_seq;
        if lost && !attempt.not_started() && !active(Mutation::DiskLossUnnoticed) {
            self.disk_lost(key, up_to, at);
        }
        if !first_time {
            return;
        }
        let Some(attempt) = self.attempts.get(&key) else {
            return;
        };
        match attempt.phase {
            Phase::Running => self.out.push(Effect::Resume(key)),
            Phase::Accepted if !attempt.prepared => {
                if let Some(offer) = attempt.offer.clone() {
                    self.out.push(Effect::Prepare(Prepare { key, offer }));
                }
            }
            _ => {}
        }
    }

    /// The disk holds less than was sent from it, or a part of it cannot be read: numbers go on
    /// behind what the server has, with a gap.
    fn disk_lost(&mut self, key: AttemptKey, up_to: u64, at: Instants) {
        let gap = EventText::gap(self.server_time(at.now), None, "disk_lost");
        let Some(attempt) = self.attempts.get_mut(&key) else {
            return;
        };
        attempt.last_seq = attempt.last_seq.max(up_to);
        attempt.synced_to = attempt.synced_to.max(up_to);
        let (offsets, phase) = (attempt.offsets, attempt.phase.clone());
        self.append_events(key, vec![gap], offsets);
        if let Phase::Ending { outcome, .. } | Phase::Ended { outcome, .. } = phase {
            self.end(key, outcome);
        }
    }

    /// What the server says that need not be held.
    pub(super) fn dropped(&mut self, dropped: Vec<Dropped>) {
        for entry in dropped {
            let Some(job) = entry.job_id.parse() else {
                continue;
            };
            let key = AttemptKey {
                job,
                attempt: entry.attempt,
            };
            let has_ended = self.attempts.get(&key).is_some_and(Attempt::has_ended);
            if has_ended && entry.reason == DropReason::Ended {
                self.forget(key);
            } else {
                self.let_go(key);
            }
        }
    }

    /// Holds an attempt no longer that the server does not want: its record is deleted; if its
    /// robot may have run, that is stopped and what is left is set aside.
    pub(super) fn let_go(&mut self, key: AttemptKey) {
        let Some(attempt) = self.attempts.get(&key) else {
            return;
        };
        if attempt.never_given_start() {
            return self.forget(key);
        }
        if attempt.is_working() {
            self.out.push(Effect::Control(key, StopMode::Stop));
        } else if matches!(attempt.phase, Phase::Uploading { .. }) {
            self.out.push(Effect::StopUploads(key));
        }
        self.attempts.remove(&key);
        self.claim.wanted = true;
        self.out.push(Effect::SetAside(key));
    }

    /// Nothing of the attempt is needed any more.
    pub(super) fn forget(&mut self, key: AttemptKey) {
        if self.attempts.remove(&key).is_some() {
            self.claim.wanted = true;
            self.out.push(Effect::Forget(key));
        }
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
                GoodbyeReason::Revoked => {
                    self.revoked(goodbye.running.unwrap_or(RunningThen::Stop));
                }
                GoodbyeReason::Replaced => self.exit(ExitReason::Replaced),
                GoodbyeReason::Draining | GoodbyeReason::SignedOut => {}
            },
        }
    }
}
