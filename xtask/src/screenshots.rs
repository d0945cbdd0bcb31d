//! `cargo xtask screenshots`: every page in light, in dark and on a phone, for the README, the documentation and whoever
//! changes the page and wants to see what became of it.

use anyhow::Result;
use serde_json::json;

use crate::demo::{self, Place, Stage};
use crate::repository::Profile;
use crate::{browser, repository};

/// What has been played when the pictures are taken.
const PLAYED: [&str; 3] = ["Hello", "PDF sorter", "Invoices"];

pub(crate) fn run() -> Result<()> {
    let chromium = browser::require()?;
    demo::build()?;
    let pictures = repository::root().join("docs").join("screenshots");
    std::fs::create_dir_all(&pictures)?;
    let folder = tempfile::tempdir()?;
    let place = Place::new(folder.path().to_path_buf(), 0, Profile::Development)?;
    let program = place.program("arkwright");
    let mut stage = Stage::open(place)?;
    let taken = take(
        &mut stage,
        json!({ "chromium": chromium, "folder": pictures, "program": program }),
    );
    let closed = stage.close();
    taken.and(closed)
}

fn take(stage: &mut Stage, task: serde_json::Value) -> Result<()> {
    stage.prepare()?;
    for robot in PLAYED {
        stage.play(robot)?;
    }
    stage.run_script("pictures.mjs", task)
}
