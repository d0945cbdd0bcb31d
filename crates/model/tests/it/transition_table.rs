//! The transition table as data: states that a job can be in, commands that can meet it, and what
//! `apply` answers. Shared by the tests and by the example that writes the reference page.
//!
//! All commands speak about attempt 1 of the agent *RECEPTION*, which claimed and confirmed on its
//! connection 5. "Old" is its connection 4, "newer" its connection 6; "another process" is a
//! restart of the agent or a copy of its disk, on connection 6.

use model::job::{AgentName, Reached};
use model::transition::{
    By, Command, Finish, Happened, Held, LossCause, OfferTo, Refusal, Refused, apply,
};
use model::{
    Actor, ActorKind, AgentId, Attempt, CancelRequest, CancelledHow, Connection, Ending, Failure,
    InstanceId, Job, JobId, JobState, Name, ObjectId, Offer, Outcome, PastAttempt, Reported,
    RequestKey, RobotId, RobotSettings, Status, StopMode, Timestamp, UserId, Wanted,
};

/// When every command comes.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_800_000_100_000);
const EARLIER: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const LATER: Timestamp = Timestamp::from_millis(1_800_000_200_000);

/// A state of a job.
pub(crate) struct State {
    /// Its name in headings.
    pub(crate) name: &'static str,
    /// What it is, in words.
    pub(crate) about: &'static str,
    /// A job in it.
    pub(crate) job: Job,
}

/// A command.
pub(crate) struct Row {
    /// Its name.
    pub(crate) name: &'static str,
    /// The command.
    pub(crate) command: Command,
}

fn name(text: &str) -> Name {
    Name::parse(text).expect("a constant name is valid")
}

fn id(byte: u8) -> ObjectId {
    ObjectId::from_bytes([byte; 12])
}

fn key(text: &str) -> RequestKey {
    RequestKey::parse(text).expect("a constant key is valid")
}

fn anna() -> Actor {
    Actor {
        kind: ActorKind::User,
        id: id(1).to_string(),
        name: "Anna".to_owned(),
    }
}

fn connection(number: u64, instance: &str) -> Connection {
    Connection {
        agent: AgentId(id(9)),
        number,
        instance: InstanceId(instance.to_owned()),
    }
}

/// The connection that claimed and confirmed.
pub(crate) fn usual() -> By {
    By {
        n: 1,
        connection: connection(5, "first"),
    }
}

fn newer() -> By {
    By {
        n: 1,
        connection: connection(6, "first"),
    }
}

fn old() -> By {
    By {
        n: 1,
        connection: connection(4, "first"),
    }
}

fn other_process() -> By {
    By {
        n: 1,
        connection: connection(6, "second"),
    }
}

fn other_agent() -> By {
    By {
        n: 1,
        connection: Connection {
            agent: AgentId(id(8)),
            ..connection(9, "foreign")
        },
    }
}

/// A job that waits.
pub(crate) fn waiting() -> Job {
    Job {
        id: JobId(id(2)),
        number: 41,
        user_id: UserId(id(1)),
        robot_id: RobotId(id(3)),
        robot_name: name("Invoices"),
        robot_version: 3,
        rev: 7,
        created_at: EARLIER,
        created_by: anna(),
        retry_of: None,
        wanted: Wanted::default(),
        labels: Vec::new(),
        settings: RobotSettings::default(),
        last_attempt: 0,
        last_agent: None,
        state: JobState::Waiting { offer: None },
        past: Vec::new(),
        cancel: None,
        declined: Vec::new(),
    }
}

fn repeatable(mut job: Job) -> Job {
    job.settings.repeatable = true;
    job
}

fn numbered(job: Job, n: u32) -> Job {
    Job {
        last_attempt: n,
        last_agent: Some(AgentName {
            id: AgentId(id(9)),
            name: name("RECEPTION"),
        }),
        ..job
    }
}

fn offered(expires_at: Timestamp) -> Job {
    let offer = Offer {
        n: 1,
        by: connection(5, "first"),
        agent_name: name("RECEPTION"),
        claim_id: key("claim"),
        offered_at: EARLIER,
        expires_at,
    };
    Job {
        state: JobState::Waiting { offer: Some(offer) },
        ..numbered(waiting(), 1)
    }
}

fn attempt(n: u32) -> Attempt {
    Attempt {
        n,
        by: connection(5, "first"),
        agent_name: name("RECEPTION"),
        offered_at: EARLIER,
        confirmed_at: EARLIER,
    }
}

fn executing(n: u32) -> Job {
    Job {
        state: JobState::Executing {
            attempt: attempt(n),
        },
        ..numbered(waiting(), n)
    }
}

