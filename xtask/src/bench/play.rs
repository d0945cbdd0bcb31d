//! From pressing play to the start of the robot's process, on one computer, with everything that
//! must be on disk before: the job, the offer, the confirmation, the agent's own record.

use std::io::Write as _;
use std::path::Path;

use anyhow::Result;
use serde::Deserialize;
use serde_json::json;

use super::figures::{machine, median, quantile};
use super::{measured, profile};
use crate::clock::Since;
use crate::demo::Place;
use crate::{check, web};

/// How often the disk is asked to sync, and how much is written each time.
const SYNCS: usize = 200;
const SYNCED_BYTES: usize = 4096;

#[derive(clap::Args)]
pub(super) struct Options {
    /// Measure the programs as they are built for development
    #[arg(long)]
    debug: bool,
    /// How many jobs are played, one after the other
    #[arg(long, default_value_t = 50)]
    rounds: u32,
}

/// Milliseconds of each job, from the instant before `play` was sent.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    answered: Vec<f64>,
    started: Vec<f64>,
    first_step: Vec<f64>,
}

pub(super) fn run(options: &Options) -> Result<()> {
    let profile = profile(options.debug);
    web::build()?;
    check::build_programs(profile)?;
    // A folder in memory would make every sync free.
    let folder = tempfile::tempdir_in(crate::repository::target())?;
    let syncs = syncs(folder.path())?;
    let place = Place::new(folder.path().to_path_buf(), 0, profile)?;
    let workspaces = place.workspaces();
    let task = json!({ "rounds": options.rounds, "workspaces": workspaces });
    let told: Told = measured(place, "measure.mjs", task)?;
    println!("{}", machine());
    println!(
        "milliseconds, {} jobs; {SYNCS} syncs of {SYNCED_BYTES} bytes",
        options.rounds
    );
    row("one sync of the disk", &syncs, "");
    row("play → answered", &told.answered, "");
    row("play → process started", &told.started, " (aim p50 < 30)");
    row(
        "play → first step seen",
        &told.first_step,
        " (with Python's start)",
    );
    Ok(())
}

fn row(name: &str, series: &[f64], note: &str) {
    let (p50, p99) = (median(series), quantile(series, 0.99));
    println!("{name:<24} p50 {p50:7.1}  p99 {p99:7.1}{note}");
}

fn syncs(folder: &Path) -> Result<Vec<f64>> {
    let mut file = std::fs::File::create(folder.join("syncs"))?;
    let mut series = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        let since = Since::now();
        file.write_all(&[b'x'; SYNCED_BYTES])?;
        file.sync_data()?;
        series.push(since.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(series)
}
