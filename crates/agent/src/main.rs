//! The binary `arkwright-agent`.

use std::process::ExitCode;

use agent::cli::{Cli, Command};
use agent::commands::{doctor, forget, start, status};
use agent::exit;
use agent::terminal::Terminal;
use clap::Parser;

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Some(Command::Supervise { workspace }) = &cli.command {
        // A supervisor has no terminal: its log file takes what it says.
        return match runner::run_supervisor(workspace) {
            Ok(()) => ExitCode::from(exit::DONE),
            Err(error) => {
                eprintln!("{error}");
                ExitCode::from(exit::FAILED)
            }
        };
    }
    let filter = tracing_subscriber::EnvFilter::try_from_env("ARKWRIGHT_AGENT_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let terminal = Terminal::new(cli.json);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(run(cli, &terminal)),
        Err(error) => Err(error.into()),
    };
    ExitCode::from(done.unwrap_or_else(|error| {
        terminal.error(&error, None);
        exit::FAILED
    }))
}

async fn run(cli: Cli, terminal: &Terminal) -> anyhow::Result<u8> {
    match cli.command {
        None => start::run(cli.start.into(), terminal).await,
        Some(Command::Start(args)) => start::run(args.into(), terminal).await,
        Some(Command::Join(args)) => start::run(args.into(), terminal).await,
        Some(Command::Status(args)) => status::run(args.data, terminal),
        Some(Command::Doctor(args)) => doctor::run(args.data, terminal).await,
        Some(Command::Forget(args)) => forget::run(args.data, terminal),
        Some(Command::Supervise { .. }) => Ok(exit::USAGE),
    }
}
