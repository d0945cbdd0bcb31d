//! Everything that can be killed or stopped, as far as it is known at this moment.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use testkit::Place;

/// The two programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Program {
    Server,
    Agent(usize),
}

/// The processes of a run. Clones share what they know.
#[derive(Clone)]
pub(crate) struct Processes {
    place: Arc<Place>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    programs: BTreeMap<Program, u32>,
    killed_robots: BTreeSet<String>,
}

impl Processes {
    pub(crate) fn of(place: Arc<Place>) -> Self {
        Self {
            place,
            state: Arc::default(),
        }
    }

    /// A program was started.
    pub(crate) fn started(&self, program: Program, id: u32) {
        self.state().programs.insert(program, id);
    }

    /// A program was found to have ended: its number may soon be another's.
    pub(crate) fn ended(&self, program: Program) {
        self.state().programs.remove(&program);
    }

    /// Signals a program; answers whether it was there.
    pub(crate) fn signal(&self, program: Program, name: Signal) -> bool {
        let id = self.state().programs.get(&program).copied();
        id.is_some_and(|id| signal(id, name))
    }

    /// The supervisors of all attempts.
    pub(crate) fn supervisors(&self) -> Vec<u32> {
        self.place.supervisors()
    }

    /// The processes of all robots.
    pub(crate) fn robots(&self) -> Vec<u32> {
        self.place.robots()
    }

    /// Kills the supervisor of one attempt; answers whether it was there.
    pub(crate) fn kill_supervisor(&self, workspace: &Path) -> bool {
        let mut ids = self.place.supervisors();
        ids.retain(|id| {
            let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
            let mut words = line.split(|byte| *byte == 0);
            words.any(|word| word == workspace.as_os_str().as_encoded_bytes())
        });
        ids.into_iter().any(|id| signal(id, Signal::SIGKILL))
    }

    /// Kills the robot of one attempt, and nothing else of it; answers whether it was there.
    pub(crate) fn kill_robot_in(&self, workspace: &Path) -> bool {
        let mut ids = self.place.robots();
        ids.retain(|id| workspace_of(*id).is_some_and(|it| Path::new(&it) == workspace));
        let killed = ids.into_iter().filter(|id| self.kill_robot(*id));
        killed.count() > 0
    }

    /// Kills a robot, and nothing else of its attempt; answers whether it was there.
    pub(crate) fn kill_robot(&self, id: u32) -> bool {
        let workspace = workspace_of(id).unwrap_or_default();
        let Some((_, attempt)) = workspace.rsplit_once('/') else {
            return false;
        };
        self.state().killed_robots.insert(attempt.to_owned());
        signal(id, Signal::SIGKILL)
    }

    /// Attempts whose robot was killed by itself.
    pub(crate) fn killed_robots(&self) -> BTreeSet<String> {
        self.state().killed_robots.clone()
    }

    /// Kills everything, as a power cut does; only disks stay.
    pub(crate) fn cut_power(&self) {
        let programs: Vec<u32> = self.state().programs.values().copied().collect();
        for id in programs {
            signal(id, Signal::SIGKILL);
        }
        // Whoever was being started while this looked is found by the next look.
        for _ in 0..50 {
            let all = self.place.processes();
            if all.is_empty() {
                break;
            }
            for id in all {
                signal(id, Signal::SIGKILL);
            }
        }
    }

    /// Signals everything that is there.
    pub(crate) fn signal_all(&self, name: Signal) -> Vec<u32> {
        let mut all = self.place.processes();
        all.retain(|id| signal(*id, name));
        all
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The workspace in the environment of a robot's process.
fn workspace_of(id: u32) -> Option<String> {
    let environment = fs::read(format!("/proc/{id}/environ")).ok()?;
    let mut variables = environment.split(|byte| *byte == 0);
    let workspace = variables.find_map(|it| it.strip_prefix(b"ARKWRIGHT_WORKSPACE="))?;
    Some(String::from_utf8_lossy(workspace).into_owned())
}

/// Sends a signal; answers whether somebody was there to hear it.
pub(crate) fn signal(id: u32, signal: Signal) -> bool {
    i32::try_from(id).is_ok_and(|id| kill(Pid::from_raw(id), signal).is_ok())
}
