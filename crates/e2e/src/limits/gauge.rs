//! What a process and a folder take.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// What a process takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// Memory now, in KiB.
    pub memory_kib: u64,
    /// The most memory so far, in KiB.
    pub most_memory_kib: u64,
    /// Open files, sockets and pipes.
    pub open_files: usize,
    /// Threads.
    pub threads: u64,
}

impl Use {
    /// # Panics
    /// There is no such process.
    #[must_use]
    pub fn of(process: u32) -> Self {
        let folder = PathBuf::from(format!("/proc/{process}"));
        let status = fs::read_to_string(folder.join("status")).expect("the process lives");
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let word = line.and_then(|line| line.trim_start_matches(':').split_whitespace().next());
            word.and_then(|word| word.parse().ok())
                .expect("the system tells it")
        };
        Self {
            memory_kib: number("VmRSS"),
            most_memory_kib: number("VmHWM"),
            open_files: entries(&folder.join("fd")).len(),
            threads: number("Threads"),
        }
    }
}

impl fmt::Display for Use {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (now, most) = (self.memory_kib / 1024, self.most_memory_kib / 1024);
        let (files, threads) = (self.open_files, self.threads);
        write!(
            out,
            "{now} MiB (at most {most} MiB), {files} open files, {threads} threads"
        )
    }
}

/// What a folder holds. What it links to is not its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Files {
    /// Files and folders.
    pub count: usize,
    /// Their bytes.
    pub bytes: u64,
}

impl Files {
    /// Whatever goes away meanwhile is not counted.
    #[must_use]
    pub fn below(folder: &Path) -> Self {
        let mut all = Self::default();
        for path in entries(folder) {
            let Ok(found) = fs::symlink_metadata(&path) else {
                continue;
            };
            all.count += 1;
            if found.is_dir() {
                let inner = Self::below(&path);
                all.count += inner.count;
                all.bytes += inner.bytes;
            } else {
                all.bytes += found.len();
            }
        }
        all
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect()
}
