//! `cargo xtask limits`: asks as much of one agent as it must stand, and tells what that took.
//!
//! The work is done by the program `limits` of `crates/e2e`; the tests there run small sizes of it.

use anyhow::{Result, bail};

use crate::repository::{self, Profile};
use crate::{check, command, tools};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Lines that one robot writes while the server is away; 0: none
    #[arg(long, default_value_t = 1_000_000)]
    lines: u64,
    /// Short jobs through one computer; 0: none
    #[arg(long, default_value_t = 10_000)]
    jobs: u64,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("what a process takes is looked up in the way of Linux, and there only");
    }
    tools::require(&[tools::Tool::Python])?;
    check::build_programs(Profile::Development)?;
    let mut build = command::cargo();
    build.args(["build", "--locked", "--package", "arkwright-e2e"]);
    command::run(
        build.args(["--bin", "limits"]),
        "building the program `limits`",
    )?;
    let mut limits = command::in_root(repository::binary("limits", Profile::Development));
    limits.env("ARKWRIGHT_TESTKIT_BUILT", "1");
    for (name, value) in [("--lines", options.lines), ("--jobs", options.jobs)] {
        limits.args([name, &value.to_string()]);
    }
    command::run(&mut limits, "an agent at its limits")
}
