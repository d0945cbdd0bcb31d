//! A program that is started at the head of a group of its own, and ended with all of the group.
//!
//! By the same functions on every system (process-wrap): a session on Unix, a job object on
//! Windows. A program can leave its session; what does on Linux is found by its descent
//! ([`super::end_tree`]).

use std::io;
use std::process::{ChildStderr, ChildStdout, Command};

use process_wrap::std::{ChildWrapper, CommandWrap};

/// A started program and its group.
pub(crate) struct Group {
    child: Box<dyn ChildWrapper>,
}

impl Group {
    /// Starts a program, which keeps nothing of how signals are treated here. `command` is used up.
    pub(crate) fn start(command: &mut Command) -> io::Result<Self> {
        let mut wrap = CommandWrap::from(std::mem::replace(command, Command::new("")));
        #[cfg(unix)]
        wrap.wrap(process_wrap::std::ProcessSession)
            .wrap(super::unix::UsualSignals);
        #[cfg(windows)]
        wrap.wrap(process_wrap::std::JobObject);
        Ok(Self {
            child: wrap.spawn()?,
        })
    }

    /// The program's process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it prints, once.
    pub(crate) fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout().take()
    }

    /// What it complains, once.
    pub(crate) fn stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr().take()
    }

    /// Waits for the end of the program, so that nothing of it stays behind.
    pub(crate) fn take_in(&mut self) {
        // One that somebody else has taken in is gone too.
        self.child.wait().ok();
    }

    /// Ends the whole group at once, so that it cannot start others faster than somebody looks;
    /// answers whether there was anything to end.
    pub(crate) fn kill(&mut self) -> bool {
        self.child.start_kill().is_ok()
    }
}
