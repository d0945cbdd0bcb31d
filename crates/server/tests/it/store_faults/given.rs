//! A store that fails when it is told to, and a computer that asks.

use std::sync::{Arc, Mutex};

use model::{Connection, InstanceId, UserId};
use serde_json::{Value, json};
use server::identity::token;
use sessions::AgentSession;
use store::Store;
use store::agents::Connected;
use store::faulty::{Fault, Faulty, is_a_verb};
use wire::agent::AgentMessage;
use wire::error::Ack;

use crate::harness::{Agent, Person, TestServer};

/// What is to go wrong, and what was called.
#[derive(Default)]
pub(super) struct Faults(Mutex<State>);

#[derive(Default)]
struct State {
    called: Vec<&'static str>,
    armed: Option<Armed>,
    met: usize,
}

/// What goes wrong from now on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Armed {
    /// With calls of this verb.
    pub(super) verb: &'static str,
    /// From this call on, counted from 1.
    pub(super) nth: usize,
    /// With so many of them.
    pub(super) times: usize,
    /// In this way.
    pub(super) fault: Fault,
}

impl Faults {
    /// A store that fails as it is told here.
    pub(super) fn before(self: &Arc<Self>, store: Arc<dyn Store>) -> Arc<dyn Store> {
        let faults = Arc::clone(self);
        let plan = move |verb, _| faults.next(verb);
        Arc::new(Faulty::new(store, Box::new(plan)))
    }

    /// Counts calls from now on; nothing goes wrong any more.
    pub(super) fn none(&self) {
        *self.0.lock().unwrap() = State::default();
    }

    /// Counts calls from now on, and lets this go wrong.
    pub(super) fn arm(&self, armed: Armed) {
        assert!(is_a_verb(armed.verb), "{armed:?}");
        *self.0.lock().unwrap() = State {
            armed: Some(armed),
            ..State::default()
        };
    }

    /// What was called, in order.
    pub(super) fn called(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().called.clone()
    }

    /// How many calls went wrong.
    pub(super) fn met(&self) -> usize {
        self.0.lock().unwrap().met
    }

    fn next(&self, verb: &'static str) -> Option<Fault> {
        let mut state = self.0.lock().unwrap();
        state.called.push(verb);
        let armed = state.armed.filter(|armed| armed.verb == verb)?;
        let count = state.called.iter().filter(|called| **called == verb);
        let from_nth = (count.count() + 1).checked_sub(armed.nth);
        if !from_nth.is_some_and(|n| (1..=armed.times).contains(&n)) {
            return None;
        }
        state.met += 1;
        Some(armed.fault)
    }
}

/// A computer that speaks as agents do, without a socket.
pub(super) struct Computer(AgentSession);

impl Computer {
    /// One that was let in and joins.
    pub(super) async fn joined(person: &Person<'_>, agent: &Agent) -> Self {
        let app = &person.server.app;
        let key = token::digest(&agent.key).unwrap();
        let connected = app.store().connect_agent(agent.id, key).await.unwrap();
        let Connected::Number { number, .. } = connected else {
            panic!("{connected:?}");
        };
        let connection = Connection {
            agent: agent.id,
            number,
            instance: InstanceId("process".to_owned()),
        };
        let dispatch = Arc::clone(&app.dispatch);
        let mut computer = Self(AgentSession::new(dispatch, person.id, connection));
        let said = computer.say(person.server, "join", join(person.id)).await;
        assert_eq!(said["ok"], true, "{said}");
        computer
    }

    /// Says something; answers the acknowledgement.
    pub(super) async fn say(&mut self, server: &TestServer, name: &str, body: Value) -> Value {
        let message = AgentMessage::read(name, &body.to_string()).unwrap();
        let reply = self.0.on(message, server.app.now()).await;
        let answer = reply.answer.map_err(|refused| refused.into_body("test"));
        serde_json::to_value(Ack::of(answer)).unwrap()
    }

    /// Says goodbye; answers whether that was noted.
    pub(super) async fn leave(&mut self, server: &TestServer) -> bool {
        self.0.left(server.app.now()).await.is_ok()
    }
}

/// What an agent says when it joins.
pub(super) fn join(user: UserId) -> Value {
    json!({"userId": user, "slots": 1, "version": "0.1.0", "os": "linux", "host": "office",
        "holding": []})
}
