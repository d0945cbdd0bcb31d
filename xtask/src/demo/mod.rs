//! `cargo xtask demo`: from a clone to a robot at work, with one command.
//!
//! Builds the page and both programs, starts a server and an agent as processes of their own in
//! `target/demo`, adds the sample robots and opens the page. On Ctrl-C it ends the jobs and stops
//! all that it started; nothing is left behind. `--once` does the same in a new folder and on a
//! free port, plays one robot, and ends as the job ended.

mod account;
mod interrupt;
mod place;
mod process;
mod rehearsal;
mod samples;
mod stage;

use std::time::Duration;

use anyhow::{Result, bail};

use crate::repository::Profile;
use crate::{browser, check, tools, web};
pub(crate) use interrupt::Stopped;
pub(crate) use place::Place;
pub(crate) use rehearsal::rehearse;
pub(crate) use stage::Stage;

/// Where the server listens unless another port is asked for.
const PORT: u16 = 7777;
/// The robot that `--once` plays unless another is named.
const FIRST_ROBOT: &str = "Hello";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Use a new folder and a free port, play one robot, and end as its job ended
    #[arg(long)]
    once: bool,
    /// Play this robot (Hello, Invoices, Order form, PDF sorter, Long job)
    #[arg(long, value_name = "NAME")]
    play: Option<String>,
    /// The port of the server [default: 7777; with --once a free one]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Do not open a browser
    #[arg(long)]
    no_open: bool,
}

impl Options {
    /// The interactive demo on the usual port.
    pub(crate) fn interactive(port: Option<u16>, no_open: bool) -> Self {
        Self {
            once: false,
            play: None,
            port,
            no_open,
        }
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    build()?;
    if options.once {
        once(options)
    } else {
        stay(options, None)
    }
}

/// The demo with one more process beside it, which ends with it.
pub(crate) fn run_beside(options: &Options, beside: std::process::Command) -> Result<()> {
    build()?;
    stay(options, Some(beside))
}

/// All that a demo needs, and nothing else.
pub(crate) fn build() -> Result<()> {
    tools::require(&[tools::Tool::Node, tools::Tool::Npm, tools::Tool::Python])?;
    web::build()?;
    eprintln!("Building server and agent (the first time takes some minutes) …");
    check::build_programs(Profile::Development)
}

fn once(options: &Options) -> Result<()> {
    let folder = tempfile::Builder::new()
        .prefix("arkwright-demo-")
        .tempdir()?;
    let place = Place::new(
        folder.path().to_path_buf(),
        options.port.unwrap_or(0),
        Profile::Development,
    )?;
    let robot = options.play.as_deref().unwrap_or(FIRST_ROBOT);
    let mut stage = Stage::open(place)?;
    let played = stage.prepare().and_then(|_| stage.play(robot));
    let is_stopped = played.as_ref().is_err_and(|error| error.is::<Stopped>());
    if played.is_err() && !is_stopped {
        stage.show_unshown();
    }
    let closed = stage.close();
    if let Err(error) = played.and(closed) {
        if is_stopped {
            return Err(error);
        }
        let kept = folder.keep();
        bail!(
            "{error:#}\nnote: the data of this demo was kept in {}",
            kept.display()
        );
    }
    Ok(())
}

fn stay(options: &Options, beside: Option<std::process::Command>) -> Result<()> {
    let place = Place::new(
        place::reused(),
        options.port.unwrap_or(PORT),
        Profile::Development,
    )?;
    let mut stage = Stage::open(place)?;
    let ended = show(&mut stage, options, beside);
    let closed = stage.close();
    match ended {
        // Ctrl-C is how this demo ends.
        Err(error) if error.is::<Stopped>() => closed,
        ended => ended.and(closed),
    }
}

fn show(stage: &mut Stage, options: &Options, beside: Option<std::process::Command>) -> Result<()> {
    let computer = stage.prepare()?;
    if let Some(command) = beside {
        stage.start("page", command)?;
    }
    let address = stage.sign_in_address()?;
    eprintln!("\nArkwright is ready, and the computer “{computer}” is online.");
    eprintln!("  {address}");
    eprintln!(
        "  (signs you in once, within 15 minutes; later ones: {})",
        stage.another_link()
    );
    eprintln!("Ctrl-C stops everything.\n");
    if !options.no_open && browser::open(&address) {
        eprintln!("The page opens in your browser.");
    }
    if let Some(robot) = &options.play {
        stage.play(robot)?;
    }
    stage.watch()
}

/// How long a process may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(10);
