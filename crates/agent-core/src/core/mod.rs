//! The state of the agent, and the one loop that moves everything on.
//!
//! Inputs only note what happened; [`AgentCore::advance`] then looks at every attempt and does what
//! is due. So nothing depends on having seen an edge: a lost answer, a reconnect or a restart finds
//! the same next step.

mod answers;
mod ends;
mod joining;
mod news;

use std::collections::BTreeMap;
use std::time::Duration;

use model::{AttemptKey, Check, InstanceId, Instants, Monotonic, StopMode, Timestamp};
use wire::agent::{AgentMessage, Claim, Confirm, Decline, Finish, Limits, Named, Renew};

use crate::attempt::{Attempt, Phase};
use crate::effect::{Effect, ExitReason, Start, Tell};
use crate::input::{CallId, Closed, Input, JoinRefused, Shutdown, SpoolPosition};
use crate::recovered::SpoolRecord;

/// `start` is given only this long after the `confirm` that allowed it was sent.
const LEAVE_LASTS: Duration = Duration::from_secs(30);
/// The agent asks for work at least this often.
const CLAIM_EVERY: Duration = Duration::from_secs(30);
/// Files hold an outcome back for this long at most.
const UPLOADS_LAST: Duration = Duration::from_secs(600);
/// How long to wait before a call is repeated, if the server did not say.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What the agent knows about itself.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The user whose room it joins.
    pub user_id: String,
    /// This process.
    pub instance: InstanceId,
    /// The most attempts at once: 1–64.
    pub slots: u32,
    /// The program's version.
    pub version: String,
    /// The operating system.
    pub os: String,
    /// The computer's own name.
    pub host: String,
}

/// The agent's mind.
#[derive(Debug)]
pub struct AgentCore {
    setup: Setup,
    link: Link,
    attempts: BTreeMap<AttemptKey, Attempt>,
    calls: BTreeMap<CallId, Asked>,
    next_call: u64,
    appended: SpoolPosition,
    synced: SpoolPosition,
    sync_asked: SpoolPosition,
    claim: ClaimState,
    renew_at: Monotonic,
    checks: Option<Vec<Check>>,
    checks_news: bool,
    finishing: bool,
    exited: bool,
    /// The server's clock minus ours, in milliseconds.
    clock_offset_ms: i64,
    out: Vec<Effect>,
}

/// Where the connection stands.
#[derive(Debug, Clone, PartialEq)]
enum Link {
    /// There is none.
    Down,
    /// `join` is on its way.
    Joining,
    /// The room is joined.
    Joined(Limits),
}

/// What an unanswered call asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Asked {
    Join,
    Claim,
    Confirm(AttemptKey),
    Decline(AttemptKey),
    Events(AttemptKey, u64),
    Finish(AttemptKey),
    Renew,
}

/// The agent's question for work.
#[derive(Debug, Default)]
struct ClaimState {
    /// Numbers the claims of this process.
    number: u64,
    /// The last claim was not answered: it is asked again under the same id.
    repeat: bool,
    /// One is unanswered.
    calling: bool,
    /// There may be something.
    wanted: bool,
    /// When to ask anyway.
    at: Monotonic,
}

