//! The supervisor: one process for each attempt, the agent's own program started again.
//!
//! It is the only one that starts the attempt's robot, and does so at most once: it holds the lock
//! of the workspace as long as it lives, and `started` is on disk before the robot is.

mod ledger;
mod robot;

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use model::{CancelledHow, Ending, Failure, Outcome};
use nix::fcntl::Flock;

use crate::clock::{self, Moment};
use crate::control::{Ear, Mode};
use crate::environment::{self, NotReady};
use crate::give_up::try_lock;
use crate::mask::Mask;
use crate::process::{self, Group, Known};
use crate::workspace::{AttemptFile, Workspace, sync_parent, write_by_rename, write_private};

use ledger::Ledger;

/// A supervisor that is not given `start` for this long ends: its agent is gone and will prepare
/// the workspace anew.
const WAITS_FOR_START: Duration = Duration::from_secs(600);
/// A computer that slept for longer between the start's giving and its taking starts nothing.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// The longest message of an outcome, in bytes.
const LONGEST_MESSAGE: usize = 8 * 1024;
/// Who holds the lock for longer is another supervisor.
const LONGEST_SURVEY: Duration = Duration::from_millis(500);

/// Starts a supervisor for the workspace, in a session of its own. `program` with `arguments`,
/// followed by the workspace's path, must end up in [`run_supervisor`].
///
/// # Errors
/// The program cannot be started.
pub fn spawn_supervisor(
    program: &Path,
    arguments: &[&str],
    workspace: &Workspace,
) -> io::Result<()> {
    let mut command = Command::new(program);
    command.args(arguments).arg(workspace.path());
    command.current_dir(workspace.path());
    let log = File::create(workspace.join("supervisor.log"))?;
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log);
    // A group of its own: it does not end with us, and no terminal reaches it.
    let mut supervisor = Group::start(&mut command)?;
    // Somebody must take in its end, or it stays as a zombie for as long as the agent lives.
    std::thread::Builder::new()
        .stack_size(64 * 1024)
        .spawn(move || supervisor.take_in())
        .map(|_| ())
}

/// What a supervisor does: waits for `start`, runs the robot, writes down how it ended.
///
/// # Errors
/// The workspace cannot be used, or another supervisor has it. Nothing was started then.
pub fn run_supervisor(workspace: &Path) -> io::Result<()> {
    let workspace = Workspace::at(workspace.to_owned());
    let Some(_lock) = lock(&workspace)? else {
        return Err(io::Error::other("another supervisor has this workspace"));
    };
    if workspace.join("started").exists() || workspace.join("exit.json").exists() {
        return Err(io::Error::other("this attempt was started before"));
    }
    process::adopt_orphans()?;
    let us = serde_json::to_vec(&Known::of(std::process::id())).map_err(io::Error::other)?;
    write_private(&workspace.join("supervisor.json"), &us)?;
    let attempt = workspace.attempt()?;
    let mut ear = Ear::new(&workspace);
    let Some(given) = wait_for_start(&mut ear, &workspace) else {
        return Ok(());
    };
    let outcome = supervise(&workspace, &attempt, &mut ear, &given);
    // The robot's process deletes the values as it reads them, unless it never came so far.
    std::fs::remove_file(workspace.join("values.json")).ok();
    // Whatever happened, nothing of it stays behind.
    process::end_tree(std::process::id(), None, Duration::from_secs(20), || {
        process::reap(None);
    });
    let json = serde_json::to_vec(&shortened(outcome)).map_err(io::Error::other)?;
    write_by_rename(&workspace.join("exit.json"), &json)
}

/// The lock; nothing if another supervisor has it. A survey holds it for an instant.
fn lock(workspace: &Workspace) -> io::Result<Option<Flock<File>>> {
    let begun = clock::awake();
    loop {
        if let Some(lock) = try_lock(workspace)? {
            return Ok(Some(lock));
        }
        if clock::awake().saturating_sub(begun) >= LONGEST_SURVEY {
            return Ok(None);
        }
        clock::pause(Duration::from_millis(5));
    }
}

