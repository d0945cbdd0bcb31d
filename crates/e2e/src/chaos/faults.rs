//! What goes wrong, one fault after the other, as the dice decide; several at once now and then.

use std::time::Duration;

use nix::sys::signal::Signal;
use testkit::Line;
use tokio::time::{Instant, sleep};

use super::dice::Dice;
use super::points::{Hits, Points, Trap};
use super::processes::{Program, signal};
use super::sayings::Sayings;
use super::world::{LOST_MS, World};

/// How often things are looked at.
const LOOK: Duration = Duration::from_millis(20);

/// A kind of fault.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Kill,
    KillSupervisor,
    KillRobot,
    Reboot,
    Stop,
    StopSupervisor,
    StopRobot,
    StopAll,
    Interrupt,
    CutLine,
    HoldLine,
    CutAtMessage,
    AtPoint,
    FillDisk,
    ShiftClock,
}

/// By weight: what a run of a minute must have several times, and what costs much time.
const FAULTS: [(u64, Fault); 15] = [
    (20, Fault::Kill),
    (12, Fault::KillSupervisor),
    (12, Fault::KillRobot),
    (4, Fault::Reboot),
    (10, Fault::Stop),
    (6, Fault::StopSupervisor),
    (4, Fault::StopRobot),
    (1, Fault::StopAll),
    (8, Fault::Interrupt),
    (14, Fault::CutLine),
    (8, Fault::HoldLine),
    (56, Fault::CutAtMessage),
    (70, Fault::AtPoint),
    (5, Fault::FillDisk),
    (8, Fault::ShiftClock),
];

/// What must be undone, and when.
enum Undo {
    Continue(Vec<u32>),
    Release(Option<usize>),
    Free,
    Clock(String),
}

/// The bringer of faults.
pub(crate) struct Faults {
    dice: Dice,
    undo: Vec<(Instant, Undo)>,
    next: Instant,
    points: Points,
    sayings: Sayings,
    hits: Hits,
    traps: Vec<tokio::task::JoinHandle<()>>,
}

impl Faults {
    pub(crate) fn new(mut dice: Dice) -> Self {
        Self {
            points: Points::new(dice.fork()),
            sayings: Sayings::new(dice.fork()),
            dice,
            undo: Vec::new(),
            next: Instant::now(),
            hits: Hits::default(),
            traps: Vec::new(),
        }
    }

    /// Which named points were hit.
    pub(crate) fn hits(&self) -> &Hits {
        &self.hits
    }

    /// Brings faults for so long.
    pub(crate) async fn rage(&mut self, world: &mut World, time: Duration) {
        while world.diary.elapsed() < time {
            world.tend();
            self.undo_due(world, Instant::now());
            if Instant::now() >= self.next {
                self.strike(world);
                self.next = Instant::now() + self.dice.millis(20, 700);
            }
            sleep(LOOK).await;
        }
    }

    /// Undoes everything; what is down is started by whoever tends the world.
    pub(crate) fn heal(&mut self, world: &mut World) {
        self.traps.drain(..).for_each(|trap| trap.abort());
        let far = Instant::now() + Duration::from_secs(3_600);
        self.undo_due(world, far);
        world.lines.iter().for_each(Line::heal);
        world.people_line.heal();
        // A trap may have stopped nothing, but who knows; continuing does no harm.
        world.processes.signal_all(Signal::SIGCONT);
        world.diary.note("healed");
    }

    fn undo_due(&mut self, world: &mut World, now: Instant) {
        let (due, later) = std::mem::take(&mut self.undo)
            .into_iter()
            .partition(|(at, _)| *at <= now);
        self.undo = later;
        for (_, undo) in due {
            match undo {
                Undo::Continue(ids) => ids.into_iter().for_each(|id| {
                    signal(id, Signal::SIGCONT);
                }),
                Undo::Release(line) => line_of(world, line).release(),
                Undo::Free => {
                    if let Some(disk) = &world.disk {
                        // Nothing is there where it was too full to begin.
                        disk.free().ok();
                        world.diary.note("there is room again");
                    }
                }
                Undo::Clock(name) => {
                    if let Some(clocks) = &world.clocks {
                        clocks.shift(&name, 0);
                        world
                            .diary
                            .note(&format!("the clock of {name} is right again"));
                    }
                }
            }
        }
    }

    fn later(&mut self, after: Duration, undo: Undo) {
        self.undo.push((Instant::now() + after, undo));
    }

