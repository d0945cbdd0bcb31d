//! Who is connected, and the way in which news reaches them.
//!
//! [`Hub`] is this server's [`Hints`]: ids come in, nothing blocks. Requests to agents and growing
//! logs are left at the lines at once; whole objects are read and sent by [`super::teller`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dispatch::{Goodbye, Hints, Who};
use model::{AgentId, AttemptKey, JobId, PairingId, RobotId, StopMode, UserId};
use store::agents::Running;
use tokio::sync::Notify;
use wire::agent::{Cancel, CheckNow, GoodbyeReason, RunningThen, Work};

use super::line::{Line, PageCredential, Peer};
use super::push::{Ending, Key, Push};

/// The most ids of one kind that wait to be told about. What does not fit is seen when a page asks.
const MOST_NEWS: usize = 100_000;
/// When clients may come back after the server has said that it stops.
const RECONNECT_MS: u64 = 1_000;

/// Who is connected.
#[derive(Default)]
pub struct Hub {
    lines: Mutex<Lines>,
    news: Mutex<News>,
    /// Rung when there is news.
    pub(super) woken: Notify,
}

type ById = BTreeMap<u64, Arc<Line>>;

#[derive(Default)]
struct Lines {
    all: ById,
    agents: BTreeMap<AgentId, ById>,
    /// Agents that have joined, by user.
    crews: BTreeMap<UserId, ById>,
    /// Pages that have joined, by user.
    rooms: BTreeMap<UserId, ById>,
    watching: BTreeMap<JobId, ById>,
}

/// What changed and was not told yet.
#[derive(Default, Clone)]
pub(super) struct News {
    pub(super) jobs: BTreeSet<JobId>,
    pub(super) robots: BTreeSet<RobotId>,
    pub(super) agents: BTreeSet<AgentId>,
    pub(super) pairings: BTreeSet<PairingId>,
    /// Users whose waiting jobs may wait for another reason now.
    pub(super) waiting: BTreeSet<UserId>,
}

impl News {
    /// Both together.
    pub(super) fn add(&mut self, mut more: Self) {
        self.jobs.append(&mut more.jobs);
        self.robots.append(&mut more.robots);
        self.agents.append(&mut more.agents);
        self.pairings.append(&mut more.pairings);
        self.waiting.append(&mut more.waiting);
    }

    pub(super) fn is_empty(&self) -> bool {
        let Self {
            jobs,
            robots,
            agents,
            pairings,
            waiting,
        } = self;
        jobs.is_empty()
            && robots.is_empty()
            && agents.is_empty()
            && pairings.is_empty()
            && waiting.is_empty()
    }
}

impl Hub {
    /// A socket was let in.
    pub(super) fn enters(&self, line: &Arc<Line>) {
        let mut lines = self.lines();
        lines.all.insert(line.id, Arc::clone(line));
        if let Peer::Agent(connection) = &line.peer {
            let of_agent = lines.agents.entry(connection.agent).or_default();
            of_agent.insert(line.id, Arc::clone(line));
        }
    }

    /// A socket is gone.
    pub(super) fn leaves(&self, line: &Line) {
        let mut lines = self.lines();
        lines.all.remove(&line.id);
        if let Peer::Agent(connection) = &line.peer {
            remove(&mut lines.agents, connection.agent, line.id);
        }
        remove(&mut lines.crews, line.user, line.id);
        remove(&mut lines.rooms, line.user, line.id);
        lines.watching.retain(|_, watching| {
            watching.remove(&line.id);
            !watching.is_empty()
        });
    }

    /// A socket enters the room of its user.
    pub(super) fn joins(&self, line: &Arc<Line>) {
        let mut lines = self.lines();
        let rooms = if line.is_agent() {
            &mut lines.crews
        } else {
            &mut lines.rooms
        };
        let room = rooms.entry(line.user).or_default();
        room.insert(line.id, Arc::clone(line));
        drop(lines);
        if !line.is_agent() {
            self.note(|news| news.waiting.insert(line.user));
        }
    }

    /// A page leaves the room of its user.
    pub(super) fn parts(&self, line: &Line) {
        remove(&mut self.lines().rooms, line.user, line.id);
    }

    /// A page follows a job.
    pub(super) fn watches(&self, line: &Arc<Line>, job: JobId) {
        let mut lines = self.lines();
        let watching = lines.watching.entry(job).or_default();
        watching.insert(line.id, Arc::clone(line));
    }

    /// A page follows a job no longer.
    pub(super) fn unwatches(&self, line: &Line, job: JobId) {
        remove(&mut self.lines().watching, job, line.id);
    }

    /// The pages in the room of a user.
    pub(super) fn room(&self, user: UserId) -> Vec<Arc<Line>> {
        let lines = self.lines();
        let room = lines.rooms.get(&user);
        room.map(|room| room.values().cloned().collect())
            .unwrap_or_default()
    }

    /// Users with a page in their room.
    pub(super) fn rooms(&self) -> Vec<UserId> {
        self.lines().rooms.keys().copied().collect()
    }

    /// Sends to the pages of a user.
    pub(crate) fn tell(&self, user: UserId, key: Key, push: Option<&Push>) {
        let Some(push) = push else { return };
        for line in self.room(user) {
            line.push(key, push.clone());
        }
    }

    /// A robot was deleted: its room is told for the last time.
    pub(crate) fn robot_deleted(&self, robot: wire::shapes::Robot) {
        let (user, key) = (robot.user_id, Key::Robot(robot.id));
        let push = Push::new("robot", &wire::web::RobotPush { robot });
        self.tell(user, key, push.as_ref());
    }

