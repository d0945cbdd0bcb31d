//! How an attempt ended, from how its process ended: one pure function.

use model::{CancelledHow, Ending, Failure, Outcome};
use serde::{Deserialize, Serialize};

/// How the robot's process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

/// Why the supervisor ended it, if it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It did not.
    LetRun,
    /// It took longer than this many milliseconds.
    TimedOut(u64),
    /// Somebody asked for its end; by force or not.
    Cancelled(CancelledHow),
}

/// What the run told about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// The listener was there.
    pub opened: bool,
    /// What Robot Framework said of the robot's form before the first keyword ran.
    pub invalid: Option<String>,
    /// Tasks that failed.
    pub failed_tasks: u64,
    /// The message of the first of them.
    pub message: Option<String>,
    /// The innermost step that failed in it.
    pub step: Option<String>,
    /// The end of what was printed as errors.
    pub printed: String,
}

/// The outcome; the first rule that holds.
#[must_use]
pub fn outcome(exit: Exit, verdict: &Verdict, observed: &Observed, ran_ms: u64) -> Outcome {
    let ending = match (exit, verdict) {
        (Exit::Code(0), _) => Ending::Success,
        (_, Verdict::TimedOut(limit_ms)) => {
            let message = format!("its limit of {} was over", duration(*limit_ms));
            failed(Failure::Timeout, message, observed.step.clone())
        }
        (_, Verdict::Cancelled(how)) => Ending::Cancelled {
            how: *how,
            by: None,
        },
        (exit, Verdict::LetRun) => by_itself(exit, observed),
    };
    Outcome {
        ending,
        ran_ms: Some(ran_ms),
    }
}

fn by_itself(exit: Exit, observed: &Observed) -> Ending {
    let said = observed.invalid.clone();
    let unreadable = said.or_else(|| {
        (!observed.opened || exit == Exit::Code(252)).then(|| observed.printed.clone())
    });
    match (exit, unreadable) {
        // A process that was killed before it could say anything is no unreadable robot.
        (Exit::Signal(signal), None | Some(_)) if observed.invalid.is_none() => failed(
            Failure::Robot,
            format!("its process ended by signal {signal}"),
            None,
        ),
        (_, Some(said)) => {
            let said = if said.trim().is_empty() {
                "Robot Framework did not start".to_owned()
            } else {
                said
            };
            failed(Failure::InvalidRobot, said, None)
        }
        (Exit::Code(1..=250), None) => {
            let message = match (observed.failed_tasks, &observed.message) {
                (2.., Some(first)) => {
                    format!(
                        "{first} (and {} more tasks failed)",
                        observed.failed_tasks - 1
                    )
                }
                (_, Some(message)) => message.clone(),
                (_, None) => "a task failed".to_owned(),
            };
            failed(Failure::Robot, message, observed.step.clone())
        }
        (Exit::Code(code), None) => failed(
            Failure::Robot,
            format!("its process ended with code {code}"),
            None,
        ),
        (Exit::Signal(signal), None) => failed(
            Failure::Robot,
            format!("its process ended by signal {signal}"),
            None,
        ),
    }
}

fn failed(failure: Failure, message: String, step: Option<String>) -> Ending {
    Ending::Failed {
        failure,
        message,
        step,
    }
}

fn duration(ms: u64) -> String {
    if ms.is_multiple_of(60_000) {
        format!("{} min", ms / 60_000)
    } else {
        format!("{} s", ms.div_ceil(1000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(exit: Exit, verdict: &Verdict, observed: &Observed) -> String {
        match outcome(exit, verdict, observed, 7).ending {
            Ending::Success => "success".to_owned(),
            Ending::Failed {
                failure, message, ..
            } => format!("{}: {message}", failure.as_str()),
            Ending::Cancelled { how, .. } => format!("cancelled {how:?}"),
        }
    }

    #[test]
    fn the_first_rule_that_holds_counts() {
        let ran = Observed {
            opened: true,
            ..Observed::default()
        };
        let failed = Observed {
            failed_tasks: 1,
            message: Some("Button Save not found".into()),
            ..ran.clone()
        };
        let invalid = Observed {
            invalid: Some("no such library".into()),
            ..failed.clone()
        };
        let silent = Observed {
            printed: "[ ERROR ] no tasks".into(),
            ..Observed::default()
        };
        let stop = Verdict::Cancelled(CancelledHow::Stop);
        let table = [
            (Exit::Code(0), &Verdict::LetRun, &ran, "success"),
            (Exit::Code(0), &stop, &ran, "success"),
            (
                Exit::Code(2),
                &Verdict::TimedOut(90_000),
                &failed,
                "timeout: its limit of 90 s was over",
            ),
            (
                Exit::Signal(9),
                &Verdict::TimedOut(60_000),
                &ran,
                "timeout: its limit of 1 min was over",
            ),
            (Exit::Code(2), &stop, &failed, "cancelled Stop"),
            (
                Exit::Signal(9),
                &Verdict::Cancelled(CancelledHow::Kill),
                &ran,
                "cancelled Kill",
            ),
            (
                Exit::Code(252),
                &Verdict::LetRun,
                &silent,
                "invalid_robot: [ ERROR ] no tasks",
            ),
            (
                Exit::Code(1),
                &Verdict::LetRun,
                &invalid,
                "invalid_robot: no such library",
            ),
            (
                Exit::Code(1),
                &Verdict::LetRun,
                &failed,
                "robot: Button Save not found",
            ),
            (
                Exit::Code(253),
                &Verdict::LetRun,
                &ran,
                "robot: its process ended with code 253",
            ),
            (
                Exit::Signal(9),
                &Verdict::LetRun,
                &ran,
                "robot: its process ended by signal 9",
            ),
            (
                Exit::Signal(9),
                &Verdict::LetRun,
                &silent,
                "robot: its process ended by signal 9",
            ),
        ];
        for (exit, verdict, observed, expected) in table {
            assert_eq!(
                kind(exit, verdict, observed),
                expected,
                "{exit:?} {verdict:?}"
            );
        }
    }
}
