//! The folder of one test, and the promise that no process of it is left.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tempfile::TempDir;

use crate::process::{end, naming};
use crate::programs;
use crate::wait::came_true;

/// How long processes that are about to end may take when a test is over.
const LAST: Duration = Duration::from_secs(15);
/// How much of each log is told when a test fails.
const TAIL_LINES: usize = 25;

/// The folder of one test. All parts of the test hold it; it goes with the last of them.
#[derive(Debug)]
pub struct Place {
    folder: Option<TempDir>,
    path: PathBuf,
    kept: AtomicBool,
}

impl Place {
    /// A new folder, with the two programs in it: a build beside the test replaces nothing there.
    ///
    /// # Panics
    /// The programs cannot be built, or the folder cannot be made.
    #[must_use]
    pub fn new() -> Arc<Self> {
        let programs = programs::folder();
        let tests = programs::cache().join("tests");
        fs::create_dir_all(&tests).expect("the target folder can be written");
        let folder = tempfile::tempdir_in(&tests).expect("a folder can be made");
        for name in ["arkwright", "arkwright-agent"] {
            let (from, to) = (programs.join(name), folder.path().join(name));
            let linked = fs::hard_link(&from, &to).or_else(|_| fs::copy(&from, &to).map(drop));
            linked.expect("the programs are built: `cargo xtask check` builds them first");
        }
        let path = folder.path().to_owned();
        Arc::new(Self {
            folder: Some(folder),
            path,
            kept: AtomicBool::new(false),
        })
    }

    /// Something in it.
    #[must_use]
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Makes the data folder of an agent that shares what all agents may share.
    pub(crate) fn agent_data(&self, name: &str) -> PathBuf {
        let data = self.join(name);
        fs::create_dir_all(&data).expect("a folder can be made");
        for shared in ["environments", "uv-cache"] {
            let target = programs::cache().join(shared);
            fs::create_dir_all(&target).expect("a folder can be made");
            std::os::unix::fs::symlink(target, data.join(shared)).expect("the name is free");
        }
        data
    }

    /// The processes that name this folder, or something in it, in their command line or
    /// environment.
    #[must_use]
    pub fn processes(&self) -> Vec<u32> {
        naming(&self.path)
    }

    /// Kills the supervisors of all attempts here, and nothing else.
    pub fn end_supervisors(&self) {
        self.supervisors().into_iter().for_each(end);
    }

    /// The supervisors of all attempts here.
    #[must_use]
    pub fn supervisors(&self) -> Vec<u32> {
        let mut all = self.processes();
        all.retain(|id| command_line(*id).contains(" supervise "));
        all
    }

    /// The processes of robots here.
    #[must_use]
    pub fn robots(&self) -> Vec<u32> {
        let mut all = self.processes();
        all.retain(|id| command_line(*id).contains("python"));
        all
    }

    /// Keeps the folder when all is over: somebody wants to look at it.
    pub fn keep(&self) {
        self.kept.store(true, Ordering::Relaxed);
    }

    fn tell_logs(&self) {
        let mut logs: Vec<_> = fs::read_dir(&self.path)
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|e| e == "out" || e == "err"))
            .collect();
        logs.sort();
        for log in logs {
            let text = fs::read(&log).unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            let lines: Vec<&str> = text.lines().collect();
            let tail = lines.get(lines.len().saturating_sub(TAIL_LINES)..);
            let name = log.file_name().unwrap_or_default().display();
            eprintln!("--- {name}\n{}", tail.unwrap_or_default().join("\n"));
        }
    }
}

/// What a process is called, for the message about one that was left.
fn command_line(id: u32) -> String {
    let bytes = fs::read(Path::new("/proc").join(id.to_string()).join("cmdline"));
    String::from_utf8_lossy(&bytes.unwrap_or_default()).replace('\0', " ")
}

impl Drop for Place {
    fn drop(&mut self) {
        let failed = std::thread::panicking();
        let limit = if failed { Duration::ZERO } else { LAST };
        let gone = came_true(limit, || self.processes().is_empty());
        let left = self.processes();
        let names: Vec<String> = left.iter().map(|id| command_line(*id)).collect();
        came_true(LAST, || {
            let left = self.processes();
            left.iter().for_each(|id| end(*id));
            left.is_empty()
        });
        if failed || !gone {
            self.tell_logs();
        }
        if failed || !gone || self.kept.load(Ordering::Relaxed) {
            let kept = self.folder.take().map(TempDir::keep);
            eprintln!("kept: {}", kept.unwrap_or_default().display());
        }
        assert!(failed || gone, "processes were left behind: {names:?}");
    }
}
