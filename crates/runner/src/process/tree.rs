//! The process tree of an attempt, and its end.
//!
//! On Linux a tree is the descendants of its supervisor, which adopts orphans: a program can leave
//! its session and its parent, but not its descent. Elsewhere it is the groups that are known.

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use super::Group;
use crate::clock;

/// A process that can be told from a later one with the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    pub(crate) pid: u32,
    /// When it started, in the system's own unit; 0 where the system does not say.
    pub(crate) start_time: u64,
}

impl Known {
    pub(crate) fn of(pid: u32) -> Self {
        Self {
            pid,
            start_time: start_time(pid).unwrap_or(0),
        }
    }

    pub(crate) fn is_alive(&self) -> bool {
        is_alive(self.pid) && start_time(self.pid).is_none_or(|time| time == self.start_time)
    }
}

/// Whether there is such a process.
pub(crate) fn is_alive(pid: u32) -> bool {
    i32::try_from(pid).is_ok_and(|pid| kill(Pid::from_raw(pid), None).is_ok())
}

/// When a process started.
#[cfg(target_os = "linux")]
pub(crate) fn start_time(pid: u32) -> Option<u64> {
    stat(pid).map(|stat| stat.start_time)
}

/// When a process started.
#[cfg(not(target_os = "linux"))]
pub(crate) fn start_time(_pid: u32) -> Option<u64> {
    None
}

/// The descendants of a process, without itself and without what has ended.
#[cfg(target_os = "linux")]
pub(crate) fn descendants(root: u32) -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let parents: Vec<(u32, u32)> = pids
        .filter_map(|pid| stat(pid).filter(|s| !s.ended).map(|s| (pid, s.parent)))
        .collect();
    let mut found = Vec::new();
    let mut frontier = vec![root];
    while let Some(parent) = frontier.pop() {
        for (pid, _) in parents.iter().filter(|(_, of)| *of == parent) {
            if *pid != root && !found.contains(pid) {
                found.push(*pid);
                frontier.push(*pid);
            }
        }
    }
    found
}

/// The descendants of a process cannot be listed here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn descendants(_root: u32) -> Vec<u32> {
    Vec::new()
}

/// Ends every descendant of `root`, and the whole `group`, again and again until there is none or
/// `limit` is over; answers whether there is none. `look` is called in between.
pub(crate) fn end_tree(
    root: u32,
    mut group: Option<&mut Group>,
    limit: Duration,
    mut look: impl FnMut(),
) -> bool {
    let begun = clock::awake();
    loop {
        let of_group = group.as_mut().is_some_and(|group| group.kill());
        let alive = descendants(root);
        for pid in &alive {
            if let Ok(pid) = i32::try_from(*pid) {
                kill(Pid::from_raw(pid), Signal::SIGKILL).ok();
            }
        }
        look();
        // Where descent is known, what is left of the group has ended and waits to be taken in.
        let group_is_gone = cfg!(target_os = "linux") || !of_group;
        if alive.is_empty() && group_is_gone {
            return true;
        }
        if clock::awake().saturating_sub(begun) >= limit {
            return false;
        }
        clock::pause(Duration::from_millis(10));
    }
}

#[cfg(target_os = "linux")]
struct Stat {
    parent: u32,
    start_time: u64,
    ended: bool,
}

#[cfg(target_os = "linux")]
fn stat(pid: u32) -> Option<Stat> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything, also parentheses and spaces.
    let rest = &text[text.rfind(')')? + 1..];
    let mut fields = rest.split_ascii_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    let start_time = fields.nth(17)?.parse().ok()?;
    Some(Stat {
        parent,
        start_time,
        ended: matches!(state, "Z" | "X"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_are_alive_and_started_at_some_time() {
        let us = Known::of(std::process::id());
        assert!(us.is_alive());
        assert!(
            !Known {
                start_time: us.start_time + 1,
                ..us
            }
            .is_alive()
                || us.start_time == 0
        );
    }
}
