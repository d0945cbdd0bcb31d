//! Simple agents that keep the protocol.

use std::collections::BTreeMap;

use model::{AgentId, JobId};
use serde_json::{Value, json};
use sessions::AfterAgent;
use wire::ErrorCode;

use super::schedule::Schedule;
use crate::peers::{Line, event, held, named, success};
use crate::world::now_or_never;

/// The job and the number of an attempt.
pub(super) type Key = (JobId, u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Accepted,
    Running,
    Ended,
}

/// What an agent's disk says of an attempt.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record {
    pub(super) state: State,
    /// Events that were numbered.
    pub(super) seq: u64,
    /// Events that the server has acknowledged.
    pub(super) acknowledged: u64,
}

/// A process of an agent.
pub(super) struct Process {
    pub(super) agent: AgentId,
    pub(super) instance: String,
    pub(super) disk: BTreeMap<Key, Record>,
    pub(super) line: Option<Line>,
    pub(super) gone: bool,
}

/// A message that is on its way at a slow node; nobody waits for its answer.
pub(super) struct OnItsWay {
    pub(super) line: Line,
    pub(super) name: &'static str,
    pub(super) body: Value,
}

impl Schedule {
    /// One thing that a process of an agent does.
    pub(super) fn act(&mut self, at: usize) {
        if self.processes[at].gone {
            return;
        }
        if self.processes[at].line.is_none() {
            return self.join(at);
        }
        let keys: Vec<Key> = self.processes[at].disk.keys().copied().collect();
        match self.dice.below(6) {
            0 => self.claim(at),
            1 => self.renew(at),
            _ => match self.dice.pick(&keys) {
                Some(key) => self.go_on(at, key),
                None => self.claim(at),
            },
        }
    }

    /// Says it; nothing comes back if the answer is lost or the message is late.
    fn say(
        &mut self,
        at: usize,
        name: &'static str,
        body: Value,
    ) -> Option<Result<Value, ErrorCode>> {
        let mut line = self.processes[at].line.take().unwrap();
        if self.dice.one_in(12) {
            // Cut: it is carried out later, or never.
            self.on_their_way.push(OnItsWay { line, name, body });
            return None;
        }
        let answer = line.say(&self.world, name, body);
        if self.dice.one_in(12) {
            return None;
        }
        let code = answer.as_ref().err().map(|error| error.code);
        if matches!(code, Some(ErrorCode::Replaced | ErrorCode::Revoked)) {
            self.processes[at].gone = true;
        } else if line.then != AfterAgent::Close {
            self.processes[at].line = Some(line);
        }
        Some(answer.map_err(|error| error.code))
    }

    fn join(&mut self, at: usize) {
        let process = &self.processes[at];
        let line = Line::new(&self.world, process.agent, &process.instance);
        let holding: Vec<Value> = process
            .disk
            .iter()
            .map(|(key, record)| {
                let state = match record.state {
                    State::Accepted => "accepted",
                    State::Running => "running",
                    State::Ended => "ended",
                };
                held(*key, state, record.seq)
            })
            .collect();
        self.processes[at].line = Some(line);
        let body = json!({"userId": self.world.user, "slots": 2, "version": "0.1.0",
            "os": "linux", "host": "h", "holding": holding});
        let Some(Ok(told)) = self.say(at, "join", body) else {
            self.processes[at].line = None;
            return;
        };
        let kept: BTreeMap<Key, u64> = entries(&told["keep"])
            .map(|entry| (key_of(entry), entry["upTo"].as_u64().unwrap()))
            .collect();
        let answered = kept.len() + entries(&told["drop"]).count();
        let disk = &mut self.processes[at].disk;
        assert_eq!(answered, disk.len(), "each entry is answered once: {told}");
        for (key, up_to) in kept {
            let record = disk.get_mut(&key).unwrap();
            if record.state != State::Accepted {
                // What was lost is a gap behind what is stored.
                let lost = u64::from(record.seq < up_to);
                record.seq = record.seq.max(up_to) + lost;
                record.acknowledged = up_to;
            }
        }
        self.drop_told(at, &told);
    }

    fn drop_told(&mut self, at: usize, told: &Value) {
        for entry in entries(&told["drop"]) {
            self.processes[at].disk.remove(&key_of(entry));
        }
    }

    fn claim(&mut self, at: usize) {
        self.fresh += 1;
        let id = format!("claim-{}", self.fresh);
        let free = 2 - self.processes[at].disk.len().min(2);
        let Some(Ok(told)) = self.say(at, "claim", json!({"claimId": id, "free": free})) else {
            return;
        };
        for offer in entries(&told["offers"]) {
            let fresh = Record {
                state: State::Accepted,
                seq: 0,
                acknowledged: 0,
            };
            let before = self.processes[at].disk.insert(key_of(offer), fresh);
            assert!(before.is_none(), "a number is offered once");
        }
    }

