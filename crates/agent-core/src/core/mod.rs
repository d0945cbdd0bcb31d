//! The state of the agent, and the one loop that moves everything on.
//!
//! Inputs only note what happened; [`AgentCore::advance`] then looks at every attempt and does what
//! is due. So nothing depends on having seen an edge: a lost answer, a reconnect or a restart finds
//! the same next step.

mod answers;
mod asking;
mod ends;
mod joining;
mod leaving;
mod news;
mod starting;

use std::collections::BTreeMap;
use std::time::Duration;

use model::mutation::{Mutation, active};
use model::{AttemptKey, Check, InstanceId, Instants, Monotonic, Timestamp};
use wire::agent::{AgentMessage, Finish, Limits};

use crate::attempt::{Attempt, Phase};
use crate::effect::{Effect, ExitReason, Tell};
use crate::input::{CallId, Input, Shutdown, SpoolPosition};
use crate::recovered::SpoolRecord;

/// `start` is given only this long after the `confirm` that allowed it was sent.
const LEAVE_LASTS: Duration = Duration::from_secs(30);
/// The agent asks for work at least this often.
const CLAIM_EVERY: Duration = Duration::from_secs(30);
/// Files hold an outcome back for this long at most.
const UPLOADS_LAST: Duration = Duration::from_secs(600);
/// How long to wait before a call is repeated, if the server did not say.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Whatever a server says, calls are repeated and renewed this often at most …
const SHORTEST_WAIT: Duration = Duration::from_millis(50);
/// … and at least this often.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// The largest number of an event; a server that names a larger one is not believed.
const MOST_SEQ: u64 = 1 << 53;

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
    renewal: Renewal,
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
    /// `join` is on its way, or is sent again at that time because the server could not answer it.
    Joining { again_at: Option<Monotonic> },
    /// The room is joined.
    Joined(Limits),
}

/// The making of a connection in place of one that is of no use.
#[derive(Debug, Default)]
struct Renewal {
    /// When one was made last.
    made_at: Option<Monotonic>,
    /// How long the last one was waited for.
    pause: Duration,
    /// When the next one is to be made.
    due: Option<Monotonic>,
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
            renewal: Renewal::default(),
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
        if self.exited {
            return None;
        }
        let joined = matches!(self.link, Link::Joined(_));
        let renew = joined.then_some(self.renew_at);
        let claim = (joined && !self.finishing && !self.claim.calling && self.free() > 0)
            .then_some(self.claim.at);
        let join = match self.link {
            Link::Joining { again_at } => again_at,
            Link::Down | Link::Joined(_) => None,
        };
        let attempts = self.attempts.values().flat_map(|attempt| {
            let until = match attempt.phase {
                Phase::Uploading { until, .. } if joined => Some(until),
                Phase::Unwritten { again_at, .. } => Some(again_at),
                _ => None,
            };
            let retry = attempt.not_before.filter(|_| joined);
            [until, retry].into_iter().flatten()
        });
        let renewal = self.renewal.due;
        attempts
            .chain(renew)
            .chain(claim)
            .chain(join)
            .chain(renewal)
            .min()
    }

    /// The attempts that are held, and how far each got.
    pub fn holding(&self) -> impl Iterator<Item = (AttemptKey, &Phase)> {
        self.attempts
            .iter()
            .map(|(key, attempt)| (*key, &attempt.phase))
    }

    /// The limits that the server told at the last `join`, while that stands.
    #[must_use]
    pub fn limits(&self) -> Option<&Limits> {
        match &self.link {
            Link::Joined(limits) => Some(limits),
            Link::Down | Link::Joining { .. } => None,
        }
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
        // What an unanswered claim brings must be declined first.
        if self.finishing && self.attempts.is_empty() && !self.claim.calling {
            self.exit(ExitReason::Done);
            return;
        }
        match self.link {
            Link::Down => self.reconnect_if_due(at),
            Link::Joining { again_at } => {
                if again_at.is_some_and(|again_at| at.monotonic >= again_at) {
                    self.join();
                }
            }
            Link::Joined(_) => {
                self.claim_if_due(at);
                self.renew_if_due(at);
            }
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
        if attempt
            .not_before
            .is_some_and(|not_before| at.monotonic >= not_before)
        {
            attempt.not_before = None;
        }
        let may_call = joined && attempt.kept && !attempt.calling && attempt.not_before.is_none();
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
                // While the server is away, waiting for files holds nothing back.
                if joined && at.monotonic >= until {
                    self.out.push(Effect::StopUploads(key));
                    self.end(key, outcome);
                } else if may_call {
                    self.send_events(key);
                }
            }
            Phase::Unwritten { outcome, again_at } => {
                if at.monotonic >= again_at {
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
                let first_events = attempt.stored_to < last_seq && !active(Mutation::ToldTooEarly);
                if may_call && first_events {
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

    fn append(&mut self, key: AttemptKey, record: SpoolRecord) -> SpoolPosition {
        self.appended = SpoolPosition(self.appended.0 + 1);
        self.out.push(Effect::Append(key, record));
        self.appended
    }
}