impl AgentCore {
    /// An agent that holds nothing and is connected to nothing.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        Self {
            setup,
            link: Link::Down,
            attempts: BTreeMap::new(),
            calls: BTreeMap::new(),
            next_call: 1,
            appended: SpoolPosition::default(),
            synced: SpoolPosition::default(),
            sync_asked: SpoolPosition::default(),
            claim: ClaimState::default(),
            renew_at: Monotonic::default(),
            checks: None,
            checks_news: false,
            finishing: false,
            exited: false,
            clock_offset_ms: 0,
            out: Vec::new(),
        }
    }

    /// Takes in what happened and answers what is to be done, in this order.
    pub fn handle(&mut self, input: Input, at: Instants) -> Vec<Effect> {
        if !self.exited {
            self.note(input, at);
            self.advance(at);
        }
        std::mem::take(&mut self.out)
    }

    /// When to wake with [`Input::Tick`], if nothing else happens before.
    #[must_use]
    pub fn wake_at(&self) -> Option<Monotonic> {
        let joined = matches!(self.link, Link::Joined(_));
        let renew = joined.then_some(self.renew_at);
        let claim = (joined && !self.finishing && !self.claim.calling && self.free() > 0)
            .then_some(self.claim.at);
        let attempts = self.attempts.values().flat_map(|attempt| {
            let until = match attempt.phase {
                Phase::Uploading { until, .. } => Some(until),
                _ => None,
            };
            let retry = attempt.not_before.filter(|_| joined);
            [until, retry].into_iter().flatten()
        });
        attempts.chain(renew).chain(claim).min()
    }

    /// The attempts that are held, and how far each got.
    pub fn holding(&self) -> impl Iterator<Item = (AttemptKey, &Phase)> {
        self.attempts
            .iter()
            .map(|(key, attempt)| (*key, &attempt.phase))
    }

    /// A time of this computer, as the server's clock would have shown it.
    #[must_use]
    pub fn server_time(&self, here: Timestamp) -> Timestamp {
        Timestamp::from_millis(here.as_millis().saturating_add(self.clock_offset_ms))
    }

    fn note(&mut self, input: Input, at: Instants) {
        match input {
            Input::Found(found) => self.found(found),
            Input::Connected => self.connected(),
            Input::Answer(call, answer) => self.answered(call, answer, at),
            Input::Push(message) => self.pushed(message),
            Input::Closed(why) => self.closed(why),
            Input::Synced(position) => self.synced_to(position),
            Input::NotSpooled {
                key,
                record,
                reason,
            } => {
                self.not_spooled(key, record, &reason, at);
            }
            Input::Checked(checks) => {
                self.checks = Some(checks);
                self.checks_news = true;
            }
            Input::Prepared(key, result) => self.prepared(key, result),
            Input::Robot(key, news) => self.robot(key, news, at),
            Input::Uploaded(key, artifact) => self.uploaded(key, artifact, at),
            Input::UploadsDone(key) => self.uploads_done(key),
            Input::Tick => {}
            Input::Shutdown(Shutdown::Now) => self.exit(ExitReason::Done),
            Input::Shutdown(Shutdown::Finish) => {
                if !self.finishing {
                    self.finishing = true;
                    let holding = self.attempts.len();
                    self.out.push(Effect::Tell(Tell::Finishing { holding }));
                }
            }
        }
    }

    /// Does what is due.
    fn advance(&mut self, at: Instants) {
        if self.exited {
            return;
        }
        let keys: Vec<AttemptKey> = self.attempts.keys().copied().collect();
        for key in keys {
            self.advance_attempt(key, at);
        }
        if self.finishing && self.attempts.is_empty() {
            self.exit(ExitReason::Done);
            return;
        }
        if matches!(self.link, Link::Joined(_)) {
            self.claim_if_due(at);
            self.renew_if_due(at);
        }
        if self.appended > self.sync_asked && self.sync_asked == self.synced {
            self.sync_asked = self.appended;
            self.out.push(Effect::Sync(self.appended));
        }
    }

    fn advance_attempt(&mut self, key: AttemptKey, at: Instants) {
        let joined = matches!(self.link, Link::Joined(_));
        let Some(attempt) = self.attempts.get_mut(&key) else {
            return;
        };
        let may_call = joined
            && attempt.kept
            && !attempt.calling
            && attempt
                .not_before
                .is_none_or(|not_before| at.monotonic >= not_before);
        match attempt.phase.clone() {
            Phase::Accepting { .. } => {}
            Phase::Accepted => self.toward_start(key, may_call, at),
            Phase::Starting { synced, .. } => {
                if attempt.cancel.is_some() {
                    self.end_before_start(key);
                } else if synced && self.has_leave(key, at) {
                    self.start(key);
                } else if synced && may_call {
                    self.confirm(key, at);
                }
            }
            Phase::Uploading { outcome, until } => {
                if at.monotonic >= until {
                    self.out.push(Effect::StopUploads(key));
                    self.end(key, outcome);
                } else if may_call {
                    self.send_events(key);
                }
            }
            Phase::Running | Phase::Ending { .. } => {
                if may_call {
                    self.send_events(key);
                }
            }
            Phase::Ended { outcome, last_seq } => {
                if may_call && attempt.stored_to < last_seq {
                    self.send_events(key);
                } else if may_call {
                    let finish = Finish {
                        job_id: key.job.into(),
                        attempt: key.attempt,
                        last_seq,
                        outcome,
                    };
                    self.call(Asked::Finish(key), AgentMessage::Finish(finish));
                }
            }
        }
    }

    /// An accepted offer: ask for leave, prepare, and start when both are there.
    fn toward_start(&mut self, key: AttemptKey, may_call: bool, at: Instants) {
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
                    synced: false,
                };
            }
        }
    }

    fn has_leave(&self, key: AttemptKey, at: Instants) -> bool {
        let leave = self.attempts.get(&key).map(|attempt| &attempt.leave);
        leave.is_some_and(|leave| {
            leave.granted.is_some()
                && leave
                    .asked_at
                    .is_some_and(|asked| at.monotonic.since(asked) < LEAVE_LASTS)
        })
    }

    fn confirm(&mut self, key: AttemptKey, at: Instants) {
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

    fn start(&mut self, key: AttemptKey) {
        let Some(attempt) = self.attempts.get_mut(&key) else {
            return;
        };
        attempt.phase = Phase::Running;
        let secrets = attempt.leave.granted.take().unwrap_or_default();
        let robot = attempt.offer.robot.name.clone();
        self.out.push(Effect::Start(Start { key, secrets }));
        self.out.push(Effect::Tell(Tell::Started { key, robot }));
    }

    fn send_events(&mut self, key: AttemptKey) {
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
    }

    fn claim_if_due(&mut self, at: Instants) {
        let free = self.free();
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

    fn renew_if_due(&mut self, at: Instants) {
        let Link::Joined(limits) = &self.link else {
            return;
        };
        if at.monotonic < self.renew_at && !self.checks_news {
            return;
        }
        self.renew_at = at.monotonic.plus(Duration::from_millis(limits.renew_ms));
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
    fn free(&self) -> u32 {
        let held = u32::try_from(self.attempts.len()).unwrap_or(u32::MAX);
        self.setup.slots.saturating_sub(held)
    }

    fn call(&mut self, asked: Asked, message: AgentMessage) {
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

    fn new_call(&mut self, asked: Asked) -> CallId {
        let call = CallId(self.next_call);
        self.next_call += 1;
        self.calls.insert(call, asked);
        call
    }

    fn append(&mut self, key: AttemptKey, record: SpoolRecord) -> SpoolPosition {
        self.appended = SpoolPosition(self.appended.0 + 1);
        self.out.push(Effect::Append(key, record));
        self.appended
    }

    fn exit(&mut self, reason: ExitReason) {
        self.exited = true;
        self.out.push(Effect::Exit(reason));
    }

    fn closed(&mut self, why: Closed) {
        let was_joined = self.link != Link::Down;
        self.link = Link::Down;
        for (_, asked) in std::mem::take(&mut self.calls) {
            match asked {
                Asked::Claim => {
                    self.claim.calling = false;
                    self.claim.repeat = true;
                    self.claim.wanted = true;
                }
                Asked::Confirm(key)
                | Asked::Decline(key)
                | Asked::Events(key, _)
                | Asked::Finish(key) => {
                    if let Some(attempt) = self.attempts.get_mut(&key) {
                        attempt.calling = false;
                    }
                }
                Asked::Join | Asked::Renew => {}
            }
        }
        match why {
            Closed::Broke => {
                if was_joined {
                    self.out.push(Effect::Tell(Tell::Disconnected));
                }
            }
            Closed::Refused(JoinRefused::Revoked) => self.revoked(StopMode::Stop),
            Closed::Refused(JoinRefused::Unauthenticated(why)) => {
                self.exit(ExitReason::Unauthenticated(why));
            }
            Closed::Refused(JoinRefused::UnsupportedVersion(why)) => {
                self.exit(ExitReason::TooOld(why));
            }
            Closed::Refused(JoinRefused::TryAgain(why)) => {
                self.out.push(Effect::Tell(Tell::Warning(why)));
            }
        }
    }

    /// The agent was removed: what runs is stopped, and nothing more can be said to the server.
    fn revoked(&mut self, mode: StopMode) {
        for (key, attempt) in &self.attempts {
            if attempt.is_working() {
                self.out.push(Effect::Control(*key, mode));
            }
        }
        self.exit(ExitReason::Revoked);
    }
}
