//! The server: the real rules, sessions and SQL; what its doors do with hints is done here.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dispatch::{Dispatch, Hints, Parts};
use model::{AgentId, Ids, JobId, Limits, ObjectId, RobotId, StopMode, Timestamp};
use sessions::AgentSession;
use wire::agent::{AgentMessage, Answer};

use super::rules::{Backwards, Hint, World, now_or_never};

pub(super) struct Server {
    pub(super) world: World,
    pub(super) up: bool,
    since: Timestamp,
    starts: u64,
    robots: [RobotId; 2],
}

impl Server {
    pub(super) fn new() -> Self {
        let world = World::new();
        let robots = [world.robot(), world.repeatable_robot()];
        let since = world.now();
        Self {
            world,
            up: true,
            since,
            starts: 0,
            robots,
        }
    }

    /// Stops, and is started again by [`Self::start`]. Nothing but the store survives.
    pub(super) fn stop(&mut self) {
        self.up = false;
        self.world.heard.take();
    }

    pub(super) fn start(&mut self) {
        self.up = true;
        self.starts += 1;
        self.since = self.world.now();
        let parts = Parts {
            store: Arc::clone(&self.world.store),
            hints: Arc::clone(&self.world.heard) as Arc<dyn Hints>,
            ids: Arc::new(Numbered(AtomicU64::new(self.starts << 32))),
            seal: Arc::new(Backwards),
            limits: Limits::default(),
            content_key: [7; 32],
        };
        self.world.dispatch = Arc::new(Dispatch::new(parts, self.since));
    }

    pub(super) fn handshake(&self, agent: AgentId, instance: &str) -> AgentSession {
        let connection = self.world.connect(agent, instance);
        AgentSession::new(
            Arc::clone(&self.world.dispatch),
            self.world.user,
            connection,
        )
    }

    /// Carries out a message, as JSON, and answers, as JSON.
    pub(super) fn answer(
        &self,
        session: &mut AgentSession,
        name: &str,
        json: &str,
    ) -> (String, sessions::AfterAgent) {
        let message = AgentMessage::read(name, json).unwrap();
        let reply = now_or_never(session.on(message, self.world.now()));
        let ack = match reply.answer {
            Ok(answer) => {
                let mut ack = serde_json::to_value(answer).unwrap();
                ack["ok"] = true.into();
                ack
            }
            Err(refused) => {
                serde_json::json!({"ok": false, "error": refused.into_body("reference")})
            }
        };
        (ack.to_string(), reply.then)
    }

    pub(super) fn play(&self, repeatable: bool) -> JobId {
        self.world.play(self.robots[usize::from(repeatable)])
    }

    pub(super) fn cancel(&self, job: JobId, mode: StopMode) -> bool {
        let (user, by, now) = (self.world.user, self.world.actor(), self.world.now());
        now_or_never(self.world.dispatch.cancel(user, by, job, mode, now)).is_ok()
    }

    pub(super) fn sweep(&self) {
        self.world.sweep_since(self.since);
    }

    pub(super) fn hints(&self) -> Vec<Hint> {
        self.world.heard.take()
    }

    pub(super) fn cancel_reached(&self, attempt: model::AttemptKey, mode: StopMode) {
        let now = self.world.now();
        now_or_never(self.world.dispatch.cancel_reached(attempt, mode, now)).unwrap();
    }
}

/// An answer as the agent reads it.
pub(super) fn read_answer(name: &str, json: &str) -> Result<Answer, agent_core::CallError> {
    let read = Answer::read(name, json).unwrap();
    read.map_err(agent_core::CallError::Refused)
}

/// Ids that count up, apart from those of other starts.
struct Numbered(AtomicU64);

impl Ids for Numbered {
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
