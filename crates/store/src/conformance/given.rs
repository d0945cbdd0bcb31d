//! What cases start from: a store with a clock and a source of ids that are moved by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use model::parameter::{FilledValue, ParameterType};
use model::transition::{By, Command, Finish, Happened, LossCause, Refused};
use model::{
    Actor, ActorKind, AgentId, AttemptNumber, Connection, Ending, InstanceId, Job, JobId, JobState,
    Label, Name, ObjectId, Outcome, RequestKey, RobotId, RobotKind, RobotSettings, Sha256,
    Timestamp, UserId, Wanted,
};

use crate::Store;
use crate::agents::{Agent, AgentPatch, AgentPatched, Connected, Join, Joined};
use crate::jobs::{Claim, Claimed, JobAnswer, Play, Played, SealedSecret};
use crate::logs::{Append, Appended};
use crate::pairings::{
    Approval, Pairing, PairingAnswer, PairingAnswered, PairingCreated, PairingState, PendingBounds,
};
use crate::robots::{Content, Robot, RobotCreated, Version, VersionHead};

pub(super) const OFFER: Duration = Duration::from_secs(15);
pub(super) const HOUR: Duration = Duration::from_secs(3_600);
pub(super) const MANY: PendingBounds = PendingBounds {
    from_address: 100,
    in_all: 100,
};

/// A store, the time, and ids that were not used before.
pub(super) struct World {
    pub(super) store: Arc<dyn Store>,
    next: AtomicU64,
    now: AtomicI64,
}

/// A paired and joined agent.
#[derive(Debug, Clone)]
pub(super) struct Worker {
    pub(super) id: AgentId,
    pub(super) key: Sha256,
    pub(super) connection: Connection,
}

impl Worker {
    pub(super) fn by(&self, n: AttemptNumber) -> By {
        By {
            n,
            connection: self.connection.clone(),
        }
    }
}

