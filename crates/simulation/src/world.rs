//! One seed: the queue of what will happen, and everything that it happens to.

use std::collections::BTreeMap;
use std::sync::Arc;

use agent_core::{Closed, Input, JoinRefused, SpoolPosition, TailOffsets};
use model::{AttemptKey, RobotId, UserId};

use crate::computer::{Computer, Files, Process};
use crate::dice::Dice;
use crate::line::{Line, LineId};
use crate::node::Node;
use crate::page::Page;
use crate::plan::{Fault, Kind, TROUBLE_MS};
use crate::promises::Outcomes;
use crate::record::Record;
use crate::rules::World as Rules;
use crate::tasks::Task;
use crate::testimony::Testimony;
use crate::{Broken, Figures, Options};

/// How long everything may take to end after nothing goes wrong any more.
const HEALING_MS: u64 = 1_800_000;
/// How long everything must have ended before the end is looked at.
const SETTLES_MS: u64 = 20_000;
const SWEEP_MS: u64 = 2_000;
/// The most that may happen at one moment.
const MOST_AT_ONCE: u64 = 2_000;

/// Something that will happen. Numbers of processes and lines tell whether it still can.
#[derive(Debug)]
pub(crate) enum What {
    Fault(Fault),
    Snapshot(u32, u64),
    Play,
    Heal,
    EndWhatIsLeft,
    Close,
    Sweep(usize, u64),
    TellNews(usize, u64),
    NodeStarts(usize),
    Poll(u64),
    Mood(usize),
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
    Arrived(LineId),
    Down(LineId),
    NoAnswer(LineId, u64),
    Unsent(usize, u64, u64),
    PageConnects(usize),
    PageLooks(usize),
}

pub(crate) struct World {
    pub(crate) time: u64,
    queue: BTreeMap<(u64, u64), What>,
    pub(crate) serial: u64,
    pub(crate) dice: Dice,
    pub(crate) rules: Rules,
    pub(crate) robots: Vec<(UserId, RobotId, bool)>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) computers: Vec<Computer>,
    pub(crate) pages: Vec<Page>,
    pub(crate) lines: BTreeMap<LineId, Line>,
    pub(crate) tasks: BTreeMap<u64, Task>,
    pub(crate) snapshots: BTreeMap<u32, (usize, Files)>,
    /// Computers and pages with this remainder reach only servers with the same, until then.
    pub(crate) split_until: u64,
    pub(crate) answers_lost_until: u64,
    pub(crate) slow_lines_until: u64,
    /// How far the servers' clocks jumped: what one of them has put off until a time, another one
    /// puts off for as much longer.
    pub(crate) clocks_apart_ms: u64,
    pub(crate) plays_left: u64,
    pub(crate) testimony: Testimony,
    pub(crate) outcomes: Outcomes,
    pub(crate) healed: bool,
    closing: bool,
    closed: bool,
    pub(crate) broken: Option<Broken>,
    pub(crate) figures: Figures,
    pub(crate) record: Record,
}

impl World {
    pub(crate) fn new(seed: u64, faults: &[Fault], options: &Options, record: Record) -> Self {
        let mut dice = Dice::new(seed);
        let mut rules = Rules::new();
        let mut users = vec![rules.user];
        if dice.one_in(2) {
            users.push(rules.new_user("ben"));
        }
        let mut robots = Vec::new();
        let mut computers = Vec::new();
        let mut pages = Vec::new();
        for user in users {
            rules.user = user;
            robots.push((user, rules.robot(), false));
            robots.push((user, rules.repeatable_robot(), true));
            for n in 0..dice.between(1, 2) {
                // The first one is never removed, and fits every job.
                let labels: &[&str] = if n == 0 { &["sap"] } else { &[] };
                let agent = rules.agent_named(&format!("PC-{n}"), labels);
                let key = crate::rules::now_or_never(rules.store.agent(agent));
                let key = key.unwrap().unwrap().key_hash;
                computers.push(Computer::new(agent, key, user, &mut dice));
            }
            for _ in 0..dice.between(1, 2) {
                pages.push(Page::new(user));
            }
        }
        let nodes = (0..dice.between(1, 3))
            .map(|number| Node::new(number + 1, &rules.store, &mut dice))
            .collect();
        let mut world = Self {
            time: 0,
            queue: BTreeMap::new(),
            serial: 0,
            plays_left: dice.between(2, 8),
            dice,
            rules,
            robots,
            nodes,
            computers,
            pages,
            lines: BTreeMap::new(),
            tasks: BTreeMap::new(),
            snapshots: BTreeMap::new(),
            split_until: 0,
            answers_lost_until: 0,
            slow_lines_until: 0,
            clocks_apart_ms: 0,
            testimony: Testimony::default(),
            outcomes: Outcomes::default(),
            healed: false,
            closing: false,
            closed: false,
            broken: None,
            figures: Figures::default(),
            record,
        };
        world.tell_limits();
        world.begin(faults, options);
        world
    }

