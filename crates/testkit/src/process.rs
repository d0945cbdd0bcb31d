//! Processes: started with their output in files, killed, held, looked for.

use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::place::Place;
use crate::wait::until;

/// A started program. It is killed when this goes.
#[derive(Debug)]
pub struct Running {
    child: Child,
    output: PathBuf,
    _place: Arc<Place>,
}

impl Running {
    /// Starts it; what it prints goes to `<name>.out` and `<name>.err` in the place.
    ///
    /// # Panics
    /// There is no such program.
    #[must_use]
    pub fn start(place: &Arc<Place>, name: &str, mut command: Command) -> Self {
        let output = place.join(&format!("{name}.out"));
        let file = |path: &Path| File::create(path).expect("a log can be made");
        let errors = file(&place.join(&format!("{name}.err")));
        let child = command
            .stdin(Stdio::null())
            .stdout(file(&output))
            .stderr(errors)
            .spawn()
            .expect("a program can be started");
        Self {
            child,
            output,
            _place: Arc::clone(place),
        }
    }

    /// What it has printed: whole lines only.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let text = fs::read(&self.output).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole.lines().map(str::to_owned).collect()
    }

    /// Ends it at once, as a power cut would: the program is not asked.
    pub fn kill(&mut self) {
        self.child.kill().ok();
        self.child.wait().expect("a child can be waited for");
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    ///
    /// # Panics
    /// The system cannot say.
    pub fn status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be asked")
    }

    /// Sends a signal.
    ///
    /// # Panics
    /// The process has ended.
    pub fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).expect("a process id fits");
        kill(Pid::from_raw(id), signal).expect("the process lives");
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// It does not end.
    pub async fn ended(&mut self) -> ExitStatus {
        until("a program ends", async || self.status()).await
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The processes that name `path` in their command line or environment, but not this one.
pub(crate) fn naming(path: &Path) -> Vec<u32> {
    let wanted = path.as_os_str().as_bytes();
    let names = |file: PathBuf| {
        let bytes = fs::read(file).unwrap_or_default();
        bytes.windows(wanted.len()).any(|window| window == wanted)
    };
    let entries = fs::read_dir("/proc").into_iter().flatten();
    entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let id: u32 = path.file_name()?.to_str()?.parse().ok()?;
            let ours = id != std::process::id()
                && (names(path.join("cmdline")) || names(path.join("environ")));
            ours.then_some(id)
        })
        .collect()
}

/// Ends one process; one that is gone is what was wanted.
pub fn end(id: u32) {
    if let Ok(id) = i32::try_from(id) {
        kill(Pid::from_raw(id), Signal::SIGKILL).ok();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::wait::came_true;

    #[test]
    fn a_process_that_names_a_folder_in_its_environment_is_found_and_ended() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sleep");
        command
            .arg("60")
            .env("PLACE", folder.path().join("workspace"));
        let mut child = command.spawn().unwrap();

        let limit = Duration::from_secs(10);
        assert!(came_true(limit, || naming(folder.path()) == [child.id()]));
        end(child.id());

        assert!(!child.wait().unwrap().success());
        assert_eq!(naming(folder.path()), [0; 0]);
    }
}
