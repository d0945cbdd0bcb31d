//! A server's inside with the real store in memory: what tests of the verbs, and of the sessions
//! above them, stand on. Time is moved by hand.
#![expect(missing_docs, reason = "the names of these helpers say what they do")]

use std::future::Future;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use dispatch::{
    Dispatch, EnrolRequest, EnrolmentRequest, Goodbye, Hints, Parts, PlayRequest, Seal, Unsealable,
    Who,
};
use model::parameter::{GivenValue, Parameter};
use model::{
    Actor, ActorKind, AgentId, AttemptKey, Connection, Ids, InstanceId, Job, JobId, Limits, Name,
    ObjectId, PairingId, RequestKey, RobotId, RobotKind, RobotSettings, Role, Sha256, StopMode,
    Timestamp, UserId,
};
use serde_json::Value;
use store::Store;
use store::agents::Connected;
use store::people::{User, UserCreated};
use store::robots::{Content, Robot, RobotCreated, Version, VersionHead};
use store_sqlite::SqliteStore;

/// The future's value; futures over the store in memory never wait, and a server may move every one
/// of them between its threads.
pub fn now_or_never<T>(future: impl Future<Output = T> + Send) -> T {
    let mut future = std::pin::pin!(future);
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("something other than the store was waited for"),
    }
}

/// What was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    Work(UserId),
    Job(JobId),
    Agent(AgentId),
    Robot(RobotId),
    Pairing(PairingId),
    Events(AttemptKey, u64),
    Cancel(AttemptKey, AgentId, StopMode),
    Close(Who, Goodbye),
}

/// Writes down what is told.
#[derive(Debug, Default)]
pub struct Heard(Mutex<Vec<Hint>>);

impl Heard {
    fn push(&self, hint: Hint) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(hint);
    }

    /// What was told since the last call.
    pub fn take(&self) -> Vec<Hint> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Hints for Heard {
    fn work(&self, user: UserId) {
        self.push(Hint::Work(user));
    }
    fn job(&self, job: JobId) {
        self.push(Hint::Job(job));
    }
    fn agent(&self, agent: AgentId) {
        self.push(Hint::Agent(agent));
    }
    fn robot(&self, robot: RobotId) {
        self.push(Hint::Robot(robot));
    }
    fn pairing(&self, pairing: PairingId) {
        self.push(Hint::Pairing(pairing));
    }
    fn events(&self, attempt: AttemptKey, up_to: u64) {
        self.push(Hint::Events(attempt, up_to));
    }
    fn cancel(&self, attempt: AttemptKey, agent: AgentId, mode: StopMode) {
        self.push(Hint::Cancel(attempt, agent, mode));
    }
    fn close(&self, who: Who, why: Goodbye) {
        self.push(Hint::Close(who, why));
    }
}

/// Ids that count up.
#[derive(Debug, Default)]
pub struct Counting(AtomicU64);

impl Counting {
    /// From `first` on, apart from those of others.
    #[must_use]
    pub fn from(first: u64) -> Self {
        Self(AtomicU64::new(first))
    }
}

impl Ids for Counting {
    fn object_id(&self, now: Timestamp) -> ObjectId {
        let next = self.0.fetch_add(1, Ordering::Relaxed);
        ObjectId::from_parts(now, next.to_be_bytes())
    }
    fn fill_secret(&self, out: &mut [u8]) {
        let next = self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        for (byte, fresh) in out.iter_mut().zip(next.iter().cycle()) {
            *byte = *fresh;
        }
    }
    fn jitter(&self, up_to: Duration) -> Duration {
        up_to
    }
}

/// Seals by turning the text around; opens only under the name it was sealed for.
#[derive(Debug)]
pub struct Backwards;

impl Seal for Backwards {
    fn seal(&self, job: JobId, name: &str, value: &str, _nonce: [u8; 24]) -> Vec<u8> {
        let turned: String = value.chars().rev().collect();
        format!("{job}/{name}/{turned}").into_bytes()
    }
    fn open(&self, job: JobId, name: &str, sealed: &[u8]) -> Result<String, Unsealable> {
        let prefix = format!("{job}/{name}/");
        let text = String::from_utf8_lossy(sealed);
        let turned = text.strip_prefix(&prefix).ok_or(Unsealable {
            name: name.to_owned(),
        })?;
        Ok(turned.chars().rev().collect())
    }
}

/// The inside of a server.
pub struct World {
    pub store: Arc<dyn Store>,
    pub dispatch: Arc<Dispatch>,
    pub heard: Arc<Heard>,
    pub user: UserId,
    clock: AtomicI64,
    names: AtomicU64,
}

