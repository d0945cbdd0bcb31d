//! One schedule: a queue of what will happen, and the hands of the agents.

use std::collections::{BTreeMap, VecDeque};

use agent_core::{CallError, CallId, Closed, Effect, Input, Robot, SpoolPosition, TailOffsets};
use model::{AgentId, AttemptKey};

use super::computer::{Computer, Process};
use super::dice::Dice;
use super::judge::Judge;
use super::line::{Line, LineId};
use super::server::Server;
use super::workspace::{Supervisor, Workspace};
use crate::History;

/// How long things go wrong, and how long everything may take to end after that.
const TROUBLE_MS: u64 = 150_000;
const HEALING_MS: u64 = 1_800_000;
const SWEEP_MS: u64 = 5_000;

/// Something that will happen. Numbers of processes and lines tell whether it still can.
pub(super) enum What {
    Something,
    Heal,
    Sweep,
    ServerStarts,
    Start(usize),
    Connect(usize, u64),
    Wake(usize, u64),
    Closed(usize, u64),
    Synced(usize, u64, SpoolPosition, u64),
    Prepared(usize, u64, AttemptKey),
    Look(usize, u64, AttemptKey, TailOffsets),
    Upload(usize, u64, AttemptKey, usize),
    Robot(usize, AttemptKey),
    StartDoesNotCome(usize, AttemptKey),
    DiskHasRoom(usize),
    Up(LineId),
    Down(LineId),
    NoAnswer(LineId, CallId),
    Unsent(usize, u64, CallId),
}

pub(super) struct Simulation {
    pub(super) time: u64,
    queue: BTreeMap<(u64, u64), What>,
    pub(super) serial: u64,
    pub(super) dice: Dice,
    pub(super) server: Server,
    pub(super) computers: Vec<Computer>,
    pub(super) lines: BTreeMap<LineId, Line>,
    pub(super) away_until: Vec<u64>,
    pub(super) judge: Judge,
    pub(super) healed: bool,
    history: History,
}

impl Simulation {
    pub(super) fn new(seed: u64, history: History) -> Self {
        let server = Server::new();
        let mut dice = Dice::new(seed);
        let count = dice.between(1, 2);
        let computers: Vec<Computer> = (0..count)
            .map(|_| {
                let slots = u32::try_from(dice.between(1, 2)).unwrap();
                let drift = i64::try_from(dice.below(7_200_000)).unwrap() - 3_600_000;
                Computer::new(server.world.agent(), slots, drift)
            })
            .collect();
        let mut simulation = Self {
            time: 0,
            queue: BTreeMap::new(),
            serial: 0,
            dice,
            server,
            away_until: vec![0; computers.len()],
            computers,
            lines: BTreeMap::new(),
            judge: Judge::default(),
            healed: false,
            history,
        };
        for who in 0..simulation.computers.len() {
            simulation.later(0, What::Start(who));
        }
        simulation.later(SWEEP_MS, What::Sweep);
        simulation.later(1_000, What::Something);
        simulation.later(TROUBLE_MS, What::Heal);
        simulation
    }

    pub(super) fn run(mut self) {
        let mut at_this_time = 0;
        while let Some(((time, _), what)) = self.queue.pop_first() {
            at_this_time = if time == self.time {
                at_this_time + 1
            } else {
                0
            };
            assert!(at_this_time < 1_000, "something spins");
            let passed = i64::try_from(time - self.time).unwrap();
            self.server.world.pass(passed);
            self.time = time;
            self.happen(what);
            if self.healed && self.is_done() {
                return self.judge.close(&self.server);
            }
            if time > TROUBLE_MS + HEALING_MS {
                self.say_what_is_left();
            }
        }
        panic!("nothing happens any more");
    }

    fn is_done(&self) -> bool {
        let idle = |computer: &Computer| {
            computer.disk.is_empty()
                && computer
                    .process
                    .as_ref()
                    .is_some_and(|process| process.core.holding().count() == 0)
        };
        self.judge.has_everything_ended() && self.computers.iter().all(idle)
    }

    fn say_what_is_left(&self) {
        let jobs = self
            .judge
            .jobs
            .iter()
            .map(|job| self.server.world.job(*job).state);
        let jobs: Vec<_> = jobs.collect();
        let held: Vec<_> = self
            .computers
            .iter()
            .filter_map(|computer| computer.process.as_ref())
            .map(|process| format!("{:?}", process.core))
            .collect();
        panic!("something never ends: {jobs:#?} {held:#?}");
    }

    pub(super) fn note(&self, step: impl FnOnce() -> String) {
        self.history.note(|| format!("{:>7} {}", self.time, step()));
    }

    pub(super) fn later(&mut self, after: u64, what: What) {
        self.at(self.time + after, what);
    }

    pub(super) fn at(&mut self, time: u64, what: What) {
        self.serial += 1;
        self.queue.insert((time, self.serial), what);
    }

