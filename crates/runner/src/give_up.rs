//! Making sure that no robot of an attempt is started any more.
//!
//! Whoever holds the lock of a workspace knows that no supervisor works there: one that lives is
//! ended first, and one that comes later waits for the lock. What is changed under the lock, a
//! later supervisor finds changed.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use nix::fcntl::{Flock, FlockArg};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::clock;
use crate::control::was_given_start;
use crate::process::{Known, end_tree};
use crate::survey::kill_leftovers;
use crate::workspace::Workspace;

/// How long the end of a tree may take.
const TREE_ENDS: Duration = Duration::from_secs(20);
/// How long a supervisor's end may take, its tree included.
const SUPERVISOR_ENDS: Duration = Duration::from_secs(25);
/// What a supervisor cannot start without is called this once the attempt is given up.
const GIVEN_UP: &str = "given-up.json";

/// Ends what is there of a supervisor and its robot, and lets no later supervisor start the robot.
/// The files of the attempt stay.
///
/// # Errors
/// The disk, or a supervisor that cannot be ended.
pub fn give_up(workspace: &Workspace) -> io::Result<()> {
    let Some(_lock) = seize(workspace)? else {
        return Ok(());
    };
    match fs::rename(workspace.join("attempt.json"), workspace.join(GIVEN_UP)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    kill_leftovers(workspace);
    Ok(())
}

/// Gives an attempt up whose supervisor was not given its start; answers whether it did. Only for
/// who alone may give that start.
///
/// # Errors
/// The disk, or a supervisor that cannot be ended.
pub fn give_up_unstarted(workspace: &Workspace) -> io::Result<bool> {
    if workspace.join("started").exists() || was_given_start(workspace)? {
        return Ok(false);
    }
    give_up(workspace)?;
    Ok(true)
}

/// Ends what is there of a supervisor and its robot, and deletes the workspace.
///
/// # Errors
/// The disk, or a supervisor that cannot be ended.
pub fn clear(workspace: &Workspace) -> io::Result<()> {
    let Some(lock) = seize(workspace)? else {
        return Ok(());
    };
    delete(workspace, lock)
}

/// Deletes a workspace whose lock is held: a supervisor that waited for the lock meanwhile finds
/// that its file is gone.
pub(crate) fn delete(workspace: &Workspace, lock: Flock<File>) -> io::Result<()> {
    kill_leftovers(workspace);
    let deleted = match fs::remove_dir_all(workspace.path()) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    drop(lock);
    deleted
}

/// Takes the lock of a workspace; a supervisor that holds it is ended, and what it started.
/// Nothing if there is no workspace.
pub(crate) fn seize(workspace: &Workspace) -> io::Result<Option<Flock<File>>> {
    let begun = clock::awake();
    loop {
        match try_lock(workspace) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Ok(None) => {}
            got => return got,
        }
        // A supervisor that has just taken the lock says in an instant who it is, and a survey
        // holds it for an instant only.
        end_supervisor(workspace);
        if clock::awake().saturating_sub(begun) >= SUPERVISOR_ENDS {
            let text = "the attempt's supervisor cannot be ended";
            return Err(io::Error::new(io::ErrorKind::TimedOut, text));
        }
        clock::pause(Duration::from_millis(5));
    }
}

/// The lock of a workspace, unless somebody has it.
pub(crate) fn try_lock(workspace: &Workspace) -> io::Result<Option<Flock<File>>> {
    let path = workspace.join("attempt.lock");
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    lock_at(options.open(&path)?, &path)
}

/// Locks a file. One that was deleted meanwhile locks nothing: the workspace may have been made
/// anew, with another file in its place.
fn lock_at(file: File, path: &Path) -> io::Result<Option<Flock<File>>> {
    let lock = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => lock,
        Err((_, nix::errno::Errno::EWOULDBLOCK)) => return Ok(None),
        Err((_, errno)) => return Err(errno.into()),
    };
    let (ours, there) = (lock.metadata()?, fs::metadata(path));
    let is_there = there.is_ok_and(|there| (there.dev(), there.ino()) == (ours.dev(), ours.ino()));
    Ok(is_there.then_some(lock))
}

/// Ends the supervisor that says that it works here, and what it started.
fn end_supervisor(workspace: &Workspace) {
    let Ok(bytes) = fs::read(workspace.join("supervisor.json")) else {
        return;
    };
    let Ok(supervisor) = serde_json::from_slice::<Known>(&bytes) else {
        return;
    };
    let Ok(pid) = i32::try_from(supervisor.pid) else {
        return;
    };
    if supervisor.is_alive() {
        let pid = Pid::from_raw(pid);
        // It must not start what was just found not to run. Whoever has ended needs no signal.
        kill(pid, Signal::SIGSTOP).ok();
        end_tree(supervisor.pid, None, TREE_ENDS, || {});
        kill(pid, Signal::SIGKILL).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_supervisor_that_opened_the_lock_before_the_workspace_was_made_anew_does_not_get_it() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(folder.path().to_owned());
        let path = workspace.join("attempt.lock");
        let late = File::create(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(
            lock_at(late, &path).unwrap().is_none(),
            "of a workspace that is gone"
        );
        let late = File::create(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let current = try_lock(&workspace).unwrap();
        assert!(current.is_some());
        assert!(lock_at(late, &path).unwrap().is_none(), "beside another");
        assert!(try_lock(&workspace).unwrap().is_none(), "twice");
    }
}
