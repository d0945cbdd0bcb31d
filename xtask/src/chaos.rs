//! `cargo xtask chaos`: real programs and real robots, attacked without a pause, then judged.
//!
//! The work is done by the program `chaos` of `crates/e2e`; here the programs are built and what
//! it may use is looked for.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::repository::{self, Profile};
use crate::{check, command, tools};

/// Where Debian's package puts it, for each kind of processor.
const LIBRARIES: &str = "/usr/lib";
const FAKETIME: &str = "faketime/libfaketimeMT.so.1";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How long faults are brought
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// How many robots must have started at least; fewer fail
    #[arg(long, default_value_t = 500)]
    robots: u64,
    /// What decides faults and presses; a new one each time unless it is given
    #[arg(long)]
    seed: Option<u64>,
}

/// The short run of `cargo xtask check`: about a minute with the healing, another seed each time.
pub(crate) fn for_check() -> Result<()> {
    attack(Duration::from_secs(50), 25, new_seed()?)
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let seed = options.seed.map_or_else(new_seed, Ok)?;
    attack(
        Duration::from_secs(options.minutes * 60),
        options.robots,
        seed,
    )
}

fn attack(time: Duration, robots: u64, seed: u64) -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("chaos kills, stops and finds processes in the ways of Linux, and runs there only");
    }
    tools::require(&[tools::Tool::Python])?;
    check::build_programs(Profile::Development)?;
    let mut build = command::cargo();
    build.args([
        "build",
        "--locked",
        "--package",
        "arkwright-e2e",
        "--bin",
        "chaos",
    ]);
    command::run(&mut build, "building the program `chaos`")?;
    let mut chaos = command::in_root(repository::binary("chaos", Profile::Development));
    chaos.env("ARKWRIGHT_TESTKIT_BUILT", "1");
    for (name, value) in [
        ("--seconds", time.as_secs()),
        ("--robots", robots),
        ("--seed", seed),
    ] {
        chaos.args([name, &value.to_string()]);
    }
    if let Some(library) = faketime() {
        chaos.arg("--faketime").arg(library);
    }
    command::run(&mut chaos, "chaos")
}

/// Any number will do, as long as it is told.
fn new_seed() -> Result<u64> {
    let since = std::fs::metadata("/proc/self")
        .and_then(|self_| self_.modified())
        .context("asking for the time")?
        .duration_since(std::time::UNIX_EPOCH)?;
    Ok(u64::from(since.subsec_nanos()))
}

/// The library that shifts clocks; installed through apt where that may be done silently.
fn faketime() -> Option<PathBuf> {
    let find = || {
        let folders = std::fs::read_dir(LIBRARIES).ok()?;
        let mut libraries = folders.filter_map(|entry| Some(entry.ok()?.path().join(FAKETIME)));
        libraries.find(|path| Path::is_file(path))
    };
    find().or_else(|| {
        tools::apt_install(&["libfaketime"]).ok()?;
        find()
    })
}
