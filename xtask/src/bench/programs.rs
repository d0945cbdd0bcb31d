//! The two programs themselves: how fast the server starts, how much memory both take at rest.

use std::time::Duration;

use anyhow::{Context, Result};

use super::figures::{machine, median, quantile};
use super::profile;
use crate::demo::{Place, Stage};
use crate::{check, web};

#[derive(clap::Args)]
pub(super) struct Options {
    /// Measure the programs as they are built for development
    #[arg(long)]
    debug: bool,
    /// How many starts, or how many seconds at rest
    #[arg(long, default_value_t = 20)]
    rounds: u32,
}

/// From the start of the process to its line `listening on …`, on a data folder that is there.
pub(super) fn start(options: &Options) -> Result<()> {
    let profile = profile(options.debug);
    web::build()?;
    check::build_programs(profile)?;
    let folder = tempfile::tempdir()?;
    let mut series = Vec::new();
    for _ in 0..=options.rounds {
        let place = Place::new(folder.path().to_path_buf(), 0, profile)?;
        let stage = Stage::open(place)?;
        series.push(stage.start_took().as_secs_f64() * 1000.0);
        stage.close()?;
    }
    let first = series.remove(0);
    println!("{}", machine());
    println!(
        "start to listening, {} starts: median {:.0} ms, worst {:.0} ms, the first {first:.0} ms \
         (aim < 1 s)",
        series.len(),
        median(&series),
        quantile(&series, 1.0),
    );
    Ok(())
}

/// Resident memory of the server with one agent, and of that agent, after some time of rest.
pub(super) fn rest(options: &Options) -> Result<()> {
    let profile = profile(options.debug);
    web::build()?;
    check::build_programs(profile)?;
    let folder = tempfile::tempdir()?;
    let mut stage = Stage::open(Place::new(folder.path().to_path_buf(), 0, profile)?)?;
    let measured = stage.prepare().and_then(|_| {
        stage.rest(Duration::from_secs(options.rounds.into()))?;
        Ok((resident(stage.server_id())?, resident(stage.agent_id())?))
    });
    stage.close()?;
    let (server, agent) = measured?;
    println!("{}", machine());
    println!("resident memory after {} s at rest", options.rounds);
    println!("server with one agent {server:6.1} MB (aim < 50)");
    println!("agent                 {agent:6.1} MB (aim < 15)");
    Ok(())
}

/// Megabytes, as the system counts them for one process.
fn resident(process: Option<u32>) -> Result<f64> {
    let process = process.context("the program does not run")?;
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).context(
        "this system does not tell a process's memory as a file: measured on Linux only",
    )?;
    let line = text
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .context("no VmRSS")?;
    let kilobytes: f64 = line
        .split_whitespace()
        .nth(1)
        .context("no figure")?
        .parse()
        .context("no number")?;
    Ok(kilobytes / 1024.0)
}