    fn begin(&mut self, faults: &[Fault], options: &Options) {
        for who in 0..self.computers.len() {
            self.later(0, What::Start(who));
        }
        for node in 0..self.nodes.len() {
            self.later(SWEEP_MS, What::Sweep(node, 1));
        }
        for page in 0..self.pages.len() {
            self.later(10, What::PageConnects(page));
        }
        for fault in faults.iter().filter(|fault| options.wants(fault)) {
            self.at(fault.at_ms, What::Fault(*fault));
            if matches!(fault.kind, Kind::RolledBack | Kind::Copied) {
                let before = fault.at_ms.saturating_sub(1 + fault.salt % 30_000);
                self.at(before, What::Snapshot(fault.index, fault.salt));
            }
        }
        self.later(1_000, What::Play);
        self.later(TROUBLE_MS, What::Heal);
    }

    /// Runs until everything has ended, or a promise is broken.
    pub(crate) fn run(&mut self) {
        let mut at_this_time = 0;
        while let Some(((time, _), what)) = self.queue.pop_first() {
            at_this_time = if time == self.time {
                at_this_time + 1
            } else {
                0
            };
            if at_this_time > MOST_AT_ONCE {
                return self.breaks("time goes on", format!("{what:?}"));
            }
            self.time = time;
            self.figures.steps += 1;
            self.happen(what);
            if self.broken.is_some() {
                return;
            }
            if self.closed {
                return;
            }
            if self.healed && !self.closing && self.is_done() {
                // What is on its way arrives.
                self.closing = true;
                self.later(SETTLES_MS, What::Close);
            }
            if time > self.healthy_from() + HEALING_MS + self.clocks_apart_ms {
                let left = self.what_is_left();
                return self.breaks("everything ends", left);
            }
        }
    }

    pub(crate) fn note(&mut self, step: impl FnOnce() -> String) {
        self.record.note(self.time, step);
    }

    pub(crate) fn later(&mut self, after: u64, what: What) {
        self.at(self.time + after, what);
    }

    pub(crate) fn at(&mut self, time: u64, what: What) {
        self.serial += 1;
        self.queue.insert((time, self.serial), what);
    }

    /// From when on nothing is wrong any more: whoever sleeps has woken.
    fn healthy_from(&self) -> u64 {
        let computers = self.computers.iter().map(|it| it.asleep_until);
        let nodes = self.nodes.iter().map(|it| it.asleep_until);
        computers
            .chain(nodes)
            .max()
            .map_or(TROUBLE_MS, |last| last.max(TROUBLE_MS))
    }