impl World {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self::starting_at(store, 1)
    }

    /// A world whose ids are numbered from `first`.
    pub(super) fn starting_at(store: Arc<dyn Store>, first: u64) -> Self {
        Self {
            store,
            next: AtomicU64::new(first),
            now: AtomicI64::new(1_700_000_000_000),
        }
    }

    /// The time; each reading is a millisecond later than the one before.
    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.fetch_add(1, Ordering::SeqCst))
    }

    /// Moves the time on.
    pub(super) fn pass(&self, time: Duration) {
        let millis = i64::try_from(time.as_millis()).unwrap();
        self.now.fetch_add(millis, Ordering::SeqCst);
    }

    pub(super) fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::SeqCst)
    }

    pub(super) fn id<T: From<ObjectId>>(&self) -> T {
        let random = self.number().to_be_bytes();
        T::from(ObjectId::from_parts(
            Timestamp::from_millis(1_700_000_000_000),
            random,
        ))
    }

    pub(super) fn digest(&self) -> Sha256 {
        let mut bytes = [7; 32];
        bytes[..8].copy_from_slice(&self.number().to_be_bytes());
        Sha256(bytes)
    }

    pub(super) async fn robot(&self, user: UserId) -> Robot {
        let robot = self.new_robot(user, &format!("Robot {}", self.number()));
        self.stored(robot).await
    }

    pub(super) async fn stored(&self, robot: Robot) -> Robot {
        let version = self.new_version("*** Tasks ***");
        match self.store.create_robot(robot, version).await.unwrap() {
            RobotCreated::Created(robot) => robot,
            RobotCreated::NameTaken => panic!("the name is taken"),
        }
    }

    pub(super) fn new_robot(&self, user: UserId, name: &str) -> Robot {
        let now = self.now();
        Robot {
            id: self.id(),
            user_id: user,
            name: self::name(name),
            description: "Reads invoices".to_owned(),
            kind: RobotKind::RobotFramework,
            version: 1,
            parameters: Vec::new(),
            labels: Vec::new(),
            settings: RobotSettings::default(),
            favourite: false,
            created_at: now,
            updated_at: now,
            rev: 1,
        }
    }

    pub(super) fn new_version(&self, text: &str) -> Version {
        Version {
            head: VersionHead {
                version: 1,
                created_at: self.now(),
                created_by: anna(),
                note: None,
                sha256: self.digest(),
                parameters: Vec::new(),
            },
            content: Content::Source {
                text: text.to_owned(),
            },
        }
    }

    pub(super) fn new_job(&self, robot: &Robot) -> Job {
        Job {
            id: self.id(),
            number: 0,
            user_id: robot.user_id,
            robot_id: robot.id,
            robot_name: robot.name.clone(),
            robot_version: robot.version,
            rev: 1,
            created_at: self.now(),
            created_by: anna(),
            retry_of: None,
            wanted: Wanted::default(),
            labels: robot.labels.clone(),
            settings: robot.settings.clone(),
            last_attempt: 0,
            last_agent: None,
            state: JobState::Waiting { offer: None },
            past: Vec::new(),
            cancel: None,
            declined: Vec::new(),
        }
    }

    pub(super) async fn play(&self, robot: &Robot) -> Job {
        self.accepted(play_of(self.new_job(robot))).await
    }

    pub(super) async fn accepted(&self, play: Play) -> Job {
        match self.store.play(play).await.unwrap() {
            Played::Created(job) | Played::Same(job) => job,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn new_pairing(&self, user: UserId, name: &str) -> Pairing {
        let now = self.now();
        Pairing {
            id: self.id(),
            user_id: user,
            key_hash: self.digest(),
            code: "WDJB-MJHT".to_owned(),
            host: "reception-pc".to_owned(),
            os: "linux".to_owned(),
            os_user: "anna".to_owned(),
            address: "10.0.0.12".to_owned(),
            version: "0.1.0".to_owned(),
            name: self::name(name),
            labels: Vec::new(),
            state: PairingState::Pending,
            wrong_codes: 0,
            created_at: now,
            expires_at: now.plus(HOUR),
        }
    }

    pub(super) async fn paired(&self, pairing: Pairing) -> Agent {
        match self.store.create_pairing(pairing, MANY).await.unwrap() {
            PairingCreated::Created(pairing) | PairingCreated::Same(pairing) => {
                self.approved(&pairing).await
            }
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn approved(&self, pairing: &Pairing) -> Agent {
        let answer = self.approval(pairing, "WDJBMJHT");
        match self.store.answer_pairing(answer).await.unwrap() {
            PairingAnswered::Approved { agent, .. } => agent,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn approval(&self, pairing: &Pairing, code: &str) -> PairingAnswer {
        PairingAnswer {
            user: pairing.user_id,
            pairing: pairing.id,
            what: Approval::Approve {
                code: code.to_owned(),
                agent: self.id(),
                most_wrong: 5,
            },
            now: self.now(),
        }
    }

    /// A joined agent with so many slots.
    pub(super) async fn worker(&self, user: UserId, slots: u32) -> Worker {
        let pairing = self.new_pairing(user, &format!("Computer {}", self.number()));
        self.worker_of(pairing, slots).await
    }

    pub(super) async fn labelled_worker(&self, user: UserId, labels: &[&str]) -> Worker {
        let mut pairing = self.new_pairing(user, &format!("Computer {}", self.number()));
        pairing.labels = self::labels(labels);
        self.worker_of(pairing, 1).await
    }

    async fn worker_of(&self, pairing: Pairing, slots: u32) -> Worker {
        let key = pairing.key_hash;
        let agent = self.paired(pairing).await;
        let instance = format!("instance {}", self.number());
        let connection = self.connected(agent.id, key, &instance).await;
        let worker = Worker {
            id: agent.id,
            key,
            connection,
        };
        self.joined(&worker, slots).await;
        worker
    }

    /// A handshake.
    pub(super) async fn connected(&self, id: AgentId, key: Sha256, instance: &str) -> Connection {
        match self.store.connect_agent(id, key).await.unwrap() {
            Connected::Number { number, .. } => Connection {
                agent: id,
                number,
                instance: InstanceId(instance.to_owned()),
            },
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn joined(&self, worker: &Worker, slots: u32) -> Agent {
        let join = self.join_of(&worker.connection, slots);
        match self.store.join_agent(join).await.unwrap() {
            Joined::Stands { agent, .. } => agent,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn join_of(&self, connection: &Connection, slots: u32) -> Join {
        Join {
            connection: connection.clone(),
            slots,
            version: "0.1.0".to_owned(),
            os: "linux".to_owned(),
            host: "reception-pc".to_owned(),
            checks: None,
            now: self.now(),
        }
    }

    pub(super) async fn patched(&self, user: UserId, id: AgentId, patch: AgentPatch) -> Agent {
        match self.store.patch_agent(user, id, patch).await.unwrap() {
            AgentPatched::Done(agent) => agent,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn claim_of(&self, worker: &Worker, free: u32) -> Claim {
        let now = self.now();
        Claim {
            connection: worker.connection.clone(),
            claim_id: RequestKey::parse(&format!("claim-{}", self.number())).unwrap(),
            free,
            now,
            until: now.plus(OFFER),
        }
    }

    /// A new claim.
    pub(super) async fn claim(&self, worker: &Worker, free: u32) -> Vec<Job> {
        self.offers(self.claim_of(worker, free)).await
    }

    pub(super) async fn offers(&self, claim: Claim) -> Vec<Job> {
        match self.store.offer_next(claim).await.unwrap() {
            Claimed::Offers(jobs) => jobs,
            other => panic!("{other:?}"),
        }
    }

    /// A job that this agent has an offer of; there must be no older one that fits.
    pub(super) async fn offered(&self, robot: &Robot, worker: &Worker) -> Job {
        let played = self.play(robot).await;
        let mut offers = self.claim(worker, 1).await;
        assert_eq!(ids(&offers), [played.id]);
        offers.remove(0)
    }

    /// A job that this agent executes; there must be no older one that fits.
    pub(super) async fn executing(&self, robot: &Robot, worker: &Worker) -> Job {
        let job = self.offered(robot, worker).await;
        self.confirmed(&job, worker).await
    }

    pub(super) async fn confirmed(&self, job: &Job, worker: &Worker) -> Job {
        let command = Command::Confirm(worker.by(job.last_attempt));
        self.changed(job.id, command, Happened::Confirmed).await
    }

    pub(super) fn decline_of(&self, job: &Job, worker: &Worker, until: Timestamp) -> Command {
        Command::Decline(Refused {
            by: worker.by(job.last_attempt),
            reason: "not_now".to_owned(),
            message: None,
            until,
        })
    }

    /// The job, ended by its agent as it reports.
    pub(super) async fn finished(&self, job: &Job, worker: &Worker, outcome: Outcome) -> Job {
        let n = job.last_attempt;
        let last_seq = self.store.stored_to(job.id, n).await.unwrap();
        let command = finish(worker, n, last_seq, outcome);
        self.changed(job.id, command, Happened::Finished).await
    }

    /// The job, whose attempt is lost: the agent was silent.
    pub(super) async fn lost(&self, job: &Job, what: Happened) -> Job {
        let command = Command::Lose {
            n: job.last_attempt,
            below: u64::MAX,
            cause: LossCause::Silence { lost_ms: 90_000 },
        };
        self.changed(job.id, command, what).await
    }

    pub(super) async fn changed(&self, job: JobId, command: Command, expected: Happened) -> Job {
        match self.change(job, command).await {
            JobAnswer::Changed { job, what } => {
                assert_eq!(what, expected);
                job
            }
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn change(&self, job: JobId, command: Command) -> JobAnswer {
        let now = self.now();
        self.store
            .change_job(job, command, None, now)
            .await
            .unwrap()
    }

    pub(super) async fn job(&self, id: JobId) -> Job {
        self.store.job(id).await.unwrap().unwrap().job
    }

    /// Events `first` to `last`, appended.
    pub(super) async fn append(&self, job: &Job, by: By, first: u64, last: u64) -> Appended {
        let append = Append {
            job: job.id,
            by,
            first,
            events: events(first, last),
        };
        self.store.append_events(append).await.unwrap()
    }
}

pub(super) fn finish(
    worker: &Worker,
    n: AttemptNumber,
    last_seq: u64,
    outcome: Outcome,
) -> Command {
    Command::Finish(Finish {
        by: worker.by(n),
        last_seq,
        stored_to: 0,
        outcome,
    })
}

pub(super) fn success() -> Outcome {
    Outcome {
        ending: Ending::Success,
        ran_ms: Some(1_200),
    }
}

pub(super) fn play_of(job: Job) -> Play {
    Play {
        job,
        parameters: vec![
            value("MONTH", ParameterType::Text),
            value("TOKEN", ParameterType::Secret),
            value("ACCOUNT", ParameterType::Text),
        ],
        secrets: vec![SealedSecret {
            name: "TOKEN".to_owned(),
            sealed: vec![0, 1, 2, 255],
        }],
        request: None,
    }
}

fn value(name: &str, kind: ParameterType) -> FilledValue {
    let secret = kind == ParameterType::Secret;
    FilledValue {
        name: name.to_owned(),
        kind,
        value: (!secret).then(|| serde_json::Value::from("2026-10\u{0}ß")),
        set: secret.then_some(true),
    }
}

/// Events as agents send them.
pub(super) fn events(first: u64, last: u64) -> Vec<String> {
    (first..=last)
        .map(|seq| format!(r#"{{"seq":{seq},"kind":"log","text":"line {seq}"}}"#))
        .collect()
}

pub(super) fn ids(jobs: &[Job]) -> Vec<JobId> {
    jobs.iter().map(|job| job.id).collect()
}

pub(super) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(super) fn labels(texts: &[&str]) -> Vec<Label> {
    texts
        .iter()
        .map(|text| Label::parse(text).unwrap())
        .collect()
}

pub(super) fn anna() -> Actor {
    Actor {
        kind: ActorKind::User,
        id: "anna".to_owned(),
        name: "Anna".to_owned(),
    }
}

/// A robot id that nobody has.
pub(super) fn nobodys_robot(world: &World) -> RobotId {
    world.id()
}

/// Runs the futures at once, each in a task of its own.
pub(super) async fn at_once<T: Send + 'static>(
    futures: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let tasks: Vec<_> = futures.into_iter().map(tokio::spawn).collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}
