//! `arkwright-agent forget`: ends the tie between this folder and its server.

use std::path::PathBuf;

use anyhow::bail;

use crate::exit;
use crate::folder::{Folder, FolderError};
use crate::terminal::Terminal;

/// Forgets who this computer was; answers the exit code.
///
/// # Errors
/// It runs, or holds something that is not delivered.
pub fn run(data: Option<PathBuf>, terminal: &Terminal) -> anyhow::Result<u8> {
    let folder = Folder::at(data)?;
    if !folder.path().exists() {
        terminal.say("There is nothing to forget");
        return Ok(exit::DONE);
    }
    let _held = match folder.hold() {
        Err(error @ FolderError::InUse { .. }) => {
            terminal.error(&error.into(), Some("end it first"));
            return Ok(exit::IN_USE);
        }
        held => held?,
    };
    let spool = folder.join("spool");
    let undelivered = std::fs::read_dir(&spool).map(Iterator::count).unwrap_or(0);
    if undelivered > 0 {
        bail!(
            "{undelivered} of its jobs are not delivered to the server yet; start the agent once \
             more, or move {} away if they may be lost",
            spool.display()
        );
    }
    folder.forget()?;
    terminal.say("Forgotten. The next start asks for the server and the user id again");
    terminal.say("In the page, revoke this computer under Computers if you have not yet");
    Ok(exit::DONE)
}
