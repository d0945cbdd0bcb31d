//! What happens on the lines, and at the servers' doors.

use std::sync::Arc;

use agent_core::{CallError, CallId, Input};
use sessions::{AfterAgent, AgentReply, AgentSession};
use wire::ErrorBody;
use wire::agent::{AgentMessage, Answer, ServerMessage};
use wire::web::PageMessage;

use crate::line::{LineId, Peer, Said, Session, Told};
use crate::tasks::{Changes, Done};
use crate::world::{What, World};

/// How long an answer is waited for.
const ANSWERS_LAST_MS: u64 = 10_000;

impl World {
    pub(crate) fn call(&mut self, who: usize, call: CallId, message: &AgentMessage) {
        let process = self.computers[who].process.as_ref();
        let (number, line) = process.map_or((0, None), |it| (it.number, it.line));
        let Some(id) = line.filter(|id| self.lines.contains_key(id)) else {
            return self.later(1, What::Unsent(who, number, call.0));
        };
        let said = Said {
            call: call.0,
            name: message.name(),
            json: message.to_json().unwrap(),
        };
        self.later(ANSWERS_LAST_MS, What::NoAnswer(id, call.0));
        self.send_up(id, said);
    }

    pub(crate) fn send_up(&mut self, id: LineId, said: Said) {
        let at = self.time + self.delay();
        if let Some(line) = self.lines.get_mut(&id) {
            let due = line.send_up(said, at);
            self.at(due, What::Up(id));
        }
    }

    pub(crate) fn arrives_at_server(&mut self, id: LineId) {
        let Some(line) = self.lines.get_mut(&id) else {
            return;
        };
        let Some(said) = line.up.pop_front() else {
            return;
        };
        line.arrived.push_back(said);
        let node = line.node;
        let wait = if self.time < self.nodes[node].slow_until && self.dice.one_in(3) {
            self.dice.between(1_000, 60_000)
        } else {
            0
        };
        self.later(wait, What::Arrived(id));
    }

    /// The server takes the next message of a line, if it is not at one.
    pub(crate) fn serve(&mut self, id: LineId) {
        let Some(line) = self.lines.get_mut(&id) else {
            return;
        };
        let node = &self.nodes[line.node];
        if !node.up || node.life != line.life {
            line.arrived.clear();
            return;
        }
        let Some(session) = line.session.take() else {
            return;
        };
        let Some(said) = line.arrived.pop_front() else {
            line.session = Some(session);
            return;
        };
        let (number, now) = (line.node, node.clocks.read(self.time).now);
        match session {
            Session::Agent(mut session) => {
                let message = AgentMessage::read(said.name, &said.json).unwrap();
                let call = said.call;
                let changes = match said.name {
                    "join" | "renew" => Changes::Heard(session.connection().agent),
                    _ => Changes::Nothing,
                };
                self.spawn_watched(number, changes, async move {
                    let reply = session.on(message, now).await;
                    Done::Agent(id, call, said, session, reply)
                });
            }
            Session::Page(mut session) => {
                let message = PageMessage::read(said.name, &said.json).unwrap();
                self.spawn(number, async move {
                    let reply = session.on(message, now).await;
                    Done::Page(id, said, session, reply)
                });
            }
        }
    }

    pub(crate) fn agent_was_answered(
        &mut self,
        id: LineId,
        call: u64,
        said: &Said,
        session: Box<AgentSession>,
        reply: AgentReply,
    ) {
        let ack = acknowledgement(reply.answer.map_err(|refused| refused.into_body("r")));
        self.note(|| {
            let json: String = said.json.chars().take(300).collect();
            let ack: String = ack.chars().take(300).collect();
            format!("line {id}: {} {json} -> {ack}", said.name)
        });
        let Some(line) = self.lines.get_mut(&id) else {
            return;
        };
        if let AfterAgent::EnterRoom(_) = reply.then {
            line.joined = true;
        }
        line.session = Some(Session::Agent(session));
        let lost = self.time < self.answers_lost_until && self.dice.one_in(3);
        if lost {
            self.figures.lost_answers += 1;
        } else {
            match Answer::read(said.name, &ack) {
                Ok(answer) => {
                    let answer = answer.map_err(CallError::Refused);
                    let input = Input::Answer(CallId(call), answer);
                    self.send_down(id, Told::Agent(input));
                }
                Err(wrong) => self.breaks("agents can read answers", format!("{wrong:?}: {ack}")),
            }
        }
        if reply.then == AfterAgent::Close {
            self.send_down(id, Told::Closed);
        }
        self.serve(id);
    }