    fn happen(&mut self, what: What) {
        match what {
            What::Something => self.something_happens(),
            What::Heal => self.heal(),
            What::Sweep => {
                self.later(SWEEP_MS, What::Sweep);
                if self.server.up {
                    self.server.sweep();
                    self.pass_hints_on();
                    // Reading all jobs is what takes most time here.
                    if self.healed || self.dice.one_in(3) {
                        self.look();
                    }
                }
            }
            What::ServerStarts => {
                self.note(|| "the server starts".to_owned());
                self.server.start();
            }
            What::Start(who) => self.start(who),
            What::Connect(who, number) => self.connect(who, number),
            What::Wake(who, number) => {
                let wake = self.process(who, number).and_then(|process| process.wake);
                if wake == Some(self.time) {
                    self.give(who, Input::Tick);
                }
            }
            What::Closed(who, number) => self.give_to(who, number, Input::Closed(Closed::Broke)),
            What::Synced(who, number, position, to) => {
                if self.process(who, number).is_some() {
                    self.computers[who].disk.end_sync(to);
                    self.give(who, Input::Synced(position));
                }
            }
            What::Prepared(who, number, key) => self.prepared(who, number, key),
            What::Look(who, number, key, offsets) => self.look_into(who, number, key, offsets),
            What::Upload(who, number, key, file) => self.upload(who, number, key, file),
            What::Robot(who, key) => self.robot(who, key),
            What::StartDoesNotCome(who, key) => {
                let workspace = self.computers[who].workspaces.get_mut(&key);
                if let Some(workspace) = workspace
                    && workspace.supervisor == Supervisor::Waiting
                {
                    workspace.die();
                }
            }
            What::DiskHasRoom(who) => self.computers[who].disk.full = false,
            What::Up(line) => self.arrives_at_server(line),
            What::Down(line) => self.arrives_at_agent(line),
            What::NoAnswer(line, call) => self.no_answer(line, call),
            What::Unsent(who, number, call) => {
                self.give_to(who, number, Input::Answer(call, Err(CallError::Lost)));
            }
        }
    }

    /// No more faults: whatever is down starts.
    fn heal(&mut self) {
        self.note(|| "everything is healed".to_owned());
        self.healed = true;
        self.away_until.fill(0);
        for computer in &mut self.computers {
            computer.disk.full = false;
        }
    }

    fn look(&mut self) {
        let slots: BTreeMap<AgentId, u32> = self
            .computers
            .iter()
            .map(|computer| (computer.agent, computer.slots))
            .collect();
        self.judge.look(&self.server, &slots);
    }

    pub(super) fn process(&mut self, who: usize, number: u64) -> Option<&mut Process> {
        let process = self.computers[who].process.as_mut();
        process.filter(|process| process.number == number)
    }

    fn start(&mut self, who: usize) {
        if self.computers[who].process.is_some() {
            return;
        }
        let user = self.server.world.user.to_string();
        let computer = &mut self.computers[who];
        let number = computer.start(user);
        let workspaces = &computer.workspaces;
        let survey = |key: AttemptKey| workspaces.get(&key).map_or(Robot::Gone, Workspace::survey);
        let found = computer.disk.replay(survey);
        let count = found.len();
        if let Some(process) = &mut computer.process {
            process.found = found
                .iter()
                .map(|found| (found.key, found.offsets))
                .collect();
        }
        self.note(|| format!("#{who} starts and finds {count}"));
        self.give(who, Input::Found(found));
        self.later(50, What::Connect(who, number));
    }

    fn connect(&mut self, who: usize, number: u64) {
        if self
            .process(who, number)
            .is_none_or(|process| process.line.is_some())
        {
            return;
        }
        if !self.server.up || self.time < self.away_until[who] {
            let pause = self.dice.between(500, 3_000);
            return self.later(pause, What::Connect(who, number));
        }
        let computer = &mut self.computers[who];
        let session = self.server.handshake(computer.agent, &computer.instance());
        self.serial += 1;
        let id = self.serial;
        self.lines.insert(id, Line::new(who, session));
        if let Some(process) = self.process(who, number) {
            process.line = Some(id);
        }
        self.note(|| format!("#{who} connects"));
        self.give(who, Input::Connected);
    }

    pub(super) fn give_to(&mut self, who: usize, number: u64, input: Input) {
        if self.process(who, number).is_some() {
            self.give(who, input);
        }
    }

    /// Gives the mind an input and carries out what it wants.
    pub(super) fn give(&mut self, who: usize, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let clocks = self.computers[who].clocks(self.time);
            let Some(process) = self.computers[who].process.as_mut() else {
                return;
            };
            let shown = self.history.is_kept().then(|| format!("{input:?}"));
            let effects = process.core.handle(input, clocks);
            let wake = process.core.wake_at();
            assert!(
                wake.is_none_or(|wake| wake > clocks.monotonic),
                "it does not do what is due"
            );
            self.note(|| {
                let shown: String = shown.unwrap_or_default().chars().take(300).collect();
                let then: String = format!("{effects:?}").chars().take(500).collect();
                format!("#{who} {shown} -> {then}")
            });
            let mut not_spooled: Vec<AttemptKey> = Vec::new();
            for effect in effects {
                let Effect::Append(key, record) = effect else {
                    self.carry_out(who, effect);
                    continue;
                };
                let written = if not_spooled.contains(&key) {
                    Err("an earlier record did not fit".to_owned())
                } else {
                    self.computers[who].disk.append(key, record.clone())
                };
                if let Err(reason) = written {
                    not_spooled.push(key);
                    inputs.push_back(Input::NotSpooled {
                        key,
                        record,
                        reason,
                    });
                }
            }
        }
        self.set_alarm(who);
    }

    fn set_alarm(&mut self, who: usize) {
        let Some(process) = self.computers[who].process.as_mut() else {
            return;
        };
        let wake = process.core.wake_at().map(|wake| wake.as_millis());
        if wake != process.wake {
            process.wake = wake;
            let number = process.number;
            if let Some(wake) = wake {
                self.at(wake, What::Wake(who, number));
            }
        }
    }
}
