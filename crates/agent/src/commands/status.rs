//! `arkwright-agent status`: what is saved, and what the running agent does.

use std::path::PathBuf;

use serde_json::json;

use crate::exit;
use crate::folder::{Folder, FolderError};
use crate::status::Snapshot;
use crate::terminal::Terminal;

/// Prints the status; answers the exit code.
///
/// # Errors
/// The folder cannot be read.
pub fn run(data: Option<PathBuf>, terminal: &Terminal) -> anyhow::Result<u8> {
    let folder = Folder::at(data)?;
    let settings = folder
        .path()
        .exists()
        .then(|| folder.settings())
        .transpose()?
        .flatten();
    let Some(settings) = settings else {
        let text = format!("not set up yet ({})", folder.path().display());
        terminal.data(&text, &json!({ "setUp": false, "data": folder.path() }));
        return Ok(exit::DONE);
    };
    let running = matches!(folder.hold(), Err(FolderError::InUse { .. }));
    let snapshot = std::fs::read(folder.join("status.json"))
        .ok()
        .filter(|_| running);
    let snapshot: Snapshot = snapshot
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    let state = match (running, snapshot.connected, settings.agent_id) {
        (true, true, _) => "running, connected",
        (true, false, None) => "running, waits to be approved",
        (true, false, Some(_)) => "running, not connected",
        (false, ..) => "not running",
    };
    let name = snapshot
        .name
        .clone()
        .or_else(|| settings.name.as_ref().map(ToString::to_string));
    let text = format!(
        "state    {state}\nserver   {}\nuser id  {}\nname     {}\njobs     {}\ndata     {}",
        settings.server,
        settings.user_id,
        name.as_deref().unwrap_or("as the page shows it"),
        snapshot.holding.len(),
        folder.path().display()
    );
    let value = json!({
        "setUp": true,
        "running": running,
        "connected": snapshot.connected,
        "since": snapshot.since,
        "server": settings.server.to_string(),
        "userId": settings.user_id,
        "agentId": settings.agent_id,
        "name": name,
        "holding": snapshot.holding,
        "data": folder.path(),
    });
    terminal.data(&text, &value);
    Ok(exit::DONE)
}