/// When `start` was given; nothing if it never will be.
fn wait_for_start(ear: &mut Ear, workspace: &Workspace) -> Option<Moment> {
    let begun = clock::awake();
    loop {
        ear.listen();
        if let Some(given) = ear.start.take() {
            return Some(given);
        }
        let waited = clock::awake().saturating_sub(begun);
        if waited >= WAITS_FOR_START || ear.mode.is_some() || !workspace.path().exists() {
            return None;
        }
        // The start usually comes within milliseconds, and somebody watches.
        let look_again = if waited < Duration::from_secs(5) {
            2
        } else {
            100
        };
        clock::pause(Duration::from_millis(look_again));
    }
}

fn supervise(
    workspace: &Workspace,
    attempt: &AttemptFile,
    ear: &mut Ear,
    given: &Moment,
) -> Outcome {
    if let Some(lost) = slept_since(given) {
        return lost;
    }
    let mut ledger = match Ledger::open(workspace, ear) {
        Ok(ledger) => ledger,
        Err(error) => return disk_failure("the log of the attempt", &error),
    };
    let python = match environment::ready(attempt, &mut ledger) {
        Ok(python) => python,
        Err(NotReady::Failed(message)) => return Outcome::failed(Failure::Environment, message),
        Err(NotReady::Interrupted) => return cancelled(ledger.mode()),
    };
    let steps = ledger.steps();
    drop(ledger);
    ear.listen();
    if ear.mode.is_some() {
        return cancelled(ear.mode);
    }
    if let Some(lost) = slept_since(given) {
        return lost;
    }
    let mask = secrets_of(workspace);
    if let Err(error) = mark_started(workspace) {
        return disk_failure("the mark of its start", &error);
    }
    robot::run(workspace, attempt, &python, steps, &mask, ear)
}

/// The end of an attempt that was asked to end before its robot was started.
fn cancelled(mode: Option<Mode>) -> Outcome {
    let how = match mode {
        Some(Mode::Kill) => CancelledHow::Kill,
        Some(Mode::Stop) | None => CancelledHow::Stop,
    };
    Outcome::unmeasured(Ending::Cancelled { how, by: None })
}

/// The end of an attempt whose computer slept since its start was given: meanwhile it may have
/// been given up.
fn slept_since(given: &Moment) -> Option<Outcome> {
    let slept = given.slept(&Moment::now());
    slept.is_none_or(|slept| slept > LONGEST_SLEEP).then(|| {
        let message = "the computer slept in the moment before the robot's start";
        Outcome::failed(Failure::AgentLost, message)
    })
}

/// The outcome with a message that people can read: the log has the whole of it.
fn shortened(mut outcome: Outcome) -> Outcome {
    if let Ending::Failed { message, .. } = &mut outcome.ending
        && message.len() > LONGEST_MESSAGE
    {
        let mut end = LONGEST_MESSAGE;
        while !message.is_char_boundary(end) {
            end -= 1;
        }
        message.truncate(end);
        message.push('…');
    }
    outcome
}

/// Writes and syncs `started`. From here on no supervisor starts this attempt again.
fn mark_started(workspace: &Workspace) -> io::Result<()> {
    let path = workspace.join("started");
    write_private(&path, clock::wall().to_string().as_bytes())?;
    sync_parent(&path)
}

fn disk_failure(what: &str, error: &io::Error) -> Outcome {
    Outcome::failed(
        Failure::Environment,
        format!("{what} cannot be written: {error}"),
    )
}

/// The secrets that must not be printed: read here and kept in memory only.
fn secrets_of(workspace: &Workspace) -> Mask {
    #[derive(serde::Deserialize)]
    struct Value {
        #[serde(default)]
        secret: bool,
        value: Option<serde_json::Value>,
    }
    let bytes = std::fs::read(workspace.join("values.json")).unwrap_or_default();
    let values: Vec<Value> = serde_json::from_slice(&bytes).unwrap_or_default();
    let secrets = values
        .into_iter()
        .filter(|value| value.secret)
        .filter_map(|value| value.value);
    let texts: Vec<String> = secrets
        .filter_map(|value| value.as_str().map(str::to_owned))
        .collect();
    Mask::new(texts.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_very_long_message_is_cut_at_a_character() {
        let outcome = Outcome::failed(Failure::Environment, "ä".repeat(30_000));
        let Ending::Failed { message, .. } = shortened(outcome).ending else {
            panic!("another ending");
        };
        assert_eq!(message.chars().count(), LONGEST_MESSAGE / 2 + 1);
        assert!(message.ends_with("ä…"));
    }
}
