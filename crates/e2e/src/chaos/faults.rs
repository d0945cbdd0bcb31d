//! What goes wrong, one fault after the other, as the dice decide; several at once now and then.

use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::Signal;
use testkit::{Cut, Line, Moment, Side};
use tokio::time::{Instant, sleep};

use super::diary::Diary;
use super::dice::Dice;
use super::world::{LOST_MS, Program, World, signal};

/// How often things are looked at.
const LOOK: Duration = Duration::from_millis(20);
/// How long a named point is waited for.
const TRAP: Duration = Duration::from_secs(5);

/// A kind of fault.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Kill,
    KillSupervisor,
    KillRobot,
    Reboot,
    Stop,
    StopSupervisor,
    Interrupt,
    CutLine,
    HoldLine,
    CutAtMessage,
    AtPoint,
    FillDisk,
    ShiftClock,
}

/// By weight: what a run of a minute must have several times, and what costs much time.
const FAULTS: [(u64, Fault); 13] = [
    (12, Fault::Kill),
    (6, Fault::KillSupervisor),
    (6, Fault::KillRobot),
    (3, Fault::Reboot),
    (6, Fault::Stop),
    (3, Fault::StopSupervisor),
    (4, Fault::Interrupt),
    (8, Fault::CutLine),
    (4, Fault::HoldLine),
    (30, Fault::CutAtMessage),
    (18, Fault::AtPoint),
    (3, Fault::FillDisk),
    (4, Fault::ShiftClock),
];

/// The messages at which lines of agents are cut, and who says them.
const OF_AGENTS: [(Side, &str); 11] = [
    (Side::Client, "join"),
    (Side::Client, "claim"),
    (Side::Client, "confirm"),
    (Side::Client, "decline"),
    (Side::Client, "events"),
    (Side::Client, "finish"),
    (Side::Client, "renew"),
    (Side::Client, "PUT /api/v1/attempts"),
    (Side::Server, "work"),
    (Side::Server, "cancel"),
    (Side::Client, "events"),
];
/// The same of people.
const OF_PEOPLE: [(Side, &str); 8] = [
    (Side::Client, "join"),
    (Side::Client, "play"),
    (Side::Client, "cancel"),
    (Side::Client, "watch"),
    (Side::Client, "POST /api/v1/jobs HTTP"),
    (Side::Client, "POST /api/v1/jobs/"),
    (Side::Server, "events"),
    (Side::Server, "job"),
];
/// Files in the life of an attempt whose coming is a moment to strike.
const POINTS: [(&str, &str); 6] = [
    ("spool", "attempt.log"),
    ("workspaces", "attempt.json"),
    ("workspaces", "supervisor.json"),
    ("workspaces", "control"),
    ("workspaces", "started"),
    ("workspaces", "exit.json"),
];

/// What must be undone, and when.
enum Undo {
    Continue(Vec<u32>),
    Heal(Option<usize>),
    Free,
    Clock(String),
}

/// The bringer of faults.
pub(crate) struct Faults {
    dice: Dice,
    undo: Vec<(Instant, Undo)>,
    next: Instant,
    pub(crate) at_points: Vec<tokio::task::JoinHandle<()>>,
}

impl Faults {
    pub(crate) fn new(dice: Dice) -> Self {
        Self {
            dice,
            undo: Vec::new(),
            next: Instant::now(),
            at_points: Vec::new(),
        }
    }

    /// Brings faults for so long.
    pub(crate) async fn rage(&mut self, world: &mut World, time: Duration) {
        while world.diary.elapsed() < time {
            world.tend();
            self.undo_due(world, Instant::now());
            if Instant::now() >= self.next {
                self.strike(world);
                self.next = Instant::now() + self.dice.millis(50, 1_200);
            }
            sleep(LOOK).await;
        }
    }

    /// Undoes everything; what is down is started by whoever tends the world.
    pub(crate) fn heal(&mut self, world: &mut World) {
        self.at_points.drain(..).for_each(|trap| trap.abort());
        let far = Instant::now() + Duration::from_secs(3_600);
        self.undo_due(world, far);
        world.lines.iter().for_each(Line::heal);
        world.people_line.heal();
        // A trap may have stopped nothing, but who knows; continuing does no harm.
        for id in world.place.processes() {
            signal(id, Signal::SIGCONT);
        }
        world.diary.note("healed");
    }

