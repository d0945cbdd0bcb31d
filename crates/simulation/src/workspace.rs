//! A supervisor and its robot: files that survive the agent.

use agent_core::{EventText, Robot};
use model::mutation::{Mutation, active};
use model::{CancelledHow, Ending, Outcome, StopMode};

use super::dice::Dice;

/// A supervisor kills a robot that does not stop after so long.
const GRACE_MS: u64 = 10_000;

/// What goes on in a workspace.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Supervisor {
    /// It waits for `start`.
    Waiting,
    /// Its robot works.
    Working,
    /// It has said how the attempt ended.
    Ended(Outcome),
    /// It ended without a word.
    Dead,
}

/// One attempt's folder.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    pub(crate) supervisor: Supervisor,
    /// What the robot said so far.
    pub(crate) said: Vec<EventText>,
    /// The supervisor's mark, on the disk before its robot starts: no other one starts it again.
    pub(crate) started: bool,
    script: Script,
    stop: Option<(StopMode, u64)>,
}

/// What a robot does.
#[derive(Debug, Clone)]
struct Script {
    /// How much it still has to say.
    left: u64,
    ending: Ending,
    /// It ends only when it is made to.
    endless: bool,
    /// It does not end when it is asked.
    stubborn: bool,
    files: usize,
}

impl Workspace {
    pub(crate) fn new(dice: &mut Dice) -> Self {
        let ending = if dice.one_in(4) {
            Outcome::failed(model::Failure::Robot, "it did not work").ending
        } else {
            Ending::Success
        };
        Self {
            supervisor: Supervisor::Waiting,
            said: Vec::new(),
            started: false,
            script: Script {
                left: dice.below(14),
                ending,
                endless: dice.one_in(8),
                stubborn: dice.one_in(6),
                files: dice.index(3),
            },
            stop: None,
        }
    }

    /// How many files it leaves behind.
    pub(crate) fn files(&self) -> usize {
        self.script.files
    }

    /// A robot that never ends by itself will.
    pub(crate) fn end_some_time(&mut self) {
        self.script.endless = false;
    }

    pub(crate) fn survey(&self) -> Robot {
        match self.supervisor {
            Supervisor::Waiting | Supervisor::Working | Supervisor::Ended(_) => Robot::There,
            Supervisor::Dead => Robot::Gone,
        }
    }

    /// Another supervisor is begun in the place of one that is gone.
    pub(crate) fn supervise(&mut self) {
        let begun = self.started && !active(Mutation::StartedAgain);
        if self.supervisor == Supervisor::Dead && !begun {
            self.supervisor = Supervisor::Waiting;
            self.stop = None;
        }
    }

    /// `start` is given; answers whether the robot starts now.
    pub(crate) fn start(&mut self) -> bool {
        let starts = self.supervisor == Supervisor::Waiting;
        if starts {
            self.supervisor = Supervisor::Working;
            self.started = true;
        }
        starts
    }

    pub(crate) fn control(&mut self, mode: StopMode, time: u64) {
        let since = self.stop.map_or(time, |(_, since)| since);
        let asked = self.stop.map(|(asked, _)| asked);
        if asked < Some(mode) {
            self.stop = Some((mode, since));
        }
        if self.supervisor == Supervisor::Waiting {
            self.supervisor = Supervisor::Dead;
        }
    }

    /// The power is cut, or the supervisor waited too long.
    pub(crate) fn die(&mut self) {
        if !matches!(self.supervisor, Supervisor::Ended(_)) {
            self.supervisor = Supervisor::Dead;
        }
    }

    /// The power is cut; answers whether words of its robot may be lost with it.
    pub(crate) fn lose(&mut self, dice: &mut Dice) -> bool {
        let torn = self.supervisor == Supervisor::Working;
        if torn && dice.one_in(2) {
            self.said.truncate(dice.index(self.said.len() + 1));
        }
        self.die();
        torn
    }

    /// The robot goes on; answers whether it will again.
    pub(crate) fn go_on(&mut self, dice: &mut Dice, time: u64) -> bool {
        if self.supervisor != Supervisor::Working {
            return false;
        }
        let script = &mut self.script;
        let ending = match self.stop {
            Some((StopMode::Kill, _)) => Some(cancelled(CancelledHow::Kill)),
            Some((StopMode::Stop, since)) if time >= since + GRACE_MS => {
                Some(cancelled(CancelledHow::Stop))
            }
            Some((StopMode::Stop, _)) if !script.stubborn => Some(cancelled(CancelledHow::Stop)),
            _ if script.left == 0 && !script.endless => Some(script.ending.clone()),
            _ => None,
        };
        if let Some(ending) = ending {
            let ran_ms = Some(1_000);
            self.supervisor = Supervisor::Ended(Outcome { ending, ran_ms });
            return false;
        }
        let count = dice.between(1, 4).min(script.left);
        script.left -= count;
        for _ in 0..count {
            let text = self.said.len() + 1;
            self.said.push(EventText(format!(
                r#"{{"at":"2027-01-15T08:00:00.000Z","kind":"log","text":"{text}"}}"#
            )));
        }
        true
    }
}

fn cancelled(how: CancelledHow) -> Ending {
    Ending::Cancelled { how, by: None }
}