const BEGIN: i64 = 1_800_000_000_000;

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    pub fn new() -> Self {
        Self::on(Arc::new(SqliteStore::in_memory().unwrap()))
    }

    pub fn on(store: Arc<dyn Store>) -> Self {
        let heard = Arc::new(Heard::default());
        let parts = Parts {
            store: Arc::clone(&store),
            hints: Arc::clone(&heard) as Arc<dyn Hints>,
            ids: Arc::new(Counting::default()),
            seal: Arc::new(Backwards),
            limits: Limits::default(),
            content_key: [7; 32],
        };
        let begin = Timestamp::from_millis(BEGIN);
        let mut world = Self {
            store,
            dispatch: Arc::new(Dispatch::new(parts, begin)),
            heard,
            user: UserId(ObjectId::from_bytes([1; 12])),
            clock: AtomicI64::new(BEGIN),
            names: AtomicU64::new(1),
        };
        world.user = world.new_user("anna");
        world
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.load(Ordering::Relaxed))
    }

    /// When this world began.
    pub fn begin(&self) -> Timestamp {
        Timestamp::from_millis(BEGIN)
    }

    /// Lets time pass.
    pub fn pass(&self, millis: i64) -> Timestamp {
        self.clock.fetch_add(millis, Ordering::Relaxed);
        self.now()
    }

    fn fresh(&self) -> u64 {
        self.names.fetch_add(1, Ordering::Relaxed)
    }

    pub fn new_user(&self, name: &str) -> UserId {
        let user = User {
            id: UserId(self.dispatch.ids().object_id(self.now())),
            name: Name::parse(name).unwrap(),
            email: format!("{name}@example.org"),
            password: "hash".to_owned(),
            role: Role::User,
            settings: serde_json::Map::new(),
            created_at: self.now(),
            disabled: false,
        };
        match now_or_never(self.store.create_user(user)).unwrap() {
            UserCreated::Created(user) => user.id,
            UserCreated::EmailTaken(_) => panic!("each user has their own address"),
        }
    }

    pub fn actor(&self) -> Actor {
        Actor {
            kind: ActorKind::User,
            id: self.user.to_string(),
            name: "Anna".to_owned(),
        }
    }

    pub fn robot(&self) -> RobotId {
        self.robot_with(Vec::new(), RobotSettings::default())
    }

    pub fn repeatable_robot(&self) -> RobotId {
        let settings = RobotSettings {
            repeatable: true,
            ..RobotSettings::default()
        };
        self.robot_with(Vec::new(), settings)
    }

    pub fn robot_with(&self, parameters: Vec<Parameter>, settings: RobotSettings) -> RobotId {
        let now = self.now();
        let id = RobotId(self.dispatch.ids().object_id(now));
        let robot = Robot {
            id,
            user_id: self.user,
            name: Name::parse(&format!("Robot {}", self.fresh())).unwrap(),
            description: String::new(),
            kind: RobotKind::RobotFramework,
            version: 1,
            parameters: parameters.clone(),
            labels: Vec::new(),
            settings,
            favourite: false,
            created_at: now,
            updated_at: now,
            rev: 1,
        };
        let version = Version {
            head: VersionHead {
                version: 1,
                created_at: now,
                created_by: self.actor(),
                note: None,
                sha256: Sha256([1; 32]),
                parameters,
            },
            content: Content::Source {
                text: "*** Tasks ***\nDo\n    No Operation\n".to_owned(),
            },
        };
        match now_or_never(self.store.create_robot(robot, version)).unwrap() {
            RobotCreated::Created(robot) => robot.id,
            RobotCreated::NameTaken => panic!("each robot has its own name"),
        }
    }

    pub fn ask(&self, robot: RobotId) -> PlayRequest {
        PlayRequest {
            user: self.user,
            by: self.actor(),
            request: None,
            robot,
            version: None,
            parameters: Vec::new(),
            agent: None,
            label: None,
        }
    }

    /// A job that waits.
    pub fn play(&self, robot: RobotId) -> JobId {
        let played = now_or_never(self.dispatch.play(self.ask(robot), self.now())).unwrap();
        played.job().id
    }

    pub fn job(&self, job: JobId) -> Job {
        now_or_never(self.store.job(job)).unwrap().unwrap().job
    }

    /// An agent that was let in with a token.
    pub fn agent(&self) -> AgentId {
        self.agent_named("RECEPTION", &[])
    }

    pub fn agent_named(&self, name: &str, labels: &[&str]) -> AgentId {
        let labels = labels
            .iter()
            .map(|label| model::Label::parse(label).unwrap());
        let token = EnrolmentRequest {
            user: self.user,
            name: None,
            labels: labels.collect(),
            uses: 1,
            life: Duration::from_secs(60),
        };
        let made = now_or_never(self.dispatch.create_enrolment(token, self.now())).unwrap();
        let ask = EnrolRequest {
            token: made.token,
            key_hash: self.key_hash(self.fresh()),
            name: Some(Name::parse(name).unwrap()),
            host: name.to_owned(),
            os: "linux".to_owned(),
            version: "0.1.0".to_owned(),
            labels: Vec::new(),
        };
        let (agent, new) = now_or_never(self.dispatch.enrol(ask, self.now())).unwrap();
        assert!(new);
        agent.id
    }

    pub fn key_hash(&self, n: u64) -> Sha256 {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&n.to_be_bytes());
        Sha256(bytes)
    }

    /// A handshake of that process of the agent.
    pub fn connect(&self, agent: AgentId, instance: &str) -> Connection {
        let key = now_or_never(self.store.agent(agent)).unwrap().unwrap();
        match now_or_never(self.store.connect_agent(agent, key.key_hash)).unwrap() {
            Connected::Number { number, .. } => Connection {
                agent,
                number,
                instance: InstanceId(instance.to_owned()),
            },
            other => panic!("refused: {other:?}"),
        }
    }

    /// One turn of the sweep of a server that has listened from the beginning.
    pub fn sweep(&self) -> dispatch::Swept {
        self.sweep_since(self.begin())
    }

    pub fn sweep_since(&self, since: Timestamp) -> dispatch::Swept {
        let node = ObjectId::from_bytes([9; 12]);
        now_or_never(self.dispatch.sweep(node, since, self.now())).unwrap()
    }
}

pub fn key(text: &str) -> RequestKey {
    RequestKey::parse(text).unwrap()
}

pub fn given(name: &str, value: impl Into<Value>) -> GivenValue {
    GivenValue {
        name: name.to_owned(),
        value: value.into(),
    }
}
