//! What servers' doors do with hints, their own and those of other servers.

use dispatch::{Goodbye as Why, Who};
use store::agents::Running;
use wire::agent::{Cancel, Goodbye, GoodbyeReason, RunningThen, ServerMessage};

use crate::line::{Line, LineId, Peer, Session, Told};
use crate::rules::Hint;
use crate::world::{What, World};

/// News of jobs is told together, so much later.
const TOLD_AFTER_MS: u64 = 20;

impl World {
    /// What a server has to tell goes to its own lines, and to the other servers unless it is
    /// lost on the way.
    pub(crate) fn hints_of(&mut self, from: usize) {
        let hints = self.nodes[from].heard.take();
        if hints.is_empty() {
            return;
        }
        let mute = self.time < self.nodes[from].mute_until || self.time < self.split_until;
        for node in 0..self.nodes.len() {
            if !self.nodes[node].up {
                continue;
            }
            for hint in &hints {
                if node != from && (mute || (!self.healed && self.dice.one_in(30))) {
                    self.figures.lost_hints += 1;
                    continue;
                }
                self.hear(node, hint);
            }
        }
    }

    fn hear(&mut self, node: usize, hint: &Hint) {
        match hint {
            Hint::Work(user) => {
                for id in self.agents_at(node, |_, of| of == *user) {
                    self.push(id, &ServerMessage::Work);
                }
            }
            Hint::Cancel(key, agent, mode) => {
                for id in self.agents_at(node, |connection, _| connection.agent == *agent) {
                    let cancel = Cancel {
                        job_id: key.job,
                        attempt: key.attempt,
                        mode: *mode,
                    };
                    self.push(id, &ServerMessage::Cancel(cancel));
                    self.cancel_reached(node, *key, *mode);
                }
            }
            Hint::Close(who, why) => self.close_lines(node, who, *why),
            Hint::Job(job) => {
                let server = &mut self.nodes[node];
                let life = server.life;
                if server.news.is_empty() {
                    server.news.insert(*job);
                    self.later(TOLD_AFTER_MS, What::TellNews(node, life));
                } else {
                    server.news.insert(*job);
                }
            }
            Hint::Events(key, _) => self.log_has_grown(node, key.job),
            Hint::Agent(_) | Hint::Robot(_) | Hint::Pairing(_) => {}
        }
    }

    fn close_lines(&mut self, node: usize, who: &Who, why: Why) {
        let (reason, running) = match why {
            Why::Revoked { running } => (
                GoodbyeReason::Revoked,
                Some(match running {
                    Running::Stop => RunningThen::Stop,
                    Running::Finish => RunningThen::Finish,
                }),
            ),
            Why::Replaced => (GoodbyeReason::Replaced, None),
            Why::SignedOut => (GoodbyeReason::SignedOut, None),
        };
        let goodbye = Goodbye {
            reason,
            reconnect_in_ms: None,
            running,
        };
        let concerned = |line: &Line| -> Option<bool> {
            let Some(Session::Agent(session)) = &line.session else {
                return None;
            };
            let connection = session.connection();
            match who {
                Who::Agent(agent) => (connection.agent == *agent).then_some(true),
                Who::AgentBelow {
                    agent,
                    below,
                    instance,
                } => (connection.agent == *agent && connection.number < *below)
                    .then_some(connection.instance != *instance),
                Who::Session(_) | Who::Token(_) => None,
            }
        };
        let lines = self.lines.iter().filter(|(_, line)| line.node == node);
        let lines: Vec<(LineId, bool)> = lines
            .filter_map(|(id, line)| Some((*id, concerned(line)?)))
            .collect();
        for (id, said) in lines {
            if said {
                self.push(id, &ServerMessage::Goodbye(goodbye.clone()));
            }
            self.send_down(id, Told::Closed);
        }
    }

    /// The lines of joined agents at a server.
    fn agents_at(
        &self,
        node: usize,
        which: impl Fn(&model::Connection, model::UserId) -> bool,
    ) -> Vec<LineId> {
        let at = self.lines.iter().filter(|(_, line)| {
            line.node == node && !line.cut && matches!(line.peer, Peer::Agent(..)) && line.joined
        });
        at.filter(|(_, line)| match &line.session {
            Some(Session::Agent(session)) => which(session.connection(), session.user()),
            // It is at something: the answer to its next renew tells again.
            Some(Session::Page(_)) | None => false,
        })
        .map(|(id, _)| *id)
        .collect()
    }
}
