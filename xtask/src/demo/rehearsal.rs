//! Every sample robot, played through server and agent as in the demo: the check that what a
//! newcomer tries first works.

use anyhow::{Context, Result};
use serde_json::json;

use super::{Place, Stage};
use crate::repository::Profile;

const PLAYED: [&str; 4] = ["Hello", "Invoices", "PDF sorter", "Order form"];
const STOPPED: &str = "Long job";

/// Plays them in a new folder; the programs must have been built.
pub(crate) fn rehearse() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let place = Place::new(folder.path().to_path_buf(), 0, Profile::Development)?;
    let mut stage = Stage::open(place)?;
    let played = play_all(&mut stage);
    let closed = stage.close();
    played.and(closed)
}

fn play_all(stage: &mut Stage) -> Result<()> {
    stage.prepare()?;
    for robot in PLAYED {
        let said = stage
            .ask_script("play.mjs", json!({ "robot": robot }))
            .with_context(|| format!("playing the sample robot `{robot}`"))?;
        eprintln!("✓ {robot}: {}", said.last().map_or("", String::as_str));
    }
    let said = stage
        .ask_script("stop.mjs", json!({ "robot": STOPPED }))
        .with_context(|| format!("stopping the sample robot `{STOPPED}`"))?;
    eprintln!("✓ {STOPPED}: {}", said.last().map_or("", String::as_str));
    Ok(())
}
