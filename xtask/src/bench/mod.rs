//! `cargo xtask bench`: measures what the documentation tells of speed and size, on the machine it runs on.
//!
//! Each command measures one thing with the real programs, built for speed unless `--debug` is
//! said, and prints its figures beside the aim. It judges nothing: a busy machine is no failure.

mod browser;
mod figures;
mod listener;
mod play;
mod programs;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::demo::{Place, Stage};
use crate::repository::Profile;
use crate::{command, web};

#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// What our listener adds to Robot Framework, in processor seconds
    Listener(listener::Options),
    /// From pressing play to the start of the robot's process
    Play(play::Options),
    /// From the start of the server to `listening`
    Start(programs::Options),
    /// Memory of server and agent at rest
    Rest(programs::Options),
    /// Sizes of the page as sent
    Page,
    /// The page in a browser on a slowed processor
    Browser(browser::Options),
}

pub(crate) fn run(options: &Options) -> Result<()> {
    match &options.what {
        What::Listener(options) => listener::run(options),
        What::Play(options) => play::run(options),
        What::Start(options) => programs::start(options),
        What::Rest(options) => programs::rest(options),
        What::Page => page(),
        What::Browser(options) => browser::run(options),
    }
}

fn page() -> Result<()> {
    web::build()?;
    command::run(
        command::npm().args(["run", "--silent", "budget"]),
        "measuring the page",
    )
}

/// What a script measured in a demo at that place, told by its last line.
fn measured<T: DeserializeOwned>(place: Place, script: &str, task: Value) -> Result<T> {
    let mut stage = Stage::open(place)?;
    let said = stage.prepare().and_then(|_| stage.ask_script(script, task));
    stage.close()?;
    let said = said?;
    serde_json::from_str(said.last().map_or("", String::as_str))
        .context("reading what was measured")
}

fn profile(debug: bool) -> Profile {
    if debug {
        Profile::Development
    } else {
        Profile::Release
    }
}