    /// Whom it concerns, if it cannot happen while that one sleeps.
    fn sleeper(&self, what: &What) -> u64 {
        match what {
            What::Wake(who, _)
            | What::Start(who)
            | What::Connect(who, _)
            | What::Closed(who, _)
            | What::Synced(who, ..)
            | What::Prepared(who, ..)
            | What::Look(who, ..)
            | What::Upload(who, ..)
            | What::Robot(who, _)
            | What::StartDoesNotCome(who, _)
            | What::Unsent(who, ..) => self.computers[*who].asleep_until,
            What::Sweep(node, _) | What::TellNews(node, _) => self.nodes[*node].asleep_until,
            What::Poll(task) => self
                .tasks
                .get(task)
                .map_or(0, |task| self.nodes[task.node].asleep_until),
            What::Arrived(line) => self
                .lines
                .get(line)
                .map_or(0, |line| self.nodes[line.node].asleep_until),
            What::Down(line) | What::NoAnswer(line, _) => match self.lines.get(line) {
                Some(Line {
                    peer: crate::line::Peer::Agent(who, _),
                    ..
                }) => self.computers[*who].asleep_until,
                _ => 0,
            },
            What::Fault(_)
            | What::Snapshot(..)
            | What::Play
            | What::Heal
            | What::EndWhatIsLeft
            | What::Close
            | What::NodeStarts(_)
            | What::Mood(_)
            | What::DiskHasRoom(_)
            | What::Up(_)
            | What::PageConnects(_)
            | What::PageLooks(_) => 0,
        }
    }

    fn happen(&mut self, what: What) {
        let awake = self.sleeper(&what);
        if awake > self.time {
            return self.at(awake, what);
        }
        match what {
            What::Fault(fault) => self.goes_wrong(fault),
            What::Snapshot(index, salt) => self.take_snapshot(index, salt),
            What::Play => self.somebody_plays(),
            What::Heal => self.heal(),
            What::EndWhatIsLeft => self.end_what_is_left(),
            What::Close => {
                self.closing = self.is_done();
                if self.closing {
                    self.close();
                    self.closed = true;
                }
            }
            What::Sweep(node, life) => self.sweep(node, life),
            What::TellNews(node, life) => self.tell_news(node, life),
            What::NodeStarts(node) => self.start_node(node),
            What::Poll(task) => self.poll(task),
            What::Mood(node) => self.nodes[node].set_mood(None),
            What::Start(who) => self.start(who),
            What::Connect(who, number) => self.connect(who, number),
            What::Wake(who, number) => {
                let wake = self.process(who, number).and_then(|process| process.wake);
                if wake.is_some_and(|wake| wake <= self.time) {
                    if let Some(process) = self.process(who, number) {
                        process.wake = None;
                    }
                    self.give(who, Input::Tick);
                }
            }
            What::Closed(who, number) => {
                if let Some(process) = self.process(who, number) {
                    process.hung_up = false;
                    self.give(who, Input::Closed(Closed::Broke));
                }
            }
            What::Synced(who, number, position, to) => {
                if self.process(who, number).is_some() {
                    self.computers[who].files.disk.end_sync(to);
                    self.give(who, Input::Synced(position));
                }
            }
            What::Prepared(who, number, key) => self.prepared(who, number, key),
            What::Look(who, number, key, offsets) => self.look_into(who, number, key, offsets),
            What::Upload(who, number, key, file) => self.upload(who, number, key, file),
            What::Robot(who, key) => self.robot(who, key),
            What::StartDoesNotCome(who, key) => self.start_does_not_come(who, key),
            What::DiskHasRoom(who) => self.computers[who].files.disk.full = false,
            What::Up(line) => self.arrives_at_server(line),
            What::Arrived(line) => self.serve(line),
            What::Down(line) => self.arrives_below(line),
            What::NoAnswer(line, call) => self.no_answer(line, call),
            What::Unsent(who, number, call) => {
                let lost = Err(agent_core::CallError::Lost);
                self.give_to(who, number, Input::Answer(agent_core::CallId(call), lost));
            }
            What::PageConnects(page) => self.page_connects(page),
            What::PageLooks(page) => self.page_looks(page),
        }
    }

    fn sweep(&mut self, number: usize, life: u64) {
        let node = &mut self.nodes[number];
        if !node.up || node.life != life {
            return;
        }
        let at = node.clocks.read(self.time);
        self.listen();
        if self.healed && !self.testimony.healthy && self.time >= self.healthy_from() {
            self.testimony.healthy = true;
            self.tell(judge::What::Healed);
        }
        let node = &mut self.nodes[number];
        let (dispatch, id) = (Arc::clone(&node.dispatch), node.id);
        // A turn counts only once the store was there.
        let mut listening = node.listening.clone();
        let since = listening.turn(at);
        let turn = async move {
            dispatch.store().ping().await?;
            let swept = dispatch.sweep(id, since, at.now).await;
            Ok((listening, swept.is_ok()))
        };
        self.spawn_sweep(number, turn);
    }