    fn strike(&mut self, world: &mut World) {
        let diary = world.diary.clone();
        let processes = world.processes.clone();
        match self.dice.weighted(&FAULTS) {
            Fault::Kill => {
                let program = *self.dice.pick(&world.programs());
                let pause = self.pause();
                let details = format!("{} for {pause:?}", world.name(program));
                diary.fault(&format!("killed {}", kind(program)), &details);
                processes.signal(program, Signal::SIGKILL);
                world.stays_down(program, pause);
            }
            Fault::KillSupervisor => {
                if let Some(id) = self.one_of(&processes.supervisors()) {
                    diary.fault("killed a supervisor", "");
                    signal(id, Signal::SIGKILL);
                }
            }
            Fault::KillRobot => {
                if let Some(id) = self.one_of(&processes.robots())
                    && processes.kill_robot(id)
                {
                    diary.fault("killed a robot", "");
                }
            }
            Fault::Reboot => {
                diary.fault("power cut", "");
                processes.cut_power();
                for program in world.programs() {
                    world.stays_down(program, self.pause());
                }
            }
            Fault::Stop => {
                let program = *self.dice.pick(&world.programs());
                let id = world.process(program).id();
                self.stop(world, kind(program), &[id]);
            }
            Fault::StopSupervisor => {
                if let Some(id) = self.one_of(&processes.supervisors()) {
                    self.stop(world, "a supervisor", &[id]);
                }
            }
            Fault::StopRobot => {
                if let Some(id) = self.one_of(&processes.robots()) {
                    self.stop(world, "a robot", &[id]);
                }
            }
            Fault::StopAll => self.stop(world, "everything", &world.place.processes()),
            Fault::Interrupt => {
                let others = world.programs();
                // A server that ends says more than an agent that does.
                let any = *self.dice.pick(&others);
                let program = self.dice.weighted(&[(1, Program::Server), (2, any)]);
                diary.fault(&format!("asked {} to end", kind(program)), "");
                processes.signal(program, Signal::SIGINT);
            }
            Fault::CutLine => {
                let (line, name) = self.any_line(world);
                diary.fault("cut", &name);
                line_of(world, line).cut();
            }
            Fault::HoldLine => {
                let (line, name) = self.any_line(world);
                let time = self.dice.millis(200, LOST_MS + 4_000);
                diary.fault("nothing passed", &format!("{name} for {time:?}"));
                line_of(world, line).hold();
                self.later(time, Undo::Release(line));
            }
            Fault::CutAtMessage => {
                let saying = self.sayings.next();
                let at = (!saying.of_people).then(|| self.dice.index(world.agents.len()));
                diary.note(&format!("to be cut: {saying}"));
                line_of(world, at).cut_at(saying.cut());
            }
            Fault::AtPoint => self.set_trap(world),
            Fault::FillDisk => {
                if let Some(disk) = &world.disk {
                    let time = self.dice.millis(500, 4_000);
                    diary.fault("disk full", &format!("for {time:?}"));
                    // What is full already takes nothing.
                    disk.fill().ok();
                    self.later(time, Undo::Free);
                }
            }
            Fault::ShiftClock => {
                let program = *self.dice.pick(&world.programs());
                let name = world.name(program);
                if let Some(clocks) = &world.clocks {
                    let by = *self.dice.pick(&[-86_400, -3_600, -40, 40, 3_600, 86_400]);
                    let time = self.dice.millis(500, 8_000);
                    diary.fault("clock shifted", &format!("{name} by {by} s for {time:?}"));
                    clocks.shift(&name, by);
                    self.later(time, Undo::Clock(name));
                }
            }
        }
    }

    /// Stops somebody's time for a while.
    fn stop(&mut self, world: &World, who: &str, ids: &[u32]) {
        let time = self.dice.millis(200, LOST_MS + 4_000);
        let how = if time.as_millis() > LOST_MS.into() {
            "stood still beyond the limit"
        } else {
            "stood still"
        };
        let details = format!("{ids:?} for {time:?}");
        world.diary.fault(&format!("{who} {how}"), &details);
        for id in ids {
            signal(*id, Signal::SIGSTOP);
        }
        self.later(time, Undo::Continue(ids.to_vec()));
    }

    /// Waits for a named point, and kills there.
    fn set_trap(&mut self, world: &World) {
        let (point, victim) = self.points.next();
        let agent = self.dice.index(world.agents.len());
        let trap = Trap {
            point,
            victim,
            agent,
            data: world.agents[agent].data().to_owned(),
            delay: self.dice.millis(0, 6),
            processes: world.processes.clone(),
            hits: self.hits.clone(),
            diary: world.diary.clone(),
        };
        let task = match point.cut() {
            Some(cut) => {
                let at = (!point.is_of_people()).then_some(agent);
                tokio::spawn(trap.at_message(line_of(world, at).when_cut_at(cut)))
            }
            None => tokio::spawn(trap.at_file()),
        };
        self.traps.retain(|trap| !trap.is_finished());
        self.traps.push(task);
    }

    fn pause(&mut self) -> Duration {
        match self.dice.below(4) {
            0 => self.dice.millis(2_000, LOST_MS + 3_000),
            _ => self.dice.millis(10, 1_500),
        }
    }

    fn one_of(&mut self, ids: &[u32]) -> Option<u32> {
        (!ids.is_empty()).then(|| *self.dice.pick(ids))
    }

    fn any_line(&mut self, world: &World) -> (Option<usize>, String) {
        let at = self.dice.index(world.agents.len() + 1);
        match world.agents.get(at) {
            Some(agent) => (Some(at), format!("the line of {}", agent.name())),
            None => (None, "the line of the people".to_owned()),
        }
    }
}

fn line_of(world: &World, line: Option<usize>) -> &Line {
    line.map_or(&world.people_line, |at| &world.lines[at])
}

/// What a program is called in the figures.
fn kind(program: Program) -> &'static str {
    match program {
        Program::Server => "the server",
        Program::Agent(_) => "an agent",
    }
}
