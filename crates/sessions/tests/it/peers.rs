//! Agents and pages that speak JSON, as over a socket.

use std::sync::Arc;

use model::{AgentId, Connection, JobId};
use serde_json::{Value, json};
use sessions::{Access, AfterAgent, AfterPage, AgentSession, PageSession};
use wire::agent::AgentMessage;
use wire::web::PageMessage;
use wire::{ErrorBody, ErrorCode};

use crate::world::{World, now_or_never};

/// One connection of an agent.
pub(crate) struct Line {
    pub(crate) session: AgentSession,
    /// What the door has to do after the last answer.
    pub(crate) then: AfterAgent,
}

impl Line {
    /// A handshake of that process of the agent.
    pub(crate) fn new(world: &World, agent: AgentId, instance: &str) -> Self {
        let connection = world.connect(agent, instance);
        Self::with(world, connection)
    }

    fn with(world: &World, connection: Connection) -> Self {
        let dispatch = Arc::clone(&world.dispatch);
        Self {
            session: AgentSession::new(dispatch, world.user, connection),
            then: AfterAgent::Nothing,
        }
    }

    /// A handshake and a join.
    pub(crate) fn joined(world: &World, agent: AgentId, instance: &str, holding: Value) -> Self {
        let mut line = Self::new(world, agent, instance);
        line.join(world, holding).unwrap();
        line
    }

    pub(crate) fn say(
        &mut self,
        world: &World,
        name: &str,
        body: Value,
    ) -> Result<Value, ErrorBody> {
        let message = AgentMessage::read(name, &body.to_string()).map_err(ErrorBody::invalid)?;
        let reply = now_or_never(self.session.on(message, world.now()));
        self.then = reply.then;
        match reply.answer {
            Ok(answer) => Ok(serde_json::to_value(answer).unwrap()),
            Err(refused) => Err(refused.into_body("r")),
        }
    }

    pub(crate) fn join(&mut self, world: &World, holding: Value) -> Result<Value, ErrorBody> {
        let body = json!({"userId": world.user, "slots": 2, "version": "0.1.0", "os": "linux",
            "host": "reception", "holding": holding});
        self.say(world, "join", body)
    }

    pub(crate) fn claim(&mut self, world: &World, id: &str) -> Vec<Value> {
        let answer = self
            .say(world, "claim", json!({"claimId": id, "free": 1}))
            .unwrap();
        answer["offers"].as_array().unwrap().clone()
    }

    pub(crate) fn confirm(
        &mut self,
        world: &World,
        (job, attempt): (JobId, u32),
    ) -> Result<Value, ErrorBody> {
        let body = json!({"jobId": job, "attempt": attempt});
        self.say(world, "confirm", body)
    }

    pub(crate) fn events(
        &mut self,
        world: &World,
        (job, attempt): (JobId, u32),
        seqs: std::ops::RangeInclusive<u64>,
    ) -> Result<u64, ErrorBody> {
        let first = *seqs.start();
        let events: Vec<Value> = seqs.map(event).collect();
        let body = json!({"jobId": job, "attempt": attempt, "first": first, "events": events});
        let answer = self.say(world, "events", body)?;
        Ok(answer["upTo"].as_u64().unwrap())
    }

    pub(crate) fn finish(
        &mut self,
        world: &World,
        (job, attempt): (JobId, u32),
        last_seq: u64,
        outcome: Value,
    ) -> Result<Value, ErrorBody> {
        let body =
            json!({"jobId": job, "attempt": attempt, "lastSeq": last_seq, "outcome": outcome});
        self.say(world, "finish", body)
    }

    pub(crate) fn renew(
        &mut self,
        world: &World,
        running: &[(JobId, u32)],
    ) -> Result<Value, ErrorBody> {
        let running: Vec<Value> = running.iter().map(|key| named(*key)).collect();
        self.say(world, "renew", json!({"running": running, "free": 1}))
    }
}

pub(crate) fn event(seq: u64) -> Value {
    json!({"seq": seq, "at": "2026-11-23T08:15:02.118Z", "kind": "log", "text": "…"})
}

pub(crate) fn named((job, attempt): (JobId, u32)) -> Value {
    json!({"jobId": job, "attempt": attempt})
}

pub(crate) fn held((job, attempt): (JobId, u32), state: &str, last_seq: u64) -> Value {
    json!({"jobId": job, "attempt": attempt, "state": state, "lastSeq": last_seq})
}

pub(crate) fn success() -> Value {
    json!({"kind": "success", "ranMs": 1200})
}

pub(crate) fn code<T: std::fmt::Debug>(answer: Result<T, ErrorBody>) -> ErrorCode {
    answer.unwrap_err().code
}

/// An agent with an offer that it has not answered.
pub(crate) fn offered(world: &World, job: JobId) -> (AgentId, Line, (JobId, u32)) {
    let agent = world.agent();
    let mut line = Line::joined(world, agent, "first", json!([]));
    let offers = line.claim(world, "c-1");
    assert_eq!(offers[0]["jobId"], json!(job));
    (agent, line, (job, 1))
}

/// An agent that executes.
pub(crate) fn executing(world: &World, job: JobId) -> (AgentId, Line, (JobId, u32)) {
    let (agent, mut line, key) = offered(world, job);
    line.confirm(world, key).unwrap();
    (agent, line, key)
}

/// One connection of a page.
pub(crate) struct Page {
    pub(crate) session: PageSession,
    pub(crate) then: AfterPage,
}

impl Page {
    pub(crate) fn new(world: &World) -> Self {
        Self::with(world, Access::Session)
    }

    pub(crate) fn with(world: &World, access: Access) -> Self {
        let dispatch = Arc::clone(&world.dispatch);
        let build = "build".to_owned();
        Self {
            session: PageSession::new(dispatch, world.user, world.actor(), access, build),
            then: AfterPage::Nothing,
        }
    }

    pub(crate) fn say(
        &mut self,
        world: &World,
        name: &str,
        body: Value,
    ) -> Result<Value, ErrorBody> {
        let message = PageMessage::read(name, &body.to_string()).map_err(ErrorBody::invalid)?;
        let reply = now_or_never(self.session.on(message, world.now()));
        self.then = reply.then;
        match reply.answer {
            Ok(answer) => Ok(serde_json::to_value(answer).unwrap()),
            Err(refused) => Err(refused.into_body("r")),
        }
    }
}