    pub(crate) fn swept(&mut self, number: usize, life: u64) {
        self.later(SWEEP_MS, What::Sweep(number, life));
        self.hints_of(number);
        // Reading all jobs is what takes most time here.
        if self.healed || self.dice.one_in(6) {
            self.look();
        }
    }

    fn start_node(&mut self, number: usize) {
        let time = self.time;
        let node = &mut self.nodes[number];
        if node.up {
            return;
        }
        node.start(u64::try_from(number).unwrap_or(0) + 1, time);
        let life = node.life;
        self.listen();
        self.note(|| format!("server {number} starts"));
        self.later(SWEEP_MS, What::Sweep(number, life));
    }

    pub(crate) fn process(&mut self, who: usize, number: u64) -> Option<&mut Process> {
        let process = self.computers[who].process.as_mut();
        process.filter(|process| process.number == number)
    }

    /// A program is begun, unless it runs or has ended for good.
    fn start(&mut self, who: usize) {
        let computer = &mut self.computers[who];
        if computer.process.is_some() || computer.retired {
            return;
        }
        let number = computer.start(who);
        let Files { disk, workspaces } = &mut computer.files;
        let found = disk.replay(|key| {
            let workspace = workspaces.get(&key);
            workspace.map_or(agent_core::Robot::Gone, |it| it.survey())
        });
        let count = found.len();
        if let Some(process) = &mut computer.process {
            let offsets = found.iter().map(|found| (found.key, found.offsets));
            process.found = offsets.collect();
        }
        self.figures.processes += 1;
        self.note(|| format!("#{who} starts and finds {count}"));
        self.give(who, Input::Found(found));
        self.later(50, What::Connect(who, number));
    }

    /// A server that is up and can be reached.
    pub(crate) fn reachable(&mut self, from: usize) -> Option<usize> {
        let split = self.time < self.split_until;
        let up: Vec<usize> = (0..self.nodes.len())
            .filter(|node| self.nodes[*node].up && self.nodes[*node].asleep_until <= self.time)
            .filter(|node| !split || node % 2 == from % 2)
            .collect();
        self.dice.pick(&up)
    }

    fn connect(&mut self, who: usize, number: u64) {
        match self.process(who, number) {
            None => return,
            Some(process) if process.line.is_some() => return,
            // It slept over the end of its line, and hears of it next.
            Some(process) if process.hung_up => return self.later(50, What::Connect(who, number)),
            Some(_) => {}
        }
        let away = self.time < self.computers[who].away_until;
        let node = if away { None } else { self.reachable(who) };
        let Some(node) = node else {
            let pause = self.dice.between(500, 3_000);
            return self.later(pause, What::Connect(who, number));
        };
        self.agent_knocks(who, number, node);
    }

    /// The server let the agent's process in, or not.
    pub(crate) fn let_in(&mut self, who: usize, number: u64, knocked: crate::tasks::Knocked) {
        use crate::tasks::Knocked;
        match knocked {
            Knocked::In(line) => {
                let asleep = self.time < self.computers[who].asleep_until;
                let connected = |it: &mut Process| it.line.is_some() || it.hung_up;
                if asleep || self.process(who, number).is_none_or(connected) {
                    return;
                }
                self.serial += 1;
                let id = self.serial;
                self.lines.insert(id, *line);
                if let Some(process) = self.process(who, number) {
                    process.line = Some(id);
                }
                self.note(|| format!("#{who} connects"));
                self.give(who, Input::Connected);
            }
            Knocked::Revoked => {
                let refused = Closed::Refused(JoinRefused::Revoked);
                self.give_to(who, number, Input::Closed(refused));
                let pause = self.dice.between(500, 3_000);
                self.later(pause, What::Connect(who, number));
            }
            Knocked::Away => {
                let pause = self.dice.between(500, 3_000);
                self.later(pause, What::Connect(who, number));
            }
        }
    }
}
