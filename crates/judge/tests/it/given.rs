//! A history in which everything is right, and ways to change it.

use judge::{
    AgentId, Attempt, Event, EventKind, Failure, FinalAttempt, FinalJob, History, JobId, Limits,
    Outcome, Promise, RobotEnd, Status, What, judge,
};

pub(crate) const LOST: Outcome = Outcome::Failed(Failure::AgentLost);

pub(crate) fn attempt(n: u32) -> Attempt {
    Attempt { job: job(), n }
}

pub(crate) fn job() -> JobId {
    "job".into()
}

pub(crate) fn agent(name: &str) -> AgentId {
    name.into()
}

/// Writes records, each a second behind the one before.
#[derive(Default)]
pub(crate) struct Told(pub(crate) History);

impl Told {
    pub(crate) fn new() -> Self {
        Self::default()
            .and(What::Limits(Limits {
                lost_ms: 90_000,
                stop_ms: 12_000,
                kill_ms: 10_000,
                cancel_ms: 120_000,
                attempts: 3,
            }))
            .and(What::Slots {
                agent: agent("pc"),
                slots: 1,
            })
    }

    pub(crate) fn and(self, what: What) -> Self {
        self.after(1_000, what)
    }

    pub(crate) fn after(mut self, pause_ms: u64, what: What) -> Self {
        let at_ms = self.0.records.last().map_or(0, |last| last.at_ms) + pause_ms;
        self.0.push(at_ms, what);
        self
    }

    pub(crate) fn played(self, repeatable: bool) -> Self {
        self.and(asked("request"))
            .and(answered("request", "job", repeatable))
    }

    pub(crate) fn cancelled(self, status: Status, attempt: u32) -> Self {
        let mode = judge::Mode::Stop;
        self.and(What::CancelAsked { job: job(), mode })
            .and(What::CancelAnswered {
                job: job(),
                status,
                attempt,
            })
    }

    pub(crate) fn seen(self, viewer: &str, status: Status) -> Self {
        self.and(What::Seen {
            viewer: viewer.into(),
            job: job(),
            status,
        })
    }

    pub(crate) fn started(self, n: u32, on: &str) -> Self {
        self.and(What::RobotStarted {
            attempt: attempt(n),
            agent: agent(on),
        })
    }

    pub(crate) fn said(self, n: u32, lines: u64) -> Self {
        (1..=lines).fold(self, |told, line| {
            told.and(What::RobotSaid {
                attempt: attempt(n),
                line,
            })
        })
    }

    pub(crate) fn ended(self, n: u32, how: RobotEnd) -> Self {
        self.and(What::RobotEnded {
            attempt: attempt(n),
            how,
        })
    }

    pub(crate) fn healed(self) -> Self {
        self.and(What::Healed)
    }

    pub(crate) fn finally(self, status: Status, attempts: Vec<FinalAttempt>) -> Self {
        self.and(What::Final(FinalJob {
            job: job(),
            status,
            attempts,
        }))
    }

    pub(crate) fn log(self, n: u32, kinds: impl IntoIterator<Item = EventKind>) -> Self {
        let events = kinds.into_iter().zip(1..);
        let events = events.map(|(kind, seq)| Event { seq, kind }).collect();
        self.and(What::FinalLog {
            attempt: attempt(n),
            events,
        })
    }

    /// Nothing is broken.
    pub(crate) fn is_right(&self) {
        assert_eq!(judge(&self.0), []);
    }

    /// Exactly this is broken, once.
    pub(crate) fn breaks(&self, promise: Promise) -> String {
        let found = judge(&self.0);
        let promises: Vec<Promise> = found.iter().map(|violation| violation.promise).collect();
        assert_eq!(promises, [promise], "{found:?}");
        found[0].sentence.clone()
    }
}

pub(crate) fn asked(request: &str) -> What {
    What::PlayAsked {
        user: "anna".into(),
        request: request.into(),
        content: "content".to_owned(),
    }
}

pub(crate) fn answered(request: &str, job: &str, repeatable: bool) -> What {
    What::PlayAnswered {
        user: "anna".into(),
        request: request.into(),
        content: "content".to_owned(),
        job: job.into(),
        repeatable,
    }
}

pub(crate) fn line(line: u64) -> EventKind {
    EventKind::Line { line }
}

pub(crate) fn gap(lost: bool) -> EventKind {
    EventKind::Gap { lost }
}

pub(crate) fn file(name: &str) -> EventKind {
    let name = name.to_owned();
    EventKind::File { name }
}

/// An attempt that its agent reported in time.
pub(crate) fn reported(n: u32, outcome: Outcome, last_seq: u64) -> FinalAttempt {
    FinalAttempt {
        n,
        agent: agent("pc"),
        outcome: Some(outcome),
        late: None,
        last_seq: Some(last_seq),
    }
}

/// An attempt that the server gave up.
pub(crate) fn given_up(n: u32) -> FinalAttempt {
    FinalAttempt {
        last_seq: None,
        ..reported(n, LOST, 0)
    }
}

/// One job that went well, up to the moment when all is over.
pub(crate) fn went_well() -> Told {
    Told::new()
        .played(false)
        .started(1, "pc")
        .said(1, 3)
        .ended(1, RobotEnd::Success)
        .healed()
}

/// The same, to the end.
pub(crate) fn all_well() -> Told {
    went_well().finally(Status::Success, vec![reported(1, Outcome::Success, 3)])
}
