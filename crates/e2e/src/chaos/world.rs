//! The parts that are attacked: one server, several agents, and a line to the server for each.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use testkit::{Agent, Line, Person, Place, Running, Server};
use tokio::time::Instant;

use super::diary::Diary;
use super::processes::{Processes, Program};
use super::run::Options;
use crate::SmallDisk;

/// How long limits are here. Each is several times what a busy computer needs.
pub(crate) const LIMITS: [(&str, u64); 7] = [
    ("renew_ms", 500),
    ("silent_ms", 2_000),
    ("lost_ms", LOST_MS),
    ("offer_ms", 3_000),
    ("sweep_ms", 200),
    ("kill_overdue_ms", 8_000),
    ("declined_ms", 1_000),
];
/// Silence after which an agent is lost.
pub(crate) const LOST_MS: u64 = 6_000;
/// How many robots each agent runs at once.
pub(crate) const SLOTS: u64 = 3;
const AGENTS: [&str; 6] = ["reception", "cellar", "attic", "porch", "loft", "kitchen"];
/// The small disk: what a short run needs, and what each second adds to that. Robots leave files,
/// which must have room as long as nothing else takes it.
const DISK_BYTES: u64 = 128 << 20;
const DISK_BYTES_A_SECOND: u64 = 2 << 20;
/// Programs that must not be started again, by their manual.
const FINAL_EXITS: [i32; 3] = [4, 5, 6];

/// The parts.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) agents: Vec<Agent>,
    /// The line of each agent.
    pub(crate) lines: Vec<Line>,
    /// The line of the people.
    pub(crate) people_line: Line,
    pub(crate) anna: Person,
    /// When each program that is down may be started again: the server, then the agents.
    down: Vec<Option<Instant>>,
    pub(crate) diary: Diary,
    /// Mounted below the server's data; unmounted when this goes.
    pub(crate) disk: Option<SmallDisk>,
    pub(crate) clocks: Option<Clocks>,
    pub(crate) unexpected: Vec<String>,
    pub(crate) processes: Processes,
    pub(crate) place: Arc<Place>,
}

impl World {
    /// # Panics
    /// A part does not come up.
    pub(crate) async fn build(place: Arc<Place>, options: &Options) -> Self {
        let diary = Diary::begin(&place);
        let bytes = DISK_BYTES + DISK_BYTES_A_SECOND * options.time.as_secs();
        let disk = SmallDisk::mount(place.join("server"), bytes);
        let clocks = options
            .faketime
            .clone()
            .map(|library| Clocks::new(&place, library));
        let shifted = |name: &str| {
            clocks
                .as_ref()
                .map_or_else(Vec::new, |clocks| clocks.variables(name))
        };
        let server = Server::start_with(&place, &LIMITS, &shifted("server")).await;
        let anna = server.owner().await;
        let people_line = Line::to(server.address()).await;
        let mut agents = Vec::new();
        let mut lines = Vec::new();
        for name in AGENTS {
            let line = Line::to(server.address()).await;
            let person = anna.through(line.address());
            let slots = SLOTS.to_string();
            let variables = shifted(name);
            let arguments = ["--slots", slots.as_str()];
            agents.push(Agent::join_with(&place, &person, name, &arguments, &variables).await);
            lines.push(line);
        }
        let mut world = Self {
            down: vec![None; agents.len() + 1],
            processes: Processes::of(Arc::clone(&place)),
            server,
            agents,
            lines,
            people_line,
            anna,
            diary,
            disk,
            clocks,
            unexpected: Vec::new(),
            place,
        };
        for program in world.programs() {
            let id = world.process(program).id();
            world.processes.started(program, id);
        }
        world
    }

    /// All programs.
    pub(crate) fn programs(&self) -> Vec<Program> {
        let agents = (0..self.agents.len()).map(Program::Agent);
        std::iter::once(Program::Server).chain(agents).collect()
    }

    pub(crate) fn name(&self, program: Program) -> String {
        match program {
            Program::Server => "server".to_owned(),
            Program::Agent(at) => self.agents[at].name().to_owned(),
        }
    }

