//! A supervisor and its robot: files that survive the agent.

use agent_core::{EventText, Robot};
use model::{CancelledHow, Ending, Outcome, StopMode};

use super::dice::Dice;

/// What goes on in a workspace.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Supervisor {
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
pub(super) struct Workspace {
    pub(super) supervisor: Supervisor,
    /// What the robot said so far.
    pub(super) said: Vec<EventText>,
    /// How much it still has to say.
    left: u64,
    ending: Ending,
    stop: Option<StopMode>,
}

impl Workspace {
    pub(super) fn new(dice: &mut Dice) -> Self {
        let ending = if dice.one_in(4) {
            Outcome::failed(model::Failure::Robot, "it did not work").ending
        } else {
            Ending::Success
        };
        Self {
            supervisor: Supervisor::Waiting,
            said: Vec::new(),
            left: dice.below(14),
            ending,
            stop: None,
        }
    }

    pub(super) fn survey(&self) -> Robot {
        match self.supervisor {
            Supervisor::Waiting | Supervisor::Working | Supervisor::Ended(_) => Robot::There,
            Supervisor::Dead => Robot::Gone,
        }
    }

    /// `start` is given; answers whether the robot starts now.
    pub(super) fn start(&mut self) -> bool {
        let starts = self.supervisor == Supervisor::Waiting;
        if starts {
            self.supervisor = Supervisor::Working;
        }
        starts
    }

    pub(super) fn control(&mut self, mode: StopMode) {
        self.stop = self.stop.max(Some(mode));
        if self.supervisor == Supervisor::Waiting {
            self.supervisor = Supervisor::Dead;
        }
    }

    /// The power is cut, or the supervisor waited too long.
    pub(super) fn die(&mut self) {
        if !matches!(self.supervisor, Supervisor::Ended(_)) {
            self.supervisor = Supervisor::Dead;
        }
    }

    /// The robot goes on; answers whether it will again.
    pub(super) fn go_on(&mut self, dice: &mut Dice) -> bool {
        if self.supervisor != Supervisor::Working {
            return false;
        }
        let ending = match self.stop {
            Some(StopMode::Kill) => Some(cancelled(CancelledHow::Kill)),
            Some(StopMode::Stop) => Some(cancelled(CancelledHow::Stop)),
            None if self.left == 0 => Some(self.ending.clone()),
            None => None,
        };
        if let Some(ending) = ending {
            let ran_ms = Some(1_000);
            self.supervisor = Supervisor::Ended(Outcome { ending, ran_ms });
            return false;
        }
        let count = dice.between(1, 4).min(self.left);
        self.left -= count;
        for _ in 0..count {
            let text = self.said.len();
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
