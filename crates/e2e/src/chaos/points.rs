//! Named points: moments in the life of an attempt that can be seen from outside, at which somebody
//! is killed. How often each was hit is counted, so that a run can show that it reached them all.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nix::sys::signal::Signal;
use testkit::{Awaited, Cut, Moment, Side};
use tokio::time::{Instant, sleep, timeout};

use super::diary::Diary;
use super::dice::Dice;
use super::processes::{Processes, Program};

/// How long a point is waited for.
const PATIENCE: Duration = Duration::from_secs(8);

/// Who is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Victim {
    Server,
    Agent,
    /// It is asked to end, not killed.
    Asked,
    Supervisor,
    Robot,
    All,
}

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Point {
    /// A file of an attempt comes: the folder of all attempts, and the file.
    Comes(&'static str, &'static str),
    /// A file of an attempt goes.
    Goes(&'static str, &'static str),
    /// A message on the line of an agent, which breaks.
    OfAgent(Side, &'static str, Moment),
    /// The same on the line of the people.
    OfPeople(Side, &'static str, Moment),
}

use Moment::{Answer, Before, Passed, Within};
use Point::{Comes, Goes, OfAgent, OfPeople};
use Side::{Client, Server as FromServer};
use Victim::{Agent, All, Asked, Robot, Server, Supervisor};

/// Every point, and who is killed there.
const POINTS: [(Point, &[Victim]); 41] = [
    (Comes("spool", "attempt.log"), &[Agent, Asked, Server, All]),
    (Comes("workspaces", "attempt.json"), &[Agent, Server]),
    (Comes("workspaces", "supervisor.json"), &[Agent, Supervisor]),
    (Comes("workspaces", "control"), &[Agent, Supervisor, All]),
    (Comes("workspaces", "started"), &[Agent, Supervisor, All]),
    (
        Comes("workspaces", "events.jsonl"),
        &[Agent, Supervisor, Robot],
    ),
    (
        Comes("workspaces", "output/output.xml"),
        &[Agent, Supervisor, Robot],
    ),
    (
        Comes("workspaces", "output/log.html"),
        &[Agent, Supervisor, Robot],
    ),
    (
        Comes("workspaces", "exit.json"),
        &[Agent, Supervisor, Server, All],
    ),
    (Goes("workspaces", "attempt.json"), &[Agent, Server]),
    (Goes("spool", "attempt.log"), &[Agent, Server, All]),
    (OfAgent(Client, "join", Within), &[Agent, Server]),
    (OfAgent(Client, "join", Passed), &[Agent, Server]),
    (OfAgent(Client, "join", Answer), &[Agent, Server]),
    (OfAgent(Client, "claim", Within), &[Agent, Server]),
    (OfAgent(Client, "claim", Passed), &[Agent, Server]),
    (OfAgent(Client, "claim", Answer), &[Agent, Asked, Server]),
    (OfAgent(Client, "confirm", Within), &[Agent, Server]),
    (OfAgent(Client, "confirm", Passed), &[Agent, Server]),
    (OfAgent(Client, "confirm", Answer), &[Agent, Server, All]),
    (OfAgent(Client, "events", Within), &[Agent, Server]),
    (OfAgent(Client, "events", Passed), &[Agent, Server, All]),
    (OfAgent(Client, "events", Answer), &[Agent, Server]),
    (OfAgent(Client, "finish", Within), &[Agent, Server]),
    (OfAgent(Client, "finish", Passed), &[Agent, Server]),
    (OfAgent(Client, "finish", Answer), &[Agent, Server, All]),
    (OfAgent(Client, "renew", Passed), &[Agent, Server]),
    (OfAgent(Client, "renew", Answer), &[Agent, Server]),
    (OfAgent(Client, UPLOAD, Within), &[Agent, Server]),
    (OfAgent(Client, UPLOAD, Passed), &[Agent, Server, All]),
    (OfAgent(Client, UPLOAD, Answer), &[Agent, Server]),
    (OfAgent(FromServer, "work", Passed), &[Agent, Server]),
    (OfAgent(FromServer, "cancel", Before), &[Agent, Server]),
    (OfAgent(FromServer, "cancel", Passed), &[Agent, Server]),
    (OfPeople(Client, "play", Passed), &[Server]),
    (OfPeople(Client, "play", Answer), &[Server, All]),
    (OfPeople(Client, "cancel", Passed), &[Server]),
    (OfPeople(Client, "cancel", Answer), &[Server, All]),
    (OfPeople(Client, PLAY, Passed), &[Server]),
    (OfPeople(Client, PLAY, Answer), &[Server]),
    (OfPeople(Client, CANCEL, Answer), &[Server]),
];

/// A file that an agent uploads.
pub(crate) const UPLOAD: &str = "PUT /api/v1/attempts";
/// A play by REST.
pub(crate) const PLAY: &str = "POST /api/v1/jobs HTTP";
/// A Stop or a Kill by REST.
pub(crate) const CANCEL: &str = "POST /api/v1/jobs/";

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Comes(folder, file) => write!(f, "{folder}/…/{file} comes"),
            Goes(folder, file) => write!(f, "{folder}/…/{file} goes"),
            OfAgent(side, message, moment) | OfPeople(side, message, moment) => {
                let whose = if matches!(self, OfAgent(..)) {
                    "agent"
                } else {
                    "people"
                };
                let who = match side {
                    Client => whose.to_owned(),
                    FromServer => format!("server to {whose}"),
                };
                write!(f, "{who}: `{message}` {moment:?}")
            }
        }
    }
}