    pub(crate) fn process(&mut self, program: Program) -> &mut Running {
        match program {
            Program::Server => self.server.process(),
            Program::Agent(at) => self.agents[at].process(),
        }
    }

    /// A program that ends now or soon stays down for this long.
    pub(crate) fn stays_down(&mut self, program: Program, pause: Duration) {
        *self.down_mut(program) = Some(Instant::now() + pause);
    }

    fn down_mut(&mut self, program: Program) -> &mut Option<Instant> {
        let at = match program {
            Program::Server => 0,
            Program::Agent(at) => at + 1,
        };
        &mut self.down[at]
    }

    /// Starts what has ended and may be started again, as a service manager does.
    pub(crate) fn tend(&mut self) {
        for program in self.programs() {
            let Some(status) = self.process(program).status() else {
                continue;
            };
            self.processes.ended(program);
            let now = Instant::now();
            match *self.down_mut(program) {
                Some(until) if until > now => continue,
                Some(_) => {}
                None => {
                    // Nobody said for how long: as a service manager would, soon.
                    let name = self.name(program);
                    self.diary
                        .note(&format!("{name} ended by itself: {status}"));
                    if matches!(program, Program::Agent(_))
                        && status
                            .code()
                            .is_some_and(|code| FINAL_EXITS.contains(&code))
                    {
                        self.unexpected
                            .push(format!("{name} ended for good: {status}"));
                    }
                    self.stays_down(program, Duration::from_millis(200));
                    continue;
                }
            }
            *self.down_mut(program) = None;
            let name = self.name(program);
            match program {
                Program::Server => self.server.launch(),
                Program::Agent(at) => self.agents[at].launch(),
            }
            let id = self.process(program).id();
            self.processes.started(program, id);
            self.diary.note(&format!("{name} is started again"));
        }
    }

    /// How often server and agents were started.
    pub(crate) fn starts(&self) -> usize {
        self.server.starts() + self.agents.iter().map(Agent::starts).sum::<usize>()
    }
}

impl Drop for World {
    /// Supervisors and robots too: whoever breaks a run off finds nothing left of it.
    fn drop(&mut self) {
        self.processes.cut_power();
    }
}

/// The clocks that people see, of each program, as libfaketime shifts them.
pub(crate) struct Clocks {
    library: PathBuf,
    folder: PathBuf,
}

impl Clocks {
    fn new(place: &Place, library: PathBuf) -> Self {
        let folder = place.join("clocks");
        fs::create_dir(&folder).expect("a folder can be made");
        Self { library, folder }
    }

    fn variables(&self, name: &str) -> Vec<(String, String)> {
        self.shift(name, 0);
        let file = self.folder.join(name).display().to_string();
        let variables = [
            ("LD_PRELOAD", self.library.display().to_string()),
            ("FAKETIME_TIMESTAMP_FILE", file),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("DONT_FAKE_MONOTONIC", "1".to_owned()),
        ];
        variables
            .map(|(name, value)| (name.to_owned(), value))
            .to_vec()
    }

    /// Deletes what the library keeps in memory for processes that were killed.
    fn tidy(&self) {
        for entry in fs::read_dir("/dev/shm").into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let ours = name.contains("faketime_s");
            let id = name
                .rsplit('_')
                .next()
                .and_then(|id| id.parse::<u32>().ok());
            if ours && id.is_some_and(|id| !Path::new(&format!("/proc/{id}")).exists()) {
                fs::remove_file(entry.path()).ok();
            }
        }
    }

    /// Puts a clock forward or back against the true time.
    pub(crate) fn shift(&self, name: &str, seconds: i64) {
        let new = self.folder.join(format!("{name}.new"));
        fs::write(&new, format!("{seconds:+}\n")).expect("the folder can be written");
        fs::rename(new, self.folder.join(name)).expect("the folder can be written");
    }
}

impl Drop for Clocks {
    fn drop(&mut self) {
        self.tidy();
    }
}
