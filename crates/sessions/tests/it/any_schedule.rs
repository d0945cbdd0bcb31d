//! Random schedules of plays, claims, crashes, power cuts, copies of disks, late messages, lost
//! answers and passing time, against promises that are checked at every step.
//!
//! The agents are simple ones that keep the protocol: a record on a disk for what they hold, a
//! start only after an answered confirmation. A failure names its seed; `ARKWRIGHT_SEEDS` sets how
//! many are tried.

use std::collections::{BTreeMap, BTreeSet};

use model::{AgentId, JobId, JobState, Status, StopMode};
use serde_json::{Value, json};
use sessions::AfterAgent;
use store::agents::Running;
use wire::ErrorCode;

use crate::peers::{Line, event, held, named, success};
use crate::world::{World, now_or_never};

const SEEDS: u64 = 40;
const STEPS: u32 = 160;

type Key = (JobId, u32);

#[test]
fn no_schedule_breaks_a_promise() {
    let seeds = std::env::var("ARKWRIGHT_SEEDS").ok();
    let seeds = seeds.and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS);
    for seed in 1..=seeds {
        let run = std::panic::catch_unwind(|| Schedule::new(seed).run());
        if let Err(reason) = run {
            eprintln!("seed {seed}");
            std::panic::resume_unwind(reason);
        }
    }
}

/// Randomness that a seed repeats (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }

    fn one_in(&mut self, most: u64) -> bool {
        self.below(most) == 0
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        let len = u64::try_from(of.len()).unwrap();
        let at = usize::try_from(self.below(len.max(1))).unwrap();
        of.get(at).cloned()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Accepted,
    Running,
    Ended,
}

/// What an agent's disk says of an attempt.
#[derive(Debug, Clone, Copy)]
struct Record {
    state: State,
    /// Events that were numbered.
    seq: u64,
    /// Events that the server has acknowledged.
    acknowledged: u64,
}

/// A process of an agent.
struct Process {
    agent: AgentId,
    instance: String,
    disk: BTreeMap<Key, Record>,
    line: Option<Line>,
    gone: bool,
}

/// A message that is on its way at a slow node; nobody waits for its answer.
struct OnItsWay {
    line: Line,
    name: &'static str,
    body: Value,
}

struct Schedule {
    world: World,
    dice: Dice,
    jobs: Vec<JobId>,
    processes: Vec<Process>,
    on_their_way: Vec<OnItsWay>,
    fresh: u64,
    starts: BTreeMap<JobId, Vec<u32>>,
    /// Jobs whose end was asked for, and how many starts they had then.
    cancelled: BTreeMap<JobId, usize>,
    ended: BTreeMap<JobId, JobState>,
    first_outcomes: BTreeMap<Key, Value>,
    revs: BTreeMap<JobId, u64>,
    removed: BTreeSet<AgentId>,
}

impl Schedule {
    fn new(seed: u64) -> Self {
        let world = World::new();
        let agents = [world.agent(), world.agent()];
        let mut schedule = Self {
            world,
            dice: Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
            jobs: Vec::new(),
            processes: Vec::new(),
            on_their_way: Vec::new(),
            fresh: 0,
            starts: BTreeMap::new(),
            cancelled: BTreeMap::new(),
            ended: BTreeMap::new(),
            first_outcomes: BTreeMap::new(),
            revs: BTreeMap::new(),
            removed: BTreeSet::new(),
        };
        for agent in agents {
            let process = schedule.process(agent, BTreeMap::new());
            schedule.processes.push(process);
        }
        schedule
    }

    fn process(&mut self, agent: AgentId, disk: BTreeMap<Key, Record>) -> Process {
        self.fresh += 1;
        Process {
            agent,
            instance: format!("process-{}", self.fresh),
            disk,
            line: None,
            gone: false,
        }
    }

    fn run(mut self) {
        for _ in 0..STEPS {
            self.step();
            self.check();
        }
        self.heal();
    }

    fn step(&mut self) {
        match self.dice.below(30) {
            0 | 1 if self.jobs.len() < 8 => self.play(),
            2 => self.cancel(),
            3..=5 => {
                let millis = i64::try_from(self.dice.below(40_000)).unwrap();
                self.world.pass(millis);
                self.world.sweep();
            }
            6 => self.crash(),
            7 => self.carry_out_late(),
            8 if self.dice.one_in(3) => self.copy(),
            9 if self.dice.one_in(12) => self.revoke(),
            _ => {
                let count = u64::try_from(self.processes.len()).unwrap();
                let at = usize::try_from(self.dice.below(count)).unwrap();
                self.act(at);
            }
        }
    }

    fn play(&mut self) {
        let robot = if self.dice.one_in(2) {
            self.world.repeatable_robot()
        } else {
            self.world.robot()
        };
        self.world.pass(1);
        self.jobs.push(self.world.play(robot));
    }

    fn cancel(&mut self) {
        let Some(job) = self.dice.pick(&self.jobs) else {
            return;
        };
        let (user, by, now) = (self.world.user, self.world.actor(), self.world.now());
        let mode = if self.dice.one_in(2) {
            StopMode::Stop
        } else {
            StopMode::Kill
        };
        if now_or_never(self.world.dispatch.cancel(user, by, job, mode, now)).is_ok() {
            let starts = self.starts.get(&job).map_or(0, Vec::len);
            let executing = self.world.job(job).status() == Status::Executing;
            // The confirmed attempt may be about to start.
            self.cancelled
                .entry(job)
                .or_insert(starts + usize::from(executing));
        }
    }

