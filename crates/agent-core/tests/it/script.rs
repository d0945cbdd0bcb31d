//! One agent's mind, whose disk, socket and robots are played by the test.

use std::time::Duration;

use agent_core::{
    AgentCore, Artifact, CallError, CallId, Effect, EventText, ExitReason, Input, Recovered, Robot,
    RobotNews, Setup, SpoolPosition, SpoolRecord, TailOffsets,
};
use model::{
    AgentId, ArtifactId, AttemptKey, Ending, InstanceId, Instants, JobId, Limits, Monotonic,
    ObjectId, Outcome, RobotId, RobotKind, Sha256, StopMode, Timestamp,
};
use wire::agent::{
    AgentMessage, Answer, Cancel, ClaimAnswer, ConfirmAnswer, Drop, DropReason, EventsAnswer,
    FinishAnswer, JoinAnswer, Keep, Limits as WireLimits, Nothing, Offer, OfferedRobot,
    OfferedSettings, RenewAnswer, ServerMessage,
};
use wire::{ErrorBody, ErrorCode, Field};

/// The server's clock is that much ahead.
pub(crate) const AHEAD_MS: i64 = 5_000;
const BEGIN: i64 = 1_800_000_000_000;

/// Events that were asked to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) call: CallId,
    pub(crate) key: AttemptKey,
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) replaced: Vec<u64>,
}

pub(crate) struct Script {
    pub(crate) core: AgentCore,
    clock: u64,
    /// Effects since the last look, but for calls, batches and syncs.
    pub(crate) effects: Vec<Effect>,
    /// Unanswered calls.
    pub(crate) calls: Vec<(CallId, AgentMessage)>,
    /// Unanswered batches.
    pub(crate) batches: Vec<Batch>,
    pub(crate) sync: Option<SpoolPosition>,
    pub(crate) records: Vec<(AttemptKey, SpoolRecord)>,
}

impl Script {
    pub(crate) fn new(slots: u32) -> Self {
        let setup = Setup {
            user_id: "0123456789abcdef01234567".to_owned(),
            instance: InstanceId("instance".to_owned()),
            slots,
            version: "0.1.0".to_owned(),
            os: "linux".to_owned(),
            host: "reception".to_owned(),
        };
        Self {
            core: AgentCore::new(setup),
            clock: 1_000,
            effects: Vec::new(),
            calls: Vec::new(),
            batches: Vec::new(),
            sync: None,
            records: Vec::new(),
        }
    }

    /// An agent that has joined with these attempts on its disk, all of them kept.
    pub(crate) fn recovered(found: Vec<Recovered>) -> Self {
        let mut script = Self::new(2);
        let keep = found.iter().map(|found| keep(found.key, found.last_seq));
        let keep = keep.collect();
        script.give(Input::Found(found));
        script.join(keep, Vec::new(), Vec::new());
        script
    }

    /// An agent that holds one offer whose record is not synced.
    pub(crate) fn offered() -> Self {
        let mut script = Self::new(2);
        script.join(Vec::new(), Vec::new(), Vec::new());
        script.offer(vec![offer(1)]);
        script
    }

    /// An agent that asks for leave to start.
    pub(crate) fn confirming() -> Self {
        let mut script = Self::offered();
        script.synced();
        script
    }

    /// An agent whose robot runs.
    pub(crate) fn running() -> Self {
        let mut script = Self::confirming();
        script.confirmed();
        script.give(Input::Prepared(key(1), Ok(())));
        script.synced();
        assert!(script.has_started(), "{:?}", script.effects);
        script
    }

    /// An agent whose robot ended and whose outcome is on its way.
    pub(crate) fn finishing_one() -> Self {
        let mut script = Self::running();
        script.robot_ends();
        script.give(Input::UploadsDone(key(1)));
        script.synced();
        script
    }

    pub(crate) fn at(&self) -> Instants {
        Instants {
            now: Timestamp::from_millis(BEGIN + i64::try_from(self.clock).unwrap()),
            monotonic: Monotonic::from_millis(self.clock),
        }
    }

    pub(crate) fn give(&mut self, input: Input) {
        let at = self.at();
        for effect in self.core.handle(input, at) {
            match effect {
                Effect::Call(call, message) => self.calls.push((call, message)),
                Effect::SendEvents {
                    call,
                    key,
                    first,
                    last,
                    replaced,
                } => self.batches.push(Batch {
                    call,
                    key,
                    first,
                    last,
                    replaced,
                }),
                Effect::Sync(position) => {
                    assert_eq!(self.sync, None, "one sync at a time");
                    self.sync = Some(position);
                }
                Effect::Append(key, record) => self.records.push((key, record)),
                Effect::Reconnect => {
                    self.calls.clear();
                    self.batches.clear();
                    self.effects.push(Effect::Reconnect);
                }
                other => self.effects.push(other),
            }
        }
        if let Some(wake) = self.core.wake_at() {
            assert!(wake > at.monotonic, "nothing is due after what was due");
        }
    }

