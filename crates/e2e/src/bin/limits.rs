//! `limits`: asks as much of one agent as it must stand, and tells what that took. Started by
//! `cargo xtask limits`, which builds the programs first.

use clap::Parser;
use e2e::limits::{long_log, many_jobs};

#[derive(Parser)]
struct CommandLine {
    /// Lines in one attempt while the server is away; 0: none
    #[arg(long)]
    lines: u64,
    /// Short jobs, one after the other; 0: none
    #[arg(long)]
    jobs: u64,
}

#[tokio::main]
async fn main() {
    let line = CommandLine::parse();
    if line.lines > 0 {
        println!("{}\n", long_log(line.lines).await);
    }
    if line.jobs > 0 {
        println!("{}\n", many_jobs(line.jobs).await);
    }
}
