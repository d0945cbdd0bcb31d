//! What happens on the lines between agents and the server, and at the server's doors.

use agent_core::{CallError, CallId, Closed, Input};
use sessions::AfterAgent;
use wire::agent::{AgentMessage, Cancel, Goodbye, GoodbyeReason, ServerMessage};

use super::dice::Dice;
use super::line::{Line, LineId, Said};
use super::rules::Hint;
use super::server::read_answer;
use super::simulation::{Simulation, What};

/// How long an answer is waited for.
const ANSWERS_LAST_MS: u64 = 10_000;

impl Simulation {
    pub(super) fn call(&mut self, who: usize, call: CallId, message: &AgentMessage) {
        let line = self.computers[who]
            .process
            .as_ref()
            .and_then(|process| process.line);
        let Some((id, line)) = line.and_then(|id| Some((id, self.lines.get_mut(&id)?))) else {
            let number = self.computers[who].processes;
            return self.later(1, What::Unsent(who, number, call));
        };
        let said = Said {
            call,
            name: message.name(),
            json: message.to_json().unwrap(),
        };
        let delay = delay(&mut self.dice, self.healed);
        let due = line.send_up(said, self.time + delay);
        self.at(due, What::Up(id));
    }

    pub(super) fn arrives_at_server(&mut self, id: LineId) {
        let Some(line) = self.lines.get_mut(&id) else {
            return;
        };
        let Some(said) = line.up.pop_front() else {
            return;
        };
        if !self.server.up {
            return;
        }
        let (ack, then) = self.server.answer(&mut line.session, said.name, &said.json);
        let (cut, who) = (line.cut, line.who);
        self.note(|| {
            let json: String = said.json.chars().take(200).collect();
            let ack: String = ack.chars().take(200).collect();
            format!("server, #{who}: {} {json} -> {ack}", said.name)
        });
        if !cut && !self.healed && self.dice.one_in(40) {
            self.later(ANSWERS_LAST_MS, What::NoAnswer(id, said.call));
        } else {
            let answer = read_answer(said.name, &ack);
            self.send_down(id, Input::Answer(said.call, answer));
        }
        if then == AfterAgent::Close {
            self.send_down(id, Input::Closed(Closed::Broke));
        }
        self.pass_hints_on();
    }

    fn send_down(&mut self, id: LineId, input: Input) {
        let delay = delay(&mut self.dice, self.healed);
        let Some(line) = self.lines.get_mut(&id).filter(|line| !line.cut) else {
            return;
        };
        let due = line.send_down(input, self.time + delay);
        self.at(due, What::Down(id));
    }

    pub(super) fn arrives_at_agent(&mut self, id: LineId) {
        let Some(line) = self.lines.get_mut(&id).filter(|line| !line.cut) else {
            return;
        };
        let who = line.who;
        match line.down.pop_front() {
            Some(Input::Closed(_)) => self.break_line(who),
            Some(input) => self.give(who, input),
            None => {}
        }
    }

    pub(super) fn no_answer(&mut self, id: LineId, call: CallId) {
        if let Some(line) = self.lines.get(&id).filter(|line| !line.cut) {
            let who = line.who;
            self.give(who, Input::Answer(call, Err(CallError::Lost)));
        }
    }

    /// The agent's end is gone without its being told. What it said may still be carried out.
    pub(super) fn hang_up(&mut self, who: usize) {
        let line = self.computers[who]
            .process
            .as_mut()
            .and_then(|process| process.line.take());
        let Some(line) = line.and_then(|id| self.lines.get_mut(&id)) else {
            return;
        };
        line.cut = true;
        line.down.clear();
        let kept = self.dice.index(line.up.len() + 1);
        line.up.truncate(kept);
    }

    /// The line breaks, and another one is made.
    pub(super) fn break_line(&mut self, who: usize) {
        let Some(process) = &self.computers[who].process else {
            return;
        };
        if process.line.is_none() {
            return;
        }
        let number = process.number;
        self.hang_up(who);
        self.later(1, What::Closed(who, number));
        let pause = self.dice.between(50, 3_000);
        self.later(pause, What::Connect(who, number));
    }

    /// What the server's doors do with hints.
    pub(super) fn pass_hints_on(&mut self) {
        for hint in self.server.hints() {
            match hint {
                Hint::Work(_) => {
                    for id in self.joined(|_| true) {
                        self.push(id, ServerMessage::Work);
                    }
                }
                Hint::Cancel(key, agent, mode) => {
                    for id in self.joined(|line| line.session.connection().agent == agent) {
                        self.push(
                            id,
                            ServerMessage::Cancel(Cancel {
                                job_id: key.job,
                                attempt: key.attempt,
                                mode,
                            }),
                        );
                        self.server.cancel_reached(key, mode);
                    }
                }
                Hint::Close(
                    dispatch::Who::AgentBelow {
                        agent,
                        below,
                        instance,
                    },
                    _,
                ) => {
                    let older = |line: &Line| {
                        let connection = line.session.connection();
                        connection.agent == agent && connection.number < below
                    };
                    for id in self.joined(older) {
                        if self.lines[&id].session.connection().instance != instance {
                            let goodbye = Goodbye {
                                reason: GoodbyeReason::Replaced,
                                reconnect_in_ms: None,
                                running: None,
                            };
                            self.push(id, ServerMessage::Goodbye(goodbye));
                        }
                        self.send_down(id, Input::Closed(Closed::Broke));
                    }
                }
                _ => {}
            }
        }
    }

    fn joined(&self, which: impl Fn(&Line) -> bool) -> Vec<LineId> {
        let lines = self.lines.iter();
        lines
            .filter(|(_, line)| line.session.has_joined() && which(line))
            .map(|(id, _)| *id)
            .collect()
    }

    fn push(&mut self, id: LineId, message: ServerMessage) {
        let json = message.to_value().unwrap().to_string();
        let read = ServerMessage::read(message.name(), &json).unwrap();
        self.send_down(id, Input::Push(read.unwrap()));
    }
}

fn delay(dice: &mut Dice, healed: bool) -> u64 {
    match dice.below(60) {
        0 if !healed => dice.between(2_000, 25_000),
        1..=5 => dice.between(100, 1_500),
        _ => dice.between(1, 40),
    }
}
