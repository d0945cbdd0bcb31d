//! What servers carry out. Each call to the store may come late: between any two of them other
//! things happen, and a server that crashes drops what it was at.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use dispatch::Listening;
use model::{AgentId, AttemptKey, Connection, StopMode, UserId};
use sessions::{AgentReply, AgentSession, PageReply, PageSession, Watcher, view};
use store::agents::Connected;
use store::{StoreError, StoreResult};
use wire::shapes;

use crate::line::{Line, LineId, Peer, Said, Session};
use crate::world::{What, World};

type Work = Pin<Box<dyn Future<Output = Done> + Send>>;

/// Something that a server is at.
pub(crate) struct Task {
    pub(crate) node: usize,
    life: u64,
    work: Work,
    changes: Changes,
}

/// What a task may change in the store that nothing else tells at that moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Changes {
    /// Nothing of that kind.
    Nothing,
    /// When the agent was last heard.
    Heard(AgentId),
    /// That an attempt is given up for silence.
    Silence,
}

/// What a server has done.
pub(crate) enum Done {
    Agent(LineId, u64, Said, Box<AgentSession>, AgentReply),
    Page(LineId, Said, Box<PageSession>, PageReply),
    Swept(StoreResult<(Listening, bool)>),
    Knocked(usize, u64, Knocked),
    Job(StoreResult<Option<(UserId, shapes::Job)>>),
    Watched(LineId, Watcher, StoreResult<sessions::Next>),
    Nothing,
}

/// How a handshake ended.
pub(crate) enum Knocked {
    In(Box<Line>),
    Revoked,
    Away,
}

impl World {
    pub(crate) fn spawn(&mut self, node: usize, work: impl Future<Output = Done> + Send + 'static) {
        self.spawn_watched(node, Changes::Nothing, work);
    }

    /// Begins a task whose changes are looked for after each step of it.
    pub(crate) fn spawn_watched(
        &mut self,
        node: usize,
        changes: Changes,
        work: impl Future<Output = Done> + Send + 'static,
    ) {
        let life = self.nodes[node].life;
        self.serial += 1;
        let id = self.serial;
        let work = Box::pin(work);
        let task = Task {
            node,
            life,
            work,
            changes,
        };
        self.tasks.insert(id, task);
        self.poll(id);
    }

    /// Goes on with a task.
    pub(crate) fn poll(&mut self, id: u64) {
        let Some(mut task) = self.tasks.remove(&id) else {
            return;
        };
        let node = &self.nodes[task.node];
        if !node.up || node.life != task.life {
            return;
        }
        let mut context = Context::from_waker(Waker::noop());
        let polled = task.work.as_mut().poll(&mut context);
        self.look_for(task.changes);
        match polled {
            Poll::Ready(done) => self.done(task.node, task.life, done),
            Poll::Pending => {
                self.figures.late_answers += 1;
                // Nobody waits for a sweep: one that could give an attempt up waits longest.
                let sweeps = task.changes == Changes::Silence;
                let pause = match self.dice.below(if sweeps { 3 } else { 12 }) {
                    0 => self.dice.between(1_000, 40_000),
                    _ => self.dice.between(1, 400),
                };
                self.tasks.insert(id, task);
                self.later(pause, What::Poll(id));
            }
        }
    }

    fn done(&mut self, node: usize, life: u64, done: Done) {
        match done {
            Done::Agent(line, call, said, session, reply) => {
                self.agent_was_answered(line, call, &said, session, reply);
            }
            Done::Page(line, said, session, reply) => {
                self.page_was_answered(line, &said, session, reply);
            }
            Done::Swept(swept) => {
                if let Ok((listening, _)) = swept {
                    self.nodes[node].listening = listening;
                }
                self.swept(node, life);
            }
            Done::Knocked(who, number, knocked) => self.let_in(who, number, knocked),
            Done::Job(told) => {
                if let Ok(Some((user, job))) = told {
                    self.push_job(node, user, &job);
                }
            }
            Done::Watched(line, watcher, next) => self.page_was_fed(line, watcher, next),
            Done::Nothing => {}
        }
        self.hints_of(node);
    }

    pub(crate) fn spawn_sweep(
        &mut self,
        node: usize,
        turn: impl Future<Output = Result<(Listening, bool), StoreError>> + Send + 'static,
    ) {
        let changes = if self.is_any_agent_silent() {
            Changes::Silence
        } else {
            Changes::Nothing
        };
        self.spawn_watched(node, changes, async move { Done::Swept(turn.await) });
    }

    /// The handshake of an agent's process.
    pub(crate) fn agent_knocks(&mut self, who: usize, number: u64, node: usize) {
        let computer = &self.computers[who];
        let (agent, key, user) = (computer.agent, computer.key, computer.user);
        let instance = computer.instance(who);
        let server = &self.nodes[node];
        let (dispatch, life) = (Arc::clone(&server.dispatch), server.life);
        self.spawn(node, async move {
            let connected = dispatch.store().connect_agent(agent, key).await;
            let knocked = match connected {
                Ok(Connected::Number { number: n, .. }) => {
                    let connection = Connection {
                        agent,
                        number: n,
                        instance,
                    };
                    let session = AgentSession::new(dispatch, user, connection);
                    let session = Session::Agent(Box::new(session));
                    let peer = Peer::Agent(who, number);
                    Knocked::In(Box::new(Line::new(peer, node, life, session)))
                }
                Ok(Connected::Removed(_)) => Knocked::Revoked,
                Ok(Connected::Unknown) | Err(_) => Knocked::Away,
            };
            Done::Knocked(who, number, knocked)
        });
        // A server that crashes meanwhile, or answers too late, is knocked at again.
        self.later(10_000, What::Connect(who, number));
    }

    /// A request to end an attempt was sent to its agent.
    pub(crate) fn cancel_reached(&mut self, node: usize, key: AttemptKey, mode: StopMode) {
        let server = &self.nodes[node];
        let dispatch = Arc::clone(&server.dispatch);
        let now = server.clocks.read(self.time).now;
        self.spawn(node, async move {
            // The next `renew` notes it again.
            let _told_again = dispatch.cancel_reached(key, mode, now).await;
            Done::Nothing
        });
    }

    /// Tells pages what has changed, as it is now.
    pub(crate) fn tell_news(&mut self, node: usize, life: u64) {
        let server = &mut self.nodes[node];
        if !server.up || server.life != life {
            return;
        }
        let news = std::mem::take(&mut server.news);
        for job in news {
            let server = &self.nodes[node];
            let dispatch = Arc::clone(&server.dispatch);
            let now = server.clocks.read(self.time).now;
            self.spawn(node, async move {
                Done::Job(view::job_shape(&dispatch, job, false, now).await)
            });
        }
    }

    /// The next batch for a watching page.
    pub(crate) fn feed(&mut self, id: LineId, mut watcher: Watcher) {
        let Some(line) = self.lines.get(&id) else {
            return;
        };
        let node = line.node;
        let dispatch = Arc::clone(&self.nodes[node].dispatch);
        self.spawn(node, async move {
            let next = watcher.next(&**dispatch.store()).await;
            Done::Watched(id, watcher, next)
        });
    }
}