impl Point {
    /// The cut at a message; nothing for a file.
    pub(crate) fn cut(self) -> Option<Cut> {
        match self {
            Comes(..) | Goes(..) => None,
            OfAgent(side, message, moment) | OfPeople(side, message, moment) => Some(Cut {
                side,
                message: message.to_owned(),
                moment,
            }),
        }
    }

    /// Whether it is on the line of the people.
    pub(crate) fn is_of_people(self) -> bool {
        matches!(self, OfPeople(..))
    }
}

/// Which points were hit, by victim. Clones count together.
#[derive(Clone, Default)]
pub(crate) struct Hits(Arc<Mutex<BTreeMap<Point, BTreeMap<Victim, u64>>>>);

impl Hits {
    fn add(&self, point: Point, victim: Victim) {
        let mut hits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *hits.entry(point).or_default().entry(victim).or_default() += 1;
    }

    /// Every point with its hits, those without any included.
    pub(crate) fn all(&self) -> Vec<(Point, BTreeMap<Victim, u64>)> {
        let hits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |point| hits.get(&point).cloned().unwrap_or_default();
        POINTS.map(|(point, _)| (point, of(point))).into()
    }
}

/// Deals the points like cards, so that each has its turn: which comes when, and who is killed
/// there, is the dice's matter.
pub(crate) struct Points {
    dice: Dice,
    left: Vec<(Point, &'static [Victim])>,
}

impl Points {
    pub(crate) fn new(dice: Dice) -> Self {
        let left = Vec::new();
        Self { dice, left }
    }

    pub(crate) fn next(&mut self) -> (Point, Victim) {
        if self.left.is_empty() {
            self.left = POINTS.into();
        }
        let at = self.dice.index(self.left.len());
        let (point, victims) = self.left.swap_remove(at);
        let weighted = victims.iter().map(|victim| (weight(*victim), *victim));
        (point, self.dice.weighted(&weighted.collect::<Vec<_>>()))
    }
}

/// While the server is down, and after a power cut, nobody comes to other points.
fn weight(victim: Victim) -> u64 {
    match victim {
        Agent | Asked => 4,
        Supervisor | Robot => 3,
        Server => 2,
        All => 1,
    }
}

/// Somebody who waits for a point, and kills there.
pub(crate) struct Trap {
    pub(crate) point: Point,
    pub(crate) victim: Victim,
    /// Whose attempts and line these are.
    pub(crate) agent: usize,
    /// The data folder of that agent.
    pub(crate) data: PathBuf,
    /// Between the moment and the kill.
    pub(crate) delay: Duration,
    pub(crate) processes: Processes,
    pub(crate) hits: Hits,
    pub(crate) diary: Diary,
}

impl Trap {
    /// Waits for a message.
    pub(crate) async fn at_message(self, mut spot: Awaited) {
        if timeout(PATIENCE, spot.made()).await == Ok(true) {
            sleep(self.delay).await;
            self.strike(None);
        }
    }

    /// Waits for a file.
    pub(crate) async fn at_file(self) {
        let (folder, file, comes) = match self.point {
            Comes(folder, file) => (self.data.join(folder), file, true),
            Goes(folder, file) => (self.data.join(folder), file, false),
            OfAgent(..) | OfPeople(..) => return,
        };
        let having = || {
            let mut folders = entries(&folder);
            folders.retain(|path| path.join(file).exists());
            folders
        };
        let mut known = having();
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let now = having();
            let (before, after) = if comes {
                (&known, &now)
            } else {
                (&now, &known)
            };
            if let Some(path) = after.difference(before).next() {
                sleep(self.delay).await;
                self.strike(Some(path));
                return;
            }
            known = now;
            sleep(Duration::from_millis(1)).await;
        }
    }

    fn strike(&self, attempt: Option<&Path>) {
        let hit = match (self.victim, attempt) {
            (Server, _) => self.processes.signal(Program::Server, Signal::SIGKILL),
            (Agent, _) => self.signal(Signal::SIGKILL),
            (Asked, _) => self.signal(Signal::SIGINT),
            (Supervisor, Some(workspace)) => self.processes.kill_supervisor(workspace),
            (Robot, Some(workspace)) => self.processes.kill_robot_in(workspace),
            (Supervisor | Robot, None) => false,
            (All, _) => {
                self.processes.cut_power();
                true
            }
        };
        let (point, victim) = (self.point, self.victim);
        if hit {
            self.hits.add(point, victim);
            let details = format!(
                "{victim:?} of agent {} at {point} +{:?}",
                self.agent, self.delay
            );
            self.diary.fault("killed at a named point", &details);
        } else {
            self.diary.note(&format!("{victim:?} was gone at {point}"));
        }
    }
}

impl Trap {
    fn signal(&self, name: Signal) -> bool {
        self.processes.signal(Program::Agent(self.agent), name)
    }
}

fn entries(folder: &Path) -> BTreeSet<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect()
}
