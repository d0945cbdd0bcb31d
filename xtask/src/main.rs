//! The commands of the repository: `cargo xtask <command>`.
//!
//! For developers and for whoever tries Arkwright from a clone. It orchestrates other programs
//! (cargo, npm, node, our own two binaries) and holds the rules of the code that no compiler
//! checks. It is no part of what is installed, and nothing of ours depends on it.

mod bench;
mod browser;
mod chaos;
mod check;
mod clock;
mod command;
mod demo;
mod dev;
mod generate;
mod limits;
mod repository;
mod screenshots;
mod simulate;
mod tidy;
mod tools;
mod web;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The exit code of a command that a person stopped, as shells have it.
const INTERRUPTED: u8 = 130;

#[derive(Parser)]
#[command(
    name = "xtask",
    bin_name = "cargo xtask",
    about = "The commands of this repository"
)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build all, start a server and a computer, add the sample robots, and open the page
    Demo(demo::Options),
    /// The demo, and the page is built again after each change in web/
    Dev(dev::Options),
    /// Everything that continuous integration checks, with the time of each step
    Check(check::Options),
    /// The rules of the code that no compiler checks
    Tidy,
    /// Write the generated files that are checked in
    Generate(generate::Options),
    /// Build the page into web/dist
    Web,
    /// Measure what the documentation tells about speed and size
    Bench(bench::Options),
    /// Attack real programs and robots for minutes, and compare what came of it with the promises
    Chaos(chaos::Options),
    /// Ask as much of one computer's agent as it must stand, and tell what that takes
    Limits(limits::Options),
    /// Run many seeds of the simulation, or one again
    #[command(disable_help_flag = true)]
    Simulate(simulate::Options),
    /// Make the pictures of docs/screenshots from a demo of its own
    Screenshots,
}

fn main() -> ExitCode {
    let done = match CommandLine::parse().command {
        Command::Demo(options) => demo::run(&options),
        Command::Dev(options) => dev::run(&options),
        Command::Check(options) => check::run(&options),
        Command::Tidy => tidy::run(),
        Command::Generate(options) => generate::run(&options),
        Command::Web => web::build(),
        Command::Bench(options) => bench::run(&options),
        Command::Chaos(options) => chaos::run(&options),
        Command::Limits(options) => limits::run(&options),
        Command::Simulate(options) => simulate::run(&options),
        Command::Screenshots => screenshots::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<demo::Stopped>() => ExitCode::from(INTERRUPTED),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