fn asked(mode: StopMode, reached: Option<StopMode>) -> Option<CancelRequest> {
    Some(CancelRequest {
        mode,
        by: anna(),
        at: EARLIER,
        reached: reached.map(|mode| Reached { mode, at: EARLIER }),
    })
}

fn lost() -> Outcome {
    Outcome::failed(Failure::AgentLost, "RECEPTION was not heard from for 90 s")
}

fn success() -> Outcome {
    Outcome::unmeasured(Ending::Success)
}

fn past(outcome: Outcome, reported: Reported) -> Vec<PastAttempt> {
    vec![PastAttempt {
        attempt: attempt(1),
        ended_at: EARLIER,
        outcome,
        reported,
    }]
}

fn ended(outcome: Outcome, past: Vec<PastAttempt>) -> Job {
    Job {
        past,
        state: JobState::Ended {
            outcome,
            at: EARLIER,
        },
        ..numbered(waiting(), 1)
    }
}

/// Every kind of state that a job can be in.
pub(crate) fn states() -> Vec<State> {
    let state = |name, about, job| State { name, about, job };
    vec![
        state("waiting", "waits; no offer is open", waiting()),
        state("offered", "waits; an offer is open", offered(LATER)),
        state(
            "run out",
            "waits; the offer has run out and was not taken back yet",
            offered(NOW),
        ),
        state("executing", "the robot may have started", executing(1)),
        state(
            "repeatable",
            "executing, and its owner declared that repeating is safe",
            repeatable(executing(1)),
        ),
        state(
            "stopping",
            "executing a repeatable robot; a stop was asked for and its agent knows",
            Job {
                cancel: asked(StopMode::Stop, Some(StopMode::Stop)),
                ..repeatable(executing(1))
            },
        ),
        state(
            "killing",
            "executing; a kill was asked for and its agent was told long ago",
            Job {
                cancel: asked(StopMode::Kill, Some(StopMode::Kill)),
                ..executing(1)
            },
        ),
        state(
            "waits again",
            "waits; attempt 1 was lost and has not told its outcome",
            Job {
                state: JobState::Waiting { offer: None },
                past: past(lost(), Reported::NotYet),
                ..repeatable(executing(1))
            },
        ),
        state(
            "second",
            "executing attempt 2; attempt 1 was lost and has not told its outcome",
            Job {
                past: past(lost(), Reported::NotYet),
                ..repeatable(executing(2))
            },
        ),
        state(
            "success",
            "ended as its agent reported",
            ended(success(), past(success(), Reported::InTime { last_seq: 3 })),
        ),
        state(
            "lost",
            "ended as failed (agent_lost); attempt 1 has not told its outcome",
            ended(lost(), past(lost(), Reported::NotYet)),
        ),
        state(
            "told late",
            "ended as failed (agent_lost); attempt 1 told its outcome afterwards",
            ended(
                lost(),
                past(
                    lost(),
                    Reported::Late {
                        outcome: success(),
                        at: EARLIER,
                        last_seq: 3,
                    },
                ),
            ),
        ),
        state(
            "removed",
            "ended as failed (agent_lost), because its agent was removed",
            ended(lost(), past(lost(), Reported::Never)),
        ),
        state(
            "cancelled",
            "ended before anything started",
            Job {
                cancel: asked(StopMode::Stop, None),
                ..ended(
                    Outcome::unmeasured(Ending::Cancelled {
                        how: CancelledHow::BeforeStart,
                        by: Some(anna()),
                    }),
                    Vec::new(),
                )
            },
        ),
    ]
}

fn finish(by: By, last_seq: u64, outcome: Outcome) -> Command {
    Command::Finish(Finish {
        by,
        last_seq,
        stored_to: 3,
        outcome,
    })
}

fn decline(by: By) -> Command {
    Command::Decline(Refused {
        by,
        reason: "no_slot".to_owned(),
        message: None,
        until: LATER,
    })
}

fn lose(below: u64, cause: LossCause) -> Command {
    Command::Lose { n: 1, below, cause }
}

fn cancel(mode: StopMode) -> Command {
    Command::Cancel { by: anna(), mode }
}

