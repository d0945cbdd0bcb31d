//! What is found in a workspace: one path for start, restart and reboot.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Duration;

use model::Outcome;
use nix::fcntl::{Flock, FlockArg};

use crate::clock;
use crate::process::end_tree;
use crate::workspace::Workspace;

/// What is found in a workspace.
#[derive(Debug, Clone, PartialEq)]
pub enum Survey {
    /// There is no workspace.
    Absent,
    /// A supervisor lives.
    Alive,
    /// No supervisor lives, and it has said how the attempt ended.
    Ended(Outcome),
    /// No supervisor lives, and it said nothing.
    Gone {
        /// The robot may have been started.
        started: bool,
    },
}

/// Looks into a workspace.
///
/// # Errors
/// The disk.
pub fn survey(workspace: &Workspace) -> io::Result<Survey> {
    let lock = match File::open(workspace.join("attempt.lock")) {
        Ok(lock) => lock,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(if workspace.path().exists() {
                Survey::Gone {
                    started: workspace.join("started").exists(),
                }
            } else {
                Survey::Absent
            });
        }
        Err(error) => return Err(error),
    };
    match Flock::lock(lock, FlockArg::LockSharedNonblock) {
        Err((_, nix::errno::Errno::EWOULDBLOCK)) => return Ok(Survey::Alive),
        Err((_, errno)) => return Err(errno.into()),
        Ok(_free) => {}
    }
    match fs::read(workspace.join("exit.json")) {
        // It is there as a whole or not at all, but for what a disk damages later.
        Ok(bytes) => Ok(
            serde_json::from_slice(&bytes).map_or(Survey::Gone { started: true }, Survey::Ended)
        ),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Survey::Gone {
            started: workspace.join("started").exists(),
        }),
        Err(error) => Err(error),
    }
}

/// Ends what is left of the processes of a workspace whose supervisor is gone: they carry its path
/// in their environment. A program that has left its parent and emptied its environment is found
/// by a living supervisor only.
pub fn kill_leftovers(workspace: &Workspace) {
    // Nobody else deletes the secrets of a robot that never came to read them.
    fs::remove_file(workspace.join("values.json")).ok();
    let limit = Duration::from_secs(20);
    let begun = clock::awake();
    loop {
        let found = marked(workspace.path());
        if found.is_empty() || clock::awake().saturating_sub(begun) >= limit {
            return;
        }
        for pid in found {
            end_tree(pid, None, limit, || {});
            if let Ok(pid) = i32::try_from(pid) {
                let pid = nix::unistd::Pid::from_raw(pid);
                nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).ok();
            }
        }
        clock::pause(Duration::from_millis(10));
    }
}

/// Processes of this user that carry the workspace's path in their environment.
#[cfg(target_os = "linux")]
fn marked(workspace: &Path) -> Vec<u32> {
    use std::os::unix::ffi::OsStrExt;
    let mut mark = b"ARKWRIGHT_WORKSPACE=".to_vec();
    mark.extend_from_slice(workspace.as_os_str().as_bytes());
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let ours = |pid: &u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment
            .split(|byte| *byte == 0)
            .any(|variable| variable == mark)
    };
    pids.filter(|pid| *pid != std::process::id())
        .filter(ours)
        .collect()
}

/// Environments of other processes cannot be read here.
#[cfg(not(target_os = "linux"))]
fn marked(_workspace: &Path) -> Vec<u32> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_that_is_damaged_is_an_attempt_without_a_word_and_not_one_that_still_runs() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(folder.path().to_owned());
        fs::write(workspace.join("attempt.lock"), "").unwrap();
        fs::write(workspace.join("exit.json"), r#"{"kind":"succ\0ss"}"#).unwrap();
        assert_eq!(survey(&workspace).unwrap(), Survey::Gone { started: true });
    }
}