    fn revoke(&mut self) {
        let agents: Vec<AgentId> = self.processes.iter().map(|p| p.agent).collect();
        let living: BTreeSet<AgentId> = agents.into_iter().collect();
        let living: Vec<AgentId> = living.difference(&self.removed).copied().collect();
        // One must stay, for everything has to end.
        if living.len() < 2 {
            return;
        }
        let agent = self.dice.pick(&living).unwrap();
        let (user, now) = (self.world.user, self.world.now());
        let revoke = self.world.dispatch.revoke(user, agent, Running::Stop, now);
        now_or_never(revoke).unwrap();
        self.removed.insert(agent);
        for process in &mut self.processes {
            process.gone |= process.agent == agent;
        }
    }

    /// The process dies; with luck the disk keeps its last words.
    fn crash(&mut self) {
        let count = u64::try_from(self.processes.len()).unwrap();
        let at = usize::try_from(self.dice.below(count)).unwrap();
        if self.processes[at].gone {
            return;
        }
        let mut disk = self.processes[at].disk.clone();
        if self.dice.one_in(2) {
            for record in disk.values_mut() {
                if record.state == State::Running && self.dice.one_in(3) {
                    // The start was not synced.
                    *record = Record {
                        state: State::Accepted,
                        seq: 0,
                        acknowledged: 0,
                    };
                }
                record.seq = record.seq.min(record.acknowledged.max(1) - 1);
            }
        }
        let agent = self.processes[at].agent;
        self.processes[at] = self.process(agent, disk);
    }

    /// The disk is copied to a second computer, or an image of it is restored.
    fn copy(&mut self) {
        if self.processes.len() >= 4 {
            return;
        }
        let count = u64::try_from(self.processes.len()).unwrap();
        let at = usize::try_from(self.dice.below(count)).unwrap();
        if !self.processes[at].gone {
            let (agent, disk) = (self.processes[at].agent, self.processes[at].disk.clone());
            let copy = self.process(agent, disk);
            self.processes.push(copy);
        }
    }

    fn carry_out_late(&mut self) {
        if let Some(OnItsWay {
            mut line,
            name,
            body,
        }) = self.on_their_way.pop()
        {
            let _ = line.say(&self.world, name, body);
        }
    }

    /// One thing that a process of an agent does.
    fn act(&mut self, at: usize) {
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

    fn check(&mut self) {
        let mut held: BTreeMap<AgentId, usize> = BTreeMap::new();
        for id in &self.jobs {
            let job = self.world.job(*id);
            let starts = self.starts.get(id).cloned().unwrap_or_default();
            let different: BTreeSet<u32> = starts.iter().copied().collect();
            assert_eq!(different.len(), starts.len(), "an attempt starts once");
            if !job.settings.repeatable {
                assert!(starts.len() <= 1, "never twice without its owner's word");
            }
            assert!(starts.len() <= 3, "so many attempts and no more");
            if let Some(allowed) = self.cancelled.get(id) {
                assert!(starts.len() <= *allowed, "a cancelled robot starts anew");
            }
            if let Some(holder) = job.holder() {
                *held.entry(holder).or_default() += 1;
            }
            let rev = self.revs.insert(*id, job.rev).unwrap_or(0);
            assert!(job.rev >= rev, "a revision never falls");
            if let Some(before) = self.ended.get(id) {
                assert_eq!(*before, job.state, "what has ended stays ended");
            } else if let JobState::Ended { .. } = job.state {
                self.ended.insert(*id, job.state.clone());
            }
            // Reading whole logs is slow, and a hole would stay.
            for n in (1..=job.last_attempt).filter(|_| self.dice.one_in(16)) {
                let read =
                    now_or_never(self.world.store.events(*id, n, 0, 10_000, 1 << 24)).unwrap();
                let stored = now_or_never(self.world.store.stored_to(*id, n)).unwrap();
                let count = u64::try_from(read.events.len()).unwrap();
                assert_eq!(count, stored, "a log has no hole");
            }
        }
        for (agent, count) in held {
            assert!(count <= 2, "{agent:?} holds more than its slots");
        }
    }

    /// No more faults: whatever is down starts, robots end, and everything must come to its end.
    fn heal(mut self) {
        while !self.on_their_way.is_empty() {
            self.carry_out_late();
            self.check();
        }
        // Of the copies of an agent the first one stays, as its owner decides.
        let mut seen = BTreeSet::new();
        for at in 0..self.processes.len() {
            let agent = self.processes[at].agent;
            let first = seen.insert(agent) && !self.removed.contains(&agent);
            if !first {
                self.processes[at].gone = true;
                continue;
            }
            let disk = self.processes[at].disk.clone();
            self.processes[at] = self.process(agent, disk);
        }
        for _ in 0..400 {
            self.world.pass(1_000);
            self.world.sweep();
            for at in 0..self.processes.len() {
                if self.processes[at].gone {
                    continue;
                }
                for _ in 0..3 {
                    self.act(at);
                }
            }
            self.carry_out_late();
            self.check();
            let open = self.jobs.iter().any(|job| !self.ended.contains_key(job));
            let held = self
                .processes
                .iter()
                .any(|process| !process.gone && !process.disk.is_empty());
            if !open && !held {
                return;
            }
        }
        let states: Vec<_> = self
            .jobs
            .iter()
            .map(|job| self.world.job(*job).state)
            .collect();
        panic!("something never ends: {states:#?}");
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
