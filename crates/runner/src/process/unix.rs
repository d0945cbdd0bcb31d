//! Starting and signalling processes on Unix.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::sys::signal::{SigHandler, Signal, kill, signal};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use process_wrap::std::{CommandWrap, CommandWrapper};

use super::Exit;

/// Gives a program the dispositions of signals as a shell gives them: a robot that inherits an
/// ignored SIGINT could never be stopped.
#[derive(Debug)]
pub(super) struct UsualSignals;

impl CommandWrapper for UsualSignals {
    fn pre_spawn(&mut self, command: &mut Command, _: &CommandWrap) -> io::Result<()> {
        let in_child = || {
            for name in [
                Signal::SIGINT,
                Signal::SIGTERM,
                Signal::SIGHUP,
                Signal::SIGQUIT,
            ] {
                // SAFETY: the default disposition is no handler of ours, so nothing of this process
                // is called from a signal.
                unsafe { signal(name, SigHandler::SigDfl) }?;
            }
            nix::sys::signal::SigSet::empty().thread_set_mask()?;
            Ok(())
        };
        // SAFETY: between fork and exec `in_child` calls only sigaction and sigprocmask, which are
        // async-signal-safe, and allocates nothing.
        unsafe { command.pre_exec(in_child) };
        Ok(())
    }
}

/// Makes this process the parent of its orphaned descendants, so that none gets lost.
pub(crate) fn adopt_orphans() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_child_subreaper(true)?;
    Ok(())
}

/// Asks the robot's process, and no other, to end.
pub(crate) fn interrupt(pid: u32) {
    if let Ok(pid) = i32::try_from(pid) {
        // A process that has just ended cannot be asked, and need not be.
        kill(Pid::from_raw(pid), Signal::SIGINT).ok();
    }
}

/// Takes in children that ended; answers how `main` did, if it is among them.
pub(crate) fn reap(main: Option<u32>) -> Option<Exit> {
    let mut found = None;
    loop {
        let (pid, exit) = match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(pid, code)) => (pid, Exit::Code(code)),
            Ok(WaitStatus::Signaled(pid, signal, _)) => (pid, Exit::Signal(signal_number(signal))),
            Ok(WaitStatus::StillAlive) | Err(_) => return found,
            Ok(_) => continue,
        };
        if u32::try_from(pid.as_raw()).ok() == main && main.is_some() {
            found = Some(exit);
        }
    }
}

fn signal_number(signal: Signal) -> i32 {
    Signal::iterator()
        .zip(1..)
        .find(|(other, _)| *other == signal)
        .map_or(0, |(_, number)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_their_numbers() {
        assert_eq!(signal_number(Signal::SIGINT), nix::libc::SIGINT);
        assert_eq!(signal_number(Signal::SIGKILL), nix::libc::SIGKILL);
        assert_eq!(signal_number(Signal::SIGSEGV), nix::libc::SIGSEGV);
    }
}