    fn undo_due(&mut self, world: &mut World, now: Instant) {
        let (due, later) = std::mem::take(&mut self.undo)
            .into_iter()
            .partition(|(at, _)| *at <= now);
        self.undo = later;
        for (_, undo) in due {
            match undo {
                Undo::Continue(ids) => ids.into_iter().for_each(|id| signal(id, Signal::SIGCONT)),
                Undo::Heal(line) => line_of(world, line).heal(),
                Undo::Free => {
                    if let Some(disk) = &world.disk {
                        disk.free();
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
        match self.dice.weighted(&FAULTS) {
            Fault::Kill => {
                let program = *self.dice.pick(&world.programs());
                let pause = self.pause();
                diary.fault("killed", &format!("{} for {pause:?}", world.name(program)));
                signal(world.process(program).id(), Signal::SIGKILL);
                world.stays_down(program, pause);
            }
            Fault::KillSupervisor => {
                if let Some(id) = self.one_of(&world.place.supervisors()) {
                    diary.fault("killed a supervisor", "");
                    signal(id, Signal::SIGKILL);
                }
            }
            Fault::KillRobot => {
                if let Some(id) = self.one_of(&world.place.robots()) {
                    diary.fault("killed a robot", "");
                    world.kill_robot(id);
                }
            }
            Fault::Reboot => {
                diary.fault("power cut", "");
                world.cut_power();
                for program in world.programs() {
                    world.stays_down(program, self.pause());
                }
            }
            Fault::Stop => {
                let program = *self.dice.pick(&world.programs());
                let time = self.dice.millis(200, LOST_MS + 4_000);
                diary.fault(
                    "stood still",
                    &format!("{} for {time:?}", world.name(program)),
                );
                let id = world.process(program).id();
                signal(id, Signal::SIGSTOP);
                self.later(time, Undo::Continue(vec![id]));
            }
            Fault::StopSupervisor => {
                if let Some(id) = self.one_of(&world.place.supervisors()) {
                    let time = self.dice.millis(200, LOST_MS + 4_000);
                    diary.fault("a supervisor stood still", &format!("for {time:?}"));
                    signal(id, Signal::SIGSTOP);
                    self.later(time, Undo::Continue(vec![id]));
                }
            }
            Fault::Interrupt => {
                let program = *self.dice.pick(&world.programs());
                diary.fault("asked to end", &world.name(program));
                signal(world.process(program).id(), Signal::SIGINT);
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
                self.later(time, Undo::Heal(line));
            }
            Fault::CutAtMessage => {
                let (line, name) = self.any_line(world);
                let messages: &[_] = if line.is_some() {
                    &OF_AGENTS
                } else {
                    &OF_PEOPLE
                };
                let (side, message) = *self.dice.pick(messages);
                let moment = *self
                    .dice
                    .pick(&[Moment::Before, Moment::Within, Moment::Answer]);
                diary.note(&format!("to be cut: {name} {side:?} {message} {moment:?}"));
                let message = message.to_owned();
                line_of(world, line).cut_at(Cut {
                    side,
                    message,
                    moment,
                });
            }
            Fault::AtPoint => self.set_trap(world),
            Fault::FillDisk => {
                if let Some(disk) = &world.disk {
                    let time = self.dice.millis(500, 4_000);
                    diary.fault("disk full", &format!("for {time:?}"));
                    disk.fill();
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

    /// Waits for a file of a new attempt, and kills in that moment.
    fn set_trap(&mut self, world: &mut World) {
        let at = self.dice.index(world.agents.len());
        let (folder, file) = *self.dice.pick(&POINTS);
        let victim =
            self.dice
                .weighted(&[(4, "agent"), (3, "supervisor"), (2, "server"), (1, "all")]);
        let (agent, server) = (Program::Agent(at), Program::Server);
        let mut programs = match victim {
            "agent" => vec![agent],
            "server" => vec![server],
            "all" => world.programs(),
            _ => Vec::new(),
        };
        let mut ids = Vec::new();
        programs.retain(|program| world.process(*program).status().is_none());
        for program in programs {
            ids.push(world.process(program).id());
        }
        let trap = Trap {
            folder: world.agents[at].data().join(folder),
            file,
            ids,
            place: (victim == "supervisor" || victim == "all").then(|| world.place.clone()),
            what: format!(
                "{victim} of {} at {folder}/…/{file}",
                world.agents[at].name()
            ),
            diary: world.diary.clone(),
        };
        self.at_points.retain(|trap| !trap.is_finished());
        self.at_points
            .push(tokio::spawn(trap.wait(self.dice.millis(0, 6))));
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

/// Somebody who waits for a moment to strike.
struct Trap {
    folder: PathBuf,
    file: &'static str,
    /// Who is killed.
    ids: Vec<u32>,
    /// There, if the supervisors here are killed too.
    place: Option<std::sync::Arc<testkit::Place>>,
    what: String,
    diary: Diary,
}

impl Trap {
    async fn wait(self, delay: Duration) {
        let known = entries(&self.folder);
        let begun = Instant::now();
        while begun.elapsed() < TRAP {
            let new = entries(&self.folder)
                .into_iter()
                .find(|path| !known.contains(path) && path.join(self.file).exists());
            if new.is_some() {
                sleep(delay).await;
                self.ids.iter().for_each(|id| signal(*id, Signal::SIGKILL));
                if let Some(place) = &self.place {
                    place.end_supervisors();
                }
                self.diary
                    .fault("killed at a point", &format!("{} +{delay:?}", self.what));
                return;
            }
            sleep(Duration::from_millis(1)).await;
        }
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect()
}
