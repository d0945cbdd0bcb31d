//! The robot's process, from its start to the end of its tree.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use model::{CancelledHow, Failure, Outcome};

use crate::clock;
use crate::control::{Ear, Mode};
use crate::mask::Mask;
use crate::outcome::{Exit, Verdict, outcome};
use crate::process::{Group, Pump, end_tree, interrupt, reap};
use crate::robot_framework;
use crate::workspace::{AttemptFile, Workspace};

/// How often the supervisor looks.
const LOOK: Duration = Duration::from_millis(20);
/// How long the end of a tree may take.
const TREE_ENDS: Duration = Duration::from_secs(20);

/// Starts the robot and sees it through.
pub(super) fn run(
    workspace: &Workspace,
    attempt: &AttemptFile,
    python: &Path,
    steps: u64,
    mask: &Mask,
    ear: &mut Ear,
) -> Outcome {
    let name = &attempt.spec.robot_name;
    let mut command = Command::new(python);
    command
        .args(robot_framework::arguments(
            workspace.path(),
            &attempt.main,
            name,
        ))
        .env_clear()
        .envs(robot_framework::variables(workspace.path(), python))
        .env("ARKWRIGHT_STEPS", steps.to_string())
        .current_dir(workspace.join("robot"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let begun = clock::awake();
    let mut group = match Group::start(&mut command) {
        Ok(group) => group,
        Err(error) => {
            let message = format!("`{}` cannot be started: {error}", python.display());
            return Outcome::failed(Failure::Environment, message);
        }
    };
    let pid = group.id();
    let out = group
        .stdout()
        .map(|out| Pump::start(out, &workspace.join("stdout"), mask));
    let err = group
        .stderr()
        .map(|err| Pump::start(err, &workspace.join("stderr"), mask));
    let mut end = End::new(
        attempt.spec.settings.timeout_ms,
        attempt.spec.settings.stop_grace_ms,
    );
    let exit = loop {
        if let Some(exit) = reap(Some(pid)) {
            break exit;
        }
        ear.listen();
        match end.due(clock::awake().saturating_sub(begun), ear.mode) {
            Act::Nothing => clock::pause(LOOK),
            Act::Interrupt => interrupt(pid),
            Act::Kill => {
                let mut found = None;
                end_tree(std::process::id(), Some(&mut group), TREE_ENDS, || {
                    found = found.or(reap(Some(pid)));
                });
                break found.unwrap_or(Exit::Signal(9));
            }
        }
    };
    let ran = clock::awake().saturating_sub(begun);
    end_tree(std::process::id(), Some(&mut group), TREE_ENDS, || {
        reap(None);
    });
    for pump in [out, err].into_iter().flatten().flatten() {
        pump.finish(Duration::from_secs(2));
    }
    let observed =
        robot_framework::observe(&workspace.join("events.jsonl"), &workspace.join("stderr"));
    let ran_ms = u64::try_from(ran.as_millis()).unwrap_or(u64::MAX);
    outcome(exit, &end.verdict(), &observed, ran_ms)
}

/// What is to be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Nothing,
    Interrupt,
    Kill,
}

/// How a robot is brought to its end: one interrupt, so that its teardowns run; a second one when
/// most of the grace is over; then its whole tree, half a second before the grace ends.
struct End {
    timeout: Option<Duration>,
    grace: Duration,
    why: Verdict,
    asked_at: Option<Duration>,
    interrupts: u32,
}

impl End {
    fn new(timeout_ms: Option<u64>, grace_ms: u64) -> Self {
        Self {
            timeout: timeout_ms.map(Duration::from_millis),
            grace: Duration::from_millis(grace_ms),
            why: Verdict::LetRun,
            asked_at: None,
            interrupts: 0,
        }
    }

    /// What is due after the robot ran for `ran`.
    fn due(&mut self, ran: Duration, mode: Option<Mode>) -> Act {
        if mode == Some(Mode::Kill) {
            if self.why == Verdict::LetRun || matches!(self.why, Verdict::Cancelled(_)) {
                self.why = Verdict::Cancelled(CancelledHow::Kill);
            }
            return Act::Kill;
        }
        if self.asked_at.is_none() {
            if mode == Some(Mode::Stop) {
                self.why = Verdict::Cancelled(CancelledHow::Stop);
            } else if let Some(timeout) = self.timeout.filter(|timeout| ran >= *timeout) {
                let limit_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
                self.why = Verdict::TimedOut(limit_ms);
            } else {
                return Act::Nothing;
            }
            self.asked_at = Some(ran);
        }
        let since = ran.saturating_sub(self.asked_at.unwrap_or(ran));
        let kill_at = self.grace.saturating_sub(Duration::from_millis(500));
        if since >= kill_at {
            if matches!(self.why, Verdict::Cancelled(_)) {
                self.why = Verdict::Cancelled(CancelledHow::Kill);
            }
            Act::Kill
        } else if self.interrupts == 0 || (self.interrupts == 1 && since >= self.grace.mul_f64(0.8))
        {
            self.interrupts += 1;
            Act::Interrupt
        } else {
            Act::Nothing
        }
    }

    fn verdict(&self) -> Verdict {
        self.why.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(end: &mut End, ms: u64, mode: Option<Mode>) -> Act {
        end.due(Duration::from_millis(ms), mode)
    }

    #[test]
    fn a_stopped_robot_is_asked_twice_and_then_killed() {
        let mut end = End::new(None, 10_000);
        let stop = Some(Mode::Stop);
        assert_eq!(at(&mut end, 500, None), Act::Nothing);
        assert_eq!(at(&mut end, 1_000, stop), Act::Interrupt);
        assert_eq!(at(&mut end, 8_900, stop), Act::Nothing);
        assert_eq!(at(&mut end, 9_000, stop), Act::Interrupt);
        assert_eq!(at(&mut end, 9_100, stop), Act::Nothing);
        assert_eq!(end.verdict(), Verdict::Cancelled(CancelledHow::Stop));
        assert_eq!(at(&mut end, 10_500, stop), Act::Kill);
        assert_eq!(end.verdict(), Verdict::Cancelled(CancelledHow::Kill));
    }

    #[test]
    fn kill_is_at_once() {
        let mut end = End::new(None, 10_000);
        assert_eq!(at(&mut end, 1_000, Some(Mode::Stop)), Act::Interrupt);
        assert_eq!(at(&mut end, 1_100, Some(Mode::Kill)), Act::Kill);
        assert_eq!(end.verdict(), Verdict::Cancelled(CancelledHow::Kill));
    }

    #[test]
    fn a_robot_whose_time_is_over_is_stopped_as_such() {
        let mut end = End::new(Some(2_000), 5_000);
        assert_eq!(at(&mut end, 1_999, None), Act::Nothing);
        assert_eq!(at(&mut end, 2_000, None), Act::Interrupt);
        assert_eq!(at(&mut end, 6_100, None), Act::Interrupt);
        assert_eq!(at(&mut end, 6_600, None), Act::Kill);
        assert_eq!(end.verdict(), Verdict::TimedOut(2_000));
    }
}