    /// Asks an agent to look at its computer now; answers whether it is connected here.
    pub(crate) fn check(&self, agent: AgentId) -> bool {
        let lines = self.lines();
        let Some(of_agent) = lines.agents.get(&agent) else {
            return false;
        };
        if let Some(push) = Push::new("check", &CheckNow {}) {
            for line in of_agent.values() {
                line.push(Key::Check, push.clone());
            }
        }
        true
    }

    /// The server stops: everybody is told.
    pub(crate) fn drain(&self) {
        let goodbye = wire::agent::Goodbye {
            reason: GoodbyeReason::Draining,
            reconnect_in_ms: Some(RECONNECT_MS),
            running: None,
        };
        for line in self.lines().all.values() {
            line.end(Ending::Announced(goodbye.clone()));
        }
    }

    /// All transports are closed: whoever still talks has nobody to talk to.
    pub(crate) fn hang_up(&self) {
        for line in self.lines().all.values() {
            line.end(Ending::Silent);
        }
    }

    /// What changed since the last call.
    pub(super) fn take_news(&self) -> News {
        std::mem::take(&mut *self.news.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, add: impl FnOnce(&mut News) -> bool) {
        let mut news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        add(&mut news);
        drop(news);
        self.woken.notify_one();
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn remove<K: Ord>(from: &mut BTreeMap<K, ById>, key: K, line: u64) {
    if let Some(lines) = from.get_mut(&key) {
        lines.remove(&line);
        if lines.is_empty() {
            from.remove(&key);
        }
    }
}

fn insert<T: Ord>(into: &mut BTreeSet<T>, id: T) -> bool {
    into.len() < MOST_NEWS && into.insert(id)
}

impl Hints for Hub {
    fn work(&self, user: UserId) {
        let push = Push::new("work", &Work {});
        let lines = self.lines();
        let crew = lines.crews.get(&user);
        if let (Some(push), Some(crew)) = (push, crew) {
            for line in crew.values() {
                line.push(Key::Work, push.clone());
            }
        }
    }

    fn job(&self, job: JobId) {
        self.note(|news| insert(&mut news.jobs, job));
    }

    fn agent(&self, agent: AgentId) {
        self.note(|news| insert(&mut news.agents, agent));
    }

    fn robot(&self, robot: RobotId) {
        self.note(|news| insert(&mut news.robots, robot));
    }

    fn pairing(&self, pairing: PairingId) {
        self.note(|news| insert(&mut news.pairings, pairing));
    }

    fn events(&self, attempt: AttemptKey, _up_to: u64) {
        let lines = self.lines();
        if let Some(watching) = lines.watching.get(&attempt.job) {
            for line in watching.values() {
                line.grown(attempt.job);
            }
        }
    }

    fn cancel(&self, attempt: AttemptKey, agent: AgentId, mode: StopMode) {
        let body = Cancel {
            job_id: attempt.job,
            attempt: attempt.attempt,
            mode,
        };
        let Some(mut push) = Push::new("cancel", &body) else {
            return;
        };
        push.cancel = Some((attempt, mode));
        let lines = self.lines();
        let Some(of_agent) = lines.agents.get(&agent) else {
            return;
        };
        let joined = |line: &&Arc<Line>| {
            let crew = lines.crews.get(&line.user);
            crew.is_some_and(|crew| crew.contains_key(&line.id))
        };
        for line in of_agent.values().filter(joined) {
            line.push(Key::Cancel(attempt), push.clone());
        }
    }

    fn close(&self, who: Who, why: Goodbye) {
        let lines = self.lines();
        let said = goodbye(why);
        match who {
            Who::Agent(agent) => {
                for line in lines.agents.get(&agent).into_iter().flat_map(ById::values) {
                    line.end(Ending::Said(said.clone()));
                }
            }
            Who::AgentBelow {
                agent,
                below,
                instance,
            } => {
                for line in lines.agents.get(&agent).into_iter().flat_map(ById::values) {
                    let Peer::Agent(connection) = &line.peer else {
                        continue;
                    };
                    if connection.number >= below {
                        continue;
                    }
                    if connection.instance == instance {
                        line.end(Ending::Silent);
                    } else {
                        line.end(Ending::Said(said.clone()));
                    }
                }
            }
            Who::Session(session) => {
                end_pages(&lines, PageCredential::Session(session), &said);
            }
            Who::Token(token) => end_pages(&lines, PageCredential::Token(token), &said),
        }
    }
}

fn end_pages(lines: &Lines, credential: PageCredential, said: &wire::agent::Goodbye) {
    for line in lines.all.values() {
        if matches!(&line.peer, Peer::Page(other) if *other == credential) {
            line.end(Ending::Said(said.clone()));
        }
    }
}

fn goodbye(why: Goodbye) -> wire::agent::Goodbye {
    let (reason, running) = match why {
        Goodbye::Revoked { running } => {
            let running = match running {
                Running::Stop => RunningThen::Stop,
                Running::Finish => RunningThen::Finish,
            };
            (GoodbyeReason::Revoked, Some(running))
        }
        Goodbye::Replaced => (GoodbyeReason::Replaced, None),
        Goodbye::SignedOut => (GoodbyeReason::SignedOut, None),
    };
    wire::agent::Goodbye {
        reason,
        reconnect_in_ms: None,
        running,
    }
}
