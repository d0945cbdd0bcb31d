//! What our listener adds to Robot Framework: in the worst case, 20,000 empty keywords in a loop,
//! and in a robot whose keywords do real work.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::figures::{machine, median};
use crate::{command, repository, tools};

/// The version that is measured; the agent pins the same.
const ROBOT_FRAMEWORK: &str = "robotframework==7.5";
const LISTENER: &str = "crates/runner/src/robot_framework/arkwright_listener.py";

#[derive(clap::Args)]
pub(super) struct Options {
    /// How often each robot runs, alone and with the listener
    #[arg(long, default_value_t = 7)]
    rounds: u32,
    /// How many empty keywords the worst case has
    #[arg(long, default_value_t = 20_000)]
    keywords: u32,
}

#[derive(Deserialize)]
struct Told {
    worst: Series,
    work: Series,
}

#[derive(Deserialize)]
struct Series {
    alone: Vec<f64>,
    listener: Vec<f64>,
}

pub(super) fn run(options: &Options) -> Result<()> {
    tools::require(&[tools::Tool::Python])?;
    let python = environment()?;
    eprintln!("Measuring {} rounds …", options.rounds);
    let mut measure = command::in_root(python);
    measure
        .arg("xtask/bench/listener.py")
        .arg(repository::root().join(LISTENER));
    measure.args([options.rounds.to_string(), options.keywords.to_string()]);
    let said = command::output(&mut measure, "measuring the listener")?;
    let told: Told = serde_json::from_str(&said).context("reading what was measured")?;
    println!("{}", machine());
    println!(
        "processor seconds, medians of {} rounds; {ROBOT_FRAMEWORK}",
        options.rounds
    );
    row(
        &format!("{} empty keywords", options.keywords),
        &told.worst,
        "1.5",
    );
    row("100 keywords of real work", &told.work, "1.02");
    Ok(())
}

fn row(name: &str, series: &Series, aim: &str) {
    let (alone, with) = (median(&series.alone), median(&series.listener));
    println!(
        "{name:<26} alone {alone:6.2}  with the listener {with:6.2}  ratio {:.3} (aim ≤ {aim})",
        with / alone
    );
}

/// An environment with Robot Framework alone, made once.
fn environment() -> Result<PathBuf> {
    let folder = repository::target().join("bench-environment");
    let (programs, suffix) = if cfg!(windows) {
        ("Scripts", ".exe")
    } else {
        ("bin", "")
    };
    let python = folder.join(programs).join(format!("python{suffix}"));
    let mut robot = command::in_root(&python);
    robot.args(["-c", "import robot"]);
    if python.is_file() && command::output(&mut robot, "asking Python").is_ok() {
        return Ok(python);
    }
    eprintln!("Making an environment with {ROBOT_FRAMEWORK} …");
    let system = if cfg!(windows) { "python" } else { "python3" };
    command::run(
        command::in_root(system).args(["-m", "venv"]).arg(&folder),
        "making it",
    )?;
    let mut pip = command::in_root(&python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        ROBOT_FRAMEWORK,
    ]);
    command::run(
        &mut pip,
        "installing Robot Framework (it needs the network once)",
    )?;
    Ok(python)
}