    fn renew(&mut self, at: usize) {
        let running: Vec<Value> = self.processes[at]
            .disk
            .keys()
            .map(|key| named(*key))
            .collect();
        let body = json!({"running": running, "free": 0});
        if let Some(Ok(told)) = self.say(at, "renew", body) {
            self.drop_told(at, &told);
        }
    }

    fn go_on(&mut self, at: usize, key: Key) {
        let record = self.processes[at].disk[&key];
        match record.state {
            State::Accepted if self.dice.one_in(6) => self.decline(at, key),
            State::Accepted => self.confirm(at, key),
            State::Running if self.dice.one_in(3) => {
                self.processes[at].disk.get_mut(&key).unwrap().state = State::Ended;
            }
            State::Running => {
                self.processes[at].disk.get_mut(&key).unwrap().seq += self.dice.below(3);
                self.deliver(at, key);
            }
            State::Ended if record.acknowledged < record.seq => self.deliver(at, key),
            State::Ended => self.finish(at, key),
        }
    }

    fn decline(&mut self, at: usize, (job, attempt): Key) {
        let body = json!({"jobId": job, "attempt": attempt, "reason": "not_now"});
        let answer = self.say(at, "decline", body);
        if let Some(Ok(_) | Err(ErrorCode::StaleAttempt)) = answer {
            self.processes[at].disk.remove(&(job, attempt));
        }
    }

    fn confirm(&mut self, at: usize, key: Key) {
        match self.say(at, "confirm", named(key)) {
            Some(Ok(_)) => {
                self.processes[at].disk.get_mut(&key).unwrap().state = State::Running;
                self.starts.entry(key.0).or_default().push(key.1);
            }
            Some(Err(ErrorCode::StaleAttempt)) => {
                self.processes[at].disk.remove(&key);
            }
            Some(Err(_)) | None => {}
        }
    }

    fn deliver(&mut self, at: usize, (job, attempt): Key) {
        let record = self.processes[at].disk[&(job, attempt)];
        if record.acknowledged >= record.seq {
            return;
        }
        let first = record.acknowledged + 1;
        let events: Vec<Value> = (first..=record.seq).map(event).collect();
        let body = json!({"jobId": job, "attempt": attempt, "first": first, "events": events});
        match self.say(at, "events", body) {
            Some(Ok(told)) => {
                let record = self.processes[at].disk.get_mut(&(job, attempt)).unwrap();
                record.acknowledged = told["upTo"].as_u64().unwrap();
                record.seq = record.seq.max(record.acknowledged);
            }
            Some(Err(ErrorCode::StaleAttempt)) => panic!("what was confirmed may be delivered"),
            // Of a copied agent: the other one has finished.
            Some(Err(ErrorCode::Conflict)) => {
                let record = self.processes[at].disk.get_mut(&(job, attempt)).unwrap();
                record.state = State::Ended;
                record.seq = record.acknowledged;
            }
            Some(Err(_)) | None => {}
        }
    }

    fn finish(&mut self, at: usize, (job, attempt): Key) {
        let key = (job, attempt);
        let last_seq = self.processes[at].disk[&key].seq;
        let outcome = if self.dice.one_in(3) {
            json!({"kind": "failed", "failure": "agent_lost", "message": "m"})
        } else {
            success()
        };
        let body =
            json!({"jobId": job, "attempt": attempt, "lastSeq": last_seq, "outcome": outcome});
        match self.say(at, "finish", body) {
            Some(Ok(told)) => {
                let first = self
                    .first_outcomes
                    .entry(key)
                    .or_insert_with(|| told["outcome"].clone());
                assert_eq!(*first, told["outcome"], "the first outcome stands");
                self.processes[at].disk.remove(&key);
            }
            // Of a copied agent: the other one has told more.
            Some(Err(ErrorCode::Invalid)) => {
                let stored = now_or_never(self.world.store.stored_to(job, attempt)).unwrap();
                let record = self.processes[at].disk.get_mut(&key).unwrap();
                (record.seq, record.acknowledged) = (stored, stored);
            }
            Some(Err(ErrorCode::StaleAttempt)) => panic!("what was confirmed may be finished"),
            Some(Err(_)) | None => {}
        }
    }
}

fn entries(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().unwrap().iter()
}

fn key_of(entry: &Value) -> Key {
    let attempt = entry["attempt"].as_u64().unwrap();
    (
        entry["jobId"].as_str().unwrap().parse().unwrap(),
        u32::try_from(attempt).unwrap(),
    )
}
