//! One schedule: a queue of what will happen, and the hands of the agents.

use std::collections::{BTreeMap, VecDeque};

use agent_core::{
    Artifact, CallError, CallId, Closed, Effect, ExitReason, Input, PrepareFailure, Robot,
    RobotNews, SpoolPosition, TailOffsets,
};
use model::{AgentId, ArtifactId, AttemptKey, Failure, ObjectId};
use sessions::AfterAgent;
use wire::agent::{AgentMessage, Cancel, Events, Goodbye, GoodbyeReason, ServerMessage};
use wire::event::RawEvent;

use super::History;
use super::computer::Computer;
use super::dice::Dice;
use super::judge::Judge;
use super::line::{Line, LineId, Said};
use super::rules::Hint;
use super::server::{Server, read_answer};
use super::workspace::{Supervisor, Workspace};

/// How long things go wrong, and how long everything may take to end after that.
const TROUBLE_MS: u64 = 150_000;
const HEALING_MS: u64 = 1_800_000;
const SWEEP_MS: u64 = 5_000;
/// How long an answer is waited for.
const ANSWERS_LAST_MS: u64 = 10_000;
/// A supervisor waits for `start` this long.
const WAITS_FOR_START_MS: u64 = 600_000;
const FILES: [&str; 2] = ["log.html", "output.xml"];

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
    serial: u64,
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

    fn at(&mut self, time: u64, what: What) {
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

    // The agents' processes.

    fn process(&mut self, who: usize, number: u64) -> Option<&mut super::computer::Process> {
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

    fn give_to(&mut self, who: usize, number: u64, input: Input) {
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

    fn carry_out(&mut self, who: usize, effect: Effect) {
        let Some(process) = self.computers[who].process.as_mut() else {
            return;
        };
        let number = process.number;
        match effect {
            Effect::Append(..) | Effect::Tell(_) | Effect::Check => {}
            Effect::Call(call, message) => self.call(who, call, &message),
            Effect::SendEvents {
                call,
                key,
                first,
                last,
                replaced,
            } => {
                assert!(replaced.is_empty(), "the server refuses no event of ours");
                let events = self.computers[who].disk.read(key, first, last, 5);
                let events = events
                    .into_iter()
                    .map(|event| RawEvent::from_json(event.0).unwrap());
                let batch = Events {
                    job_id: key.job.into(),
                    attempt: key.attempt,
                    first,
                    events: events.collect(),
                };
                self.call(who, call, &AgentMessage::Events(batch));
            }
            Effect::Sync(position) => {
                let to = self.computers[who].disk.begin_sync();
                let takes = if self.dice.one_in(20) {
                    3_000
                } else {
                    self.dice.between(1, 30)
                };
                self.later(takes, What::Synced(who, number, position, to));
            }
            Effect::Trim(key, up_to) => self.computers[who].disk.trim(key, up_to),
            Effect::Prepare(prepare) => {
                let takes = if self.dice.one_in(10) {
                    40_000
                } else {
                    self.dice.between(5, 2_000)
                };
                self.later(takes, What::Prepared(who, number, prepare.key));
            }
            Effect::Start(start) => self.start_robot(who, number, start.key),
            Effect::Resume(key) => self.watch(who, number, key),
            Effect::Control(key, mode) => {
                if let Some(workspace) = self.computers[who].workspaces.get_mut(&key) {
                    workspace.control(mode);
                }
            }
            Effect::Upload { key, known } => {
                process.uploading.insert(key);
                let file = FILES
                    .iter()
                    .position(|file| !known.iter().any(|name| name == file));
                let takes = self.dice.between(10, 3_000);
                self.later(
                    takes,
                    What::Upload(who, number, key, file.unwrap_or(FILES.len())),
                );
            }
            Effect::StopUploads(key) => {
                process.uploading.remove(&key);
            }
            Effect::Forget(key) => {
                self.computers[who].disk.forget(key);
                self.computers[who].workspaces.remove(&key);
            }
            Effect::SetAside(key) => {
                self.judge.set_aside(&self.server, key);
                self.computers[who].disk.forget(key);
                self.computers[who].workspaces.remove(&key);
            }
            Effect::Reconnect => self.break_line(who),
            Effect::Exit(reason) => {
                assert_eq!(reason, ExitReason::Done, "nobody else has its key");
                self.hang_up(who);
                self.computers[who].process = None;
                let away = self.dice.between(500, 5_000);
                self.later(away, What::Start(who));
            }
        }
    }

    // The agents' hands.

    fn prepared(&mut self, who: usize, number: u64, key: AttemptKey) {
        if self.process(who, number).is_none() {
            return;
        }
        let held = |process: &super::computer::Process| {
            process.core.holding().any(|(held, _)| held == key)
        };
        if !self
            .process(who, number)
            .is_some_and(|process| held(process))
        {
            return;
        }
        let result = if !self.healed && self.dice.one_in(12) {
            Err(PrepareFailure {
                failure: Failure::Environment,
                message: "the package could not be had".to_owned(),
            })
        } else {
            let workspace = Workspace::new(&mut self.dice);
            let workspaces = &mut self.computers[who].workspaces;
            workspaces
                .entry(key)
                .and_modify(|old| {
                    if old.supervisor == Supervisor::Dead && old.said.is_empty() {
                        *old = Workspace::new(&mut Dice::new(number));
                    }
                })
                .or_insert(workspace);
            self.later(WAITS_FOR_START_MS, What::StartDoesNotCome(who, key));
            Ok(())
        };
        self.give(who, Input::Prepared(key, result));
    }

    fn start_robot(&mut self, who: usize, number: u64, key: AttemptKey) {
        let workspace = self.computers[who].workspaces.get_mut(&key);
        if workspace.is_some_and(Workspace::start) {
            self.judge.started(key);
            let pause = self.dice.between(100, 3_000);
            self.later(pause, What::Robot(who, key));
        }
        self.watch(who, number, key);
    }

    /// The robot goes on, whether its agent lives or not.
    fn robot(&mut self, who: usize, key: AttemptKey) {
        let Some(workspace) = self.computers[who].workspaces.get_mut(&key) else {
            return;
        };
        let goes_on = workspace.go_on(&mut self.dice);
        let outcome = match &workspace.supervisor {
            Supervisor::Ended(outcome) => Some(outcome),
            _ => None,
        };
        self.judge.robot(key, workspace.said.len(), outcome);
        if goes_on {
            let pause = self.dice.between(100, 8_000);
            self.later(pause, What::Robot(who, key));
        }
    }

    fn watch(&mut self, who: usize, number: u64, key: AttemptKey) {
        let Some(process) = self.process(who, number) else {
            return;
        };
        let offsets = process.found.get(&key).copied();
        assert!(process.watched.insert(key), "{key} is watched twice");
        self.later(
            100,
            What::Look(who, number, key, offsets.unwrap_or_default()),
        );
    }

    fn look_into(&mut self, who: usize, number: u64, key: AttemptKey, offsets: TailOffsets) {
        let held = self
            .process(who, number)
            .is_some_and(|process| process.core.holding().any(|(held, _)| held == key));
        if !held {
            return;
        }
        let Some(workspace) = self.computers[who].workspaces.get(&key) else {
            return self.give(who, Input::Robot(key, RobotNews::Died));
        };
        let supervisor = workspace.supervisor.clone();
        let read = usize::try_from(offsets.events).unwrap();
        let to = workspace.said.len().min(read + self.dice.index(6) + 1);
        let events = workspace.said[read..to].to_vec();
        let all = to == workspace.said.len();
        let offsets = TailOffsets {
            events: u64::try_from(to).unwrap(),
            ..offsets
        };
        if !events.is_empty() {
            self.give(
                who,
                Input::Robot(key, RobotNews::Events { events, offsets }),
            );
        }
        match supervisor {
            Supervisor::Ended(outcome) if all => {
                self.give_to(who, number, Input::Robot(key, RobotNews::Ended(outcome)));
            }
            Supervisor::Dead if all => {
                self.give_to(who, number, Input::Robot(key, RobotNews::Died));
            }
            _ => {
                let pause = self.dice.between(100, 1_500);
                self.later(pause, What::Look(who, number, key, offsets));
            }
        }
    }

    fn upload(&mut self, who: usize, number: u64, key: AttemptKey, file: usize) {
        let Some(process) = self.process(who, number) else {
            return;
        };
        if !process.uploading.contains(&key) {
            return;
        }
        if process.line.is_none() {
            return self.later(5_000, What::Upload(who, number, key, file));
        }
        let Some(name) = FILES.get(file) else {
            process.uploading.remove(&key);
            return self.give(who, Input::UploadsDone(key));
        };
        self.serial += 1;
        let id = ObjectId::from_parts(
            self.computers[who].clocks(self.time).now,
            self.serial.to_be_bytes(),
        );
        let stored = Artifact::Stored {
            id: ArtifactId(id),
            name: (*name).to_owned(),
            size_bytes: 10,
            media_type: "text/html".to_owned(),
        };
        self.give(who, Input::Uploaded(key, stored));
        // Now and then a file never comes to its end.
        if !self.dice.one_in(40) {
            let takes = self.dice.between(10, 3_000);
            self.later(takes, What::Upload(who, number, key, file + 1));
        }
    }

    // The lines.

    fn call(&mut self, who: usize, call: CallId, message: &AgentMessage) {
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

    fn arrives_at_server(&mut self, id: LineId) {
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

    fn arrives_at_agent(&mut self, id: LineId) {
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

    fn no_answer(&mut self, id: LineId, call: CallId) {
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
