//! `chaos`: attacks real programs and robots, and judges what comes of it. Started by
//! `cargo xtask chaos`, which builds the programs first.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use e2e::chaos::{Options, run};

/// The exit code of a command that a person stopped, as shells have it.
const INTERRUPTED: u8 = 130;

#[derive(Parser)]
struct CommandLine {
    #[arg(long)]
    seconds: u64,
    #[arg(long)]
    robots: u64,
    #[arg(long)]
    seed: u64,
    #[arg(long)]
    faketime: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let line = CommandLine::parse();
    let options = Options {
        time: Duration::from_secs(line.seconds),
        robots: line.robots,
        seed: line.seed,
        faketime: line.faketime,
    };
    tokio::select! {
        biased;
        // All programs end with the run that is dropped.
        _ = tokio::signal::ctrl_c() => ExitCode::from(INTERRUPTED),
        held = run(&options) => if held { ExitCode::SUCCESS } else { ExitCode::FAILURE },
    }
}