    /// Time passes; whatever is due is done.
    pub(crate) fn pass(&mut self, millis: u64) {
        let end = self.clock + millis;
        while let Some(wake) = self.core.wake_at().filter(|wake| wake.as_millis() <= end) {
            self.clock = wake.as_millis();
            self.give(Input::Tick);
        }
        self.clock = end;
    }

    /// Time passes in which the program sleeps.
    pub(crate) fn sleep(&mut self, millis: u64) {
        self.clock += millis;
    }

    pub(crate) fn synced(&mut self) {
        let position = self.sync.take().expect("a sync was asked for");
        self.give(Input::Synced(position));
    }

    pub(crate) fn synced_if_asked(&mut self) {
        while self.sync.is_some() {
            self.synced();
        }
    }

    pub(crate) fn close(&mut self) {
        self.calls.clear();
        self.batches.clear();
        self.give(Input::Closed(agent_core::Closed::Broke));
    }

    pub(crate) fn join(&mut self, keep: Vec<Keep>, drop: Vec<Drop>, cancel: Vec<Cancel>) {
        self.give(Input::Connected);
        self.answer("join", self.join_answer(keep, drop, cancel));
    }

    pub(crate) fn join_answer(
        &self,
        keep: Vec<Keep>,
        drop: Vec<Drop>,
        cancel: Vec<Cancel>,
    ) -> Answer {
        Answer::Join(JoinAnswer {
            room: "0123456789abcdef01234567".to_owned(),
            agent_id: AgentId(ObjectId::from_bytes([2; 12])),
            name: "RECEPTION".to_owned(),
            server_time: Timestamp::from_millis(self.at().now.as_millis() + AHEAD_MS),
            limits: WireLimits::from(&Limits::default()),
            keep,
            drop,
            cancel,
        })
    }

    /// Takes the unanswered call of that name.
    pub(crate) fn take(&mut self, name: &str) -> (CallId, AgentMessage) {
        let found = self.calls.iter().position(|(_, say)| say.name() == name);
        let at = found.unwrap_or_else(|| panic!("no `{name}` among {:?}", self.calls));
        self.calls.remove(at)
    }

    pub(crate) fn is_asking(&self, name: &str) -> bool {
        self.calls.iter().any(|(_, say)| say.name() == name)
    }

    pub(crate) fn answer(&mut self, name: &str, answer: Answer) {
        let (call, _) = self.take(name);
        self.give(Input::Answer(call, Ok(answer)));
    }

    pub(crate) fn refuse(&mut self, name: &str, code: ErrorCode) {
        let (call, _) = self.take(name);
        self.give(refused(call, ErrorBody::new(code, "no")));
    }

    pub(crate) fn lose(&mut self, name: &str) {
        let (call, _) = self.take(name);
        self.give(Input::Answer(call, Err(CallError::Lost)));
    }

    pub(crate) fn offer(&mut self, offers: Vec<Offer>) {
        self.answer("claim", Answer::Claim(ClaimAnswer { offers }));
    }

    pub(crate) fn confirmed(&mut self) {
        let secrets = Vec::new();
        self.answer("confirm", Answer::Confirm(ConfirmAnswer { secrets }));
    }

    pub(crate) fn declined(&mut self) {
        self.answer("decline", Answer::Decline(Nothing {}));
    }

    pub(crate) fn finished(&mut self) {
        let (call, message) = self.take("finish");
        let AgentMessage::Finish(finish) = message else {
            panic!("that is no finish")
        };
        let answer = Answer::Finish(FinishAnswer {
            outcome: finish.outcome,
            late: None,
        });
        self.give(Input::Answer(call, Ok(answer)));
    }

    pub(crate) fn renewed(&mut self, drop: Vec<Drop>, cancel: Vec<Cancel>) {
        self.answer("renew", Answer::Renew(RenewAnswer { drop, cancel }));
    }

    pub(crate) fn batch(&mut self) -> Batch {
        assert_eq!(self.batches.len(), 1, "{:?}", self.batches);
        self.batches.remove(0)
    }

    pub(crate) fn stored(&mut self, batch: &Batch, up_to: u64) {
        let answer = Answer::Events(EventsAnswer { up_to });
        self.give(Input::Answer(batch.call, Ok(answer)));
    }

    pub(crate) fn robot_says(&mut self, n: u8, events: u64) {
        let events = (0..events).map(|_| event()).collect();
        let offsets = TailOffsets::default();
        self.give(Input::Robot(key(n), RobotNews::Events { events, offsets }));
    }

    pub(crate) fn robot_ends(&mut self) {
        self.give(Input::Robot(key(1), RobotNews::Ended(success())));
    }

    pub(crate) fn cancel(&mut self, n: u8) {
        self.cancel_by(n, StopMode::Stop);
    }

    pub(crate) fn cancel_by(&mut self, n: u8, mode: StopMode) {
        self.give(Input::Push(ServerMessage::Cancel(cancel(n, mode))));
    }