    pub(crate) fn send_down(&mut self, id: LineId, told: Told) {
        let at = self.time + self.delay();
        let Some(line) = self.lines.get_mut(&id).filter(|line| !line.cut) else {
            return;
        };
        let due = line.send_down(told, at);
        self.at(due, What::Down(id));
    }

    pub(crate) fn arrives_below(&mut self, id: LineId) {
        let Some(line) = self.lines.get_mut(&id).filter(|line| !line.cut) else {
            return;
        };
        let (peer, told) = (line.peer, line.down.pop_front());
        if let Some(Told::Agent(Input::Answer(CallId(call), _)) | Told::Answer(call, _)) = &told
            && !line.waits.remove(call)
        {
            // Too late: nobody waits for it any more.
            return;
        }
        match (peer, told) {
            (Peer::Agent(who, number), Some(Told::Agent(input))) => {
                self.give_to(who, number, input);
            }
            (Peer::Agent(who, _), Some(Told::Closed)) => self.break_line(who),
            (Peer::Page(page), Some(Told::Closed)) => self.page_is_cut(page),
            (Peer::Page(page), Some(Told::Answer(call, ack))) => {
                self.page_hears(page, call, &ack);
            }
            (Peer::Page(page), Some(Told::News(name, json))) => {
                self.page_is_told(page, name, &json);
            }
            (Peer::Agent(..), Some(Told::Answer(..) | Told::News(..)))
            | (Peer::Page(_), Some(Told::Agent(_)))
            | (_, None) => {}
        }
    }

    pub(crate) fn no_answer(&mut self, id: LineId, call: u64) {
        let Some(line) = self.lines.get_mut(&id).filter(|line| !line.cut) else {
            return;
        };
        if !line.waits.remove(&call) {
            return;
        }
        match line.peer {
            Peer::Agent(who, number) => {
                let lost = Input::Answer(CallId(call), Err(CallError::Lost));
                self.give_to(who, number, lost);
            }
            Peer::Page(page) => self.page_waits_no_longer(page, call),
        }
    }

    /// An end is gone without the server's being told. What it said may still be carried out.
    pub(crate) fn hang_up(&mut self, id: LineId) {
        let Some(line) = self.lines.get_mut(&id) else {
            return;
        };
        line.cut = true;
        line.down.clear();
        let kept = self.dice.index(line.up.len() + 1);
        line.up.truncate(kept);
        self.figures.cut_lines += 1;
    }

    pub(crate) fn hang_up_agent(&mut self, who: usize) {
        let process = self.computers[who].process.as_mut();
        if let Some(id) = process.and_then(|process| process.line.take()) {
            self.hang_up(id);
        }
    }

    /// The line breaks, and another one is made.
    pub(crate) fn break_line(&mut self, who: usize) {
        let Some(process) = &mut self.computers[who].process else {
            return;
        };
        if process.line.is_none() {
            return;
        }
        process.hung_up = true;
        let number = process.number;
        self.hang_up_agent(who);
        self.later(1, What::Closed(who, number));
        let pause = self.dice.between(50, 3_000);
        self.later(pause, What::Connect(who, number));
    }

    pub(crate) fn push(&mut self, id: LineId, message: &ServerMessage) {
        let json = message.to_value().unwrap().to_string();
        let read = ServerMessage::read(message.name(), &json).unwrap();
        if let Some(read) = read {
            self.send_down(id, Told::Agent(Input::Push(read)));
        }
    }

    /// How long a message is on its way.
    pub(crate) fn delay(&mut self) -> u64 {
        let slow = self.time < self.slow_lines_until;
        match self.dice.below(if slow { 6 } else { 60 }) {
            0 if slow => self.dice.between(2_000, 25_000),
            1..=5 if !self.healed => self.dice.between(50, 1_500),
            _ => self.dice.between(1, 40),
        }
    }

    /// A server's own view of time.
    pub(crate) fn node_now(&self, node: usize) -> model::Timestamp {
        self.nodes[node].clocks.read(self.time).now
    }

    pub(crate) fn dispatch_of(&self, node: usize) -> Arc<dispatch::Dispatch> {
        Arc::clone(&self.nodes[node].dispatch)
    }
}

/// An acknowledgement as it stands on the wire.
pub(crate) fn acknowledgement<T: serde::Serialize>(answer: Result<T, ErrorBody>) -> String {
    let ack = match answer {
        Ok(answer) => {
            let mut ack = serde_json::to_value(answer).unwrap();
            ack["ok"] = true.into();
            ack
        }
        Err(error) => serde_json::json!({"ok": false, "error": error}),
    };
    ack.to_string()
}
