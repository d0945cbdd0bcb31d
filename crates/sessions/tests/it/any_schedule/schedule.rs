//! One random schedule.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use model::{AgentId, JobId, JobState, Status, StopMode};
use serde_json::Value;
use store::faulty::{Fault, Faulty, Plan};
use store_sqlite::SqliteStore;

use super::agents::{Key, OnItsWay, Process, Record};
use super::dice::Dice;
use crate::world::{World, now_or_never};

const STEPS: u32 = 160;

/// The verbs that fail now and then, in every second schedule.
const FAILING: [&str; 6] = [
    "play",
    "change_job",
    "offer_next",
    "join_agent",
    "renew_agent",
    "append_events",
];

pub(super) struct Schedule {
    pub(super) world: World,
    /// The store fails no more.
    pub(super) healthy: Arc<AtomicBool>,
    pub(super) dice: Dice,
    pub(super) jobs: Vec<JobId>,
    pub(super) processes: Vec<Process>,
    pub(super) on_their_way: Vec<OnItsWay>,
    pub(super) fresh: u64,
    pub(super) starts: BTreeMap<JobId, Vec<u32>>,
    /// Jobs whose end was asked for, and how many starts they had then.
    pub(super) cancelled: BTreeMap<JobId, usize>,
    pub(super) ended: BTreeMap<JobId, JobState>,
    pub(super) first_outcomes: BTreeMap<Key, Value>,
    pub(super) revs: BTreeMap<JobId, u64>,
    pub(super) removed: BTreeSet<AgentId>,
}

impl Schedule {
    pub(super) fn new(seed: u64) -> Self {
        let healthy = Arc::new(AtomicBool::new(false));
        let real = Arc::new(SqliteStore::in_memory().unwrap());
        let faulty = Faulty::new(real, plan(seed, Arc::clone(&healthy)));
        let world = World::on(Arc::new(faulty));
        let agents = [world.agent(), world.agent()];
        let mut schedule = Self {
            world,
            healthy,
            dice: Dice::new(seed),
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

    pub(super) fn process(&mut self, agent: AgentId, disk: BTreeMap<Key, Record>) -> Process {
        self.fresh += 1;
        Process {
            agent,
            instance: format!("process-{}", self.fresh),
            disk,
            line: None,
            gone: false,
        }
    }

    pub(super) fn run(mut self) {
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
                self.sweep();
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

    /// A turn of the sweep; one that fails is made up for by the next.
    pub(super) fn sweep(&self) {
        let node = model::ObjectId::from_bytes([9; 12]);
        let (since, now) = (self.world.begin(), self.world.now());
        let _ = now_or_never(self.world.dispatch.sweep(node, since, now));
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
}

/// Every so many calls, one of which the caller cannot know whether it was done.
fn plan(seed: u64, healthy: Arc<AtomicBool>) -> Plan {
    Box::new(move |verb, call| {
        let failing = FAILING.iter().position(|name| *name == verb)?;
        if seed.is_multiple_of(2) || healthy.load(Ordering::Relaxed) {
            return None;
        }
        let verb = u64::try_from(failing).unwrap();
        let mut dice = Dice::new(seed ^ (call << 8) ^ (verb << 40));
        dice.below(7);
        match dice.below(60) {
            0 | 1 => Some(Fault::UnknownDone),
            2 => Some(Fault::UnknownNotDone),
            3 if verb > 0 => Some(Fault::Unavailable),
            _ => None,
        }
    })
}