    /// The disk took none of the records that were appended since the last look.
    pub(crate) fn disk_is_full(&mut self) {
        for (key, record) in std::mem::take(&mut self.records) {
            let reason = "full".to_owned();
            self.give(Input::NotSpooled {
                key,
                record,
                reason,
            });
        }
    }

    /// What was appended since the last look.
    pub(crate) fn written(&mut self) -> Vec<SpoolRecord> {
        let records = std::mem::take(&mut self.records);
        records.into_iter().map(|(_, record)| record).collect()
    }

    pub(crate) fn happened(&mut self, what: impl Fn(&Effect) -> bool) -> bool {
        let found = self.effects.iter().any(what);
        self.effects.clear();
        found
    }

    pub(crate) fn has_started(&mut self) -> bool {
        self.happened(|effect| matches!(effect, Effect::Start(_)))
    }

    pub(crate) fn has_forgotten(&mut self) -> bool {
        self.happened(|effect| matches!(effect, Effect::Forget(_)))
    }

    pub(crate) fn has_set_aside(&mut self) -> bool {
        self.happened(|effect| matches!(effect, Effect::SetAside(_)))
    }

    pub(crate) fn has_reconnected(&mut self) -> bool {
        self.happened(|effect| matches!(effect, Effect::Reconnect))
    }

    pub(crate) fn exited(&mut self) -> Option<ExitReason> {
        let exit = self.effects.iter().find_map(|effect| match effect {
            Effect::Exit(reason) => Some(reason.clone()),
            _ => None,
        });
        self.effects.clear();
        exit
    }

    pub(crate) fn holds_nothing(&self) -> bool {
        self.core.holding().next().is_none()
    }
}

pub(crate) fn refused(call: CallId, error: ErrorBody) -> Input {
    Input::Answer(call, Err(CallError::Refused(error)))
}

pub(crate) fn missing(up_to: u64) -> ErrorBody {
    let mut error = ErrorBody::new(ErrorCode::MissingEvents, "missing");
    error.up_to = Some(up_to);
    error
}

pub(crate) fn invalid(name: &str) -> ErrorBody {
    ErrorBody::invalid(vec![Field {
        name: name.to_owned(),
        message: "no".to_owned(),
    }])
}

pub(crate) fn slow_down(wait: Duration) -> ErrorBody {
    let mut error = ErrorBody::new(ErrorCode::SlowDown, "slower");
    error.retry_after_ms = Some(u64::try_from(wait.as_millis()).unwrap());
    error
}

pub(crate) fn key(n: u8) -> AttemptKey {
    AttemptKey {
        job: JobId(ObjectId::from_bytes([n; 12])),
        attempt: 1,
    }
}

pub(crate) fn keep(key: AttemptKey, up_to: u64) -> Keep {
    Keep {
        job_id: key.job,
        attempt: key.attempt,
        up_to,
    }
}

pub(crate) fn cancel(n: u8, mode: StopMode) -> Cancel {
    Cancel {
        job_id: key(n).job,
        attempt: 1,
        mode,
    }
}

pub(crate) fn drop(n: u8, reason: DropReason) -> Drop {
    Drop {
        job_id: key(n).job.into(),
        attempt: 1,
        reason,
    }
}

pub(crate) fn offer(n: u8) -> Offer {
    Offer {
        job_id: key(n).job,
        attempt: 1,
        expires_at: Timestamp::from_millis(BEGIN + 15_000),
        robot: OfferedRobot {
            id: RobotId(ObjectId::from_bytes([3; 12])),
            name: "Invoices".to_owned(),
            version: 1,
            kind: RobotKind::RobotFramework,
            sha256: Sha256([1; 32]),
            source: Some(String::new()),
            package_url: None,
        },
        parameters: Vec::new(),
        settings: OfferedSettings {
            stop_grace_ms: 10_000,
            repeatable: false,
            timeout_ms: None,
        },
        traceparent: None,
    }
}

pub(crate) fn event() -> EventText {
    EventText(r#"{"at":"2027-01-15T08:00:00.000Z","kind":"log","text":"…"}"#.to_owned())
}

pub(crate) fn success() -> Outcome {
    Outcome::unmeasured(Ending::Success)
}

/// What a disk holds of an attempt that was accepted.
pub(crate) fn found() -> Recovered {
    Recovered {
        key: key(1),
        offer: Some(offer(1)),
        running: false,
        ended: None,
        last_seq: 0,
        trimmed_to: 0,
        offsets: TailOffsets::default(),
        artifacts: Vec::new(),
        damaged: false,
        robot: Robot::Gone,
    }
}

/// What a disk holds of an attempt whose robot was started.
pub(crate) fn found_running(last_seq: u64, robot: Robot) -> Recovered {
    Recovered {
        running: true,
        last_seq,
        robot,
        ..found()
    }
}

pub(crate) fn stored(name: &str) -> Artifact {
    Artifact::Stored {
        id: ArtifactId(ObjectId::from_bytes([4; 12])),
        name: name.to_owned(),
        size_bytes: 1,
        media_type: "text/html".to_owned(),
    }
}
