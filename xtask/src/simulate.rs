//! Runs the simulation of `crates/simulation`: many seeds, or one of them again.

use anyhow::Result;

use crate::command;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// What the program `simulate` is given; `--help` tells what it takes
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "ARGUMENTS"
    )]
    arguments: Vec<String>,
}

/// Builds the program and runs it.
pub(crate) fn run(options: &Options) -> Result<()> {
    let arguments: Vec<&str> = options.arguments.iter().map(String::as_str).collect();
    simulate(&arguments)
}

/// A part of everything that is checked: always the same seeds.
pub(crate) fn check() -> Result<()> {
    simulate(&["--seeds", SEEDS_CHECKED])
}

/// As many as two busy processors run in two minutes.
const SEEDS_CHECKED: &str = "300";

fn simulate(arguments: &[&str]) -> Result<()> {
    let mut cargo = command::cargo();
    cargo.args(["run", "--quiet", "--locked", "--package"]);
    cargo.args(["arkwright-simulation", "--bin", "simulate", "--"]);
    command::run(cargo.args(arguments), "the simulation")
}