/// Every kind of command.
pub(crate) fn rows() -> Vec<Row> {
    let row = |name, command| Row { name, command };
    let cancelled = Outcome::unmeasured(Ending::Cancelled {
        how: CancelledHow::Stop,
        by: None,
    });
    vec![
        row(
            "offer",
            Command::Offer(OfferTo {
                connection: connection(5, "first"),
                agent_name: name("RECEPTION"),
                claim_id: key("next"),
                until: LATER,
            }),
        ),
        row("confirm", Command::Confirm(usual())),
        row("confirm, newer connection", Command::Confirm(newer())),
        row("confirm, old connection", Command::Confirm(old())),
        row(
            "confirm, another process",
            Command::Confirm(other_process()),
        ),
        row("confirm, another agent", Command::Confirm(other_agent())),
        row("decline", decline(usual())),
        row("decline, old connection", decline(old())),
        row("decline, another agent", decline(other_agent())),
        row(
            "expire",
            Command::Expire {
                n: 1,
                declined_until: Some(LATER),
            },
        ),
        row("withdraw below 6", Command::Withdraw { n: 1, below: 6 }),
        row("withdraw below 5", Command::Withdraw { n: 1, below: 5 }),
        row("keep accepted", Command::Keep(newer(), Held::Accepted)),
        row(
            "keep accepted, old connection",
            Command::Keep(old(), Held::Accepted),
        ),
        row(
            "keep accepted, another process",
            Command::Keep(other_process(), Held::Accepted),
        ),
        row(
            "keep running, another process",
            Command::Keep(other_process(), Held::Running),
        ),
        row(
            "keep ended, another process",
            Command::Keep(other_process(), Held::Ended),
        ),
        row(
            "keep running, another agent",
            Command::Keep(other_agent(), Held::Running),
        ),
        row("finish success", finish(usual(), 3, success())),
        row("finish cancelled", finish(usual(), 3, cancelled)),
        row("finish agent_lost", finish(usual(), 3, lost())),
        row("finish, events missing", finish(usual(), 4, success())),
        row(
            "finish, below what is stored",
            finish(usual(), 2, success()),
        ),
        row("finish, old connection", finish(old(), 3, success())),
        row(
            "finish, another process",
            finish(other_process(), 3, success()),
        ),
        row("finish, another agent", finish(other_agent(), 3, success())),
        row(
            "lose by silence",
            lose(u64::MAX, LossCause::Silence { lost_ms: 90_000 }),
        ),
        row("lose unnamed below 6", lose(6, LossCause::Forgotten)),
        row("lose unnamed below 5", lose(5, LossCause::Forgotten)),
        row("lose by removal", lose(u64::MAX, LossCause::Removed)),
        row("cancel (stop)", cancel(StopMode::Stop)),
        row("cancel (kill)", cancel(StopMode::Kill)),
        row(
            "cancel before start",
            Command::CancelBeforeStart { by: anna() },
        ),
        row(
            "stop reached",
            Command::CancelReached {
                n: 1,
                mode: StopMode::Stop,
            },
        ),
        row(
            "kill reached",
            Command::CancelReached {
                n: 1,
                mode: StopMode::Kill,
            },
        ),
        row(
            "kill overdue",
            Command::KillOverdue {
                n: 1,
                told_before: EARLIER,
            },
        ),
        row("rewind", Command::Rewind),
    ]
}

/// What people see of the job, with an open offer told apart.
pub(crate) fn place(job: &Job) -> &'static str {
    match job.status() {
        Status::Waiting if job.offer().is_some() => "offered",
        status => status.as_str(),
    }
}

/// What the command does in that state: where it leads, or why it does nothing.
pub(crate) fn cell(job: &Job, command: &Command) -> String {
    match apply(job, command, NOW) {
        Ok(changed) => format!("{} → {}", happened(changed.what), place(&changed.job)),
        Err(refusal) => refused(&refusal).to_owned(),
    }
}

fn happened(what: Happened) -> &'static str {
    match what {
        Happened::Offered => "offered",
        Happened::Confirmed => "confirmed",
        Happened::Declined => "declined",
        Happened::TakenBack => "taken back",
        Happened::Kept => "kept",
        Happened::Finished => "finished",
        Happened::KeptLate => "kept late",
        Happened::Lost => "lost",
        Happened::WaitsAgain => "waits again",
        Happened::CancelledBeforeStart => "cancelled",
        Happened::CancelAsked => "asked",
        Happened::CancelReached => "reached",
        Happened::EndedAsKilled => "killed",
        Happened::Rewound => "rewound",
    }
}

fn refused(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Stale => "stale",
        Refusal::OldConnection => "old connection",
        Refusal::RunOut => "run out",
        Refusal::RestartedBeforeStart => "restarted",
        Refusal::NotConfirmed => "not confirmed",
        Refusal::IsConfirmed => "is confirmed",
        Refusal::Already => "already",
        Refusal::AlreadyFinished { late: false, .. } => "has outcome",
        Refusal::AlreadyFinished { late: true, .. } => "has late outcome",
        Refusal::EventsMissing { .. } => "events missing",
        Refusal::BelowStored { .. } => "below stored",
        Refusal::NotDue => "not due",
        Refusal::NotExecuting => "not executing",
        Refusal::NotFree => "not free",
        Refusal::HasEnded { .. } => "has ended",
    }
}
