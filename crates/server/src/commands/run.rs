//! From the command line to an exit code.

use std::process::ExitCode;

use clap::Parser;

use super::cli::{Command, CommandLine, Owner};
use super::{backup, doctor, enrol, owner, serve, sign_in_link};
use crate::exit_code;

/// Carries out the command line of this process.
#[must_use]
pub fn run() -> ExitCode {
    let command = match CommandLine::try_parse() {
        Ok(line) => line.command,
        Err(error) => {
            // Help and version are answers, the rest is wrong usage.
            let code = if error.use_stderr() {
                exit_code::USAGE
            } else {
                exit_code::DONE
            };
            error.print().ok();
            return ExitCode::from(code);
        }
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: the runtime cannot be started\n  because: {error}");
            return ExitCode::from(exit_code::FAILED);
        }
    };
    let done = runtime.block_on(async {
        match command {
            Command::Serve(ask) => serve::run(ask).await,
            Command::Owner(Owner::Create(ask)) => owner::create(ask).await,
            Command::Enrol(ask) => enrol::run(ask).await,
            Command::SignInLink(ask) => sign_in_link::run(ask).await,
            Command::Doctor(ask) => doctor::run(ask).await,
            // These block; nothing else runs in a short command.
            Command::Backup(ask) => backup::make(ask),
            Command::Restore(ask) => backup::restore(ask),
            Command::Check(ask) => backup::check(ask),
        }
    });
    // Blocking tasks of a server that was told to stop now are not waited for.
    runtime.shutdown_background();
    match done {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            failure.print();
            ExitCode::from(failure.exit_code())
        }
    }
}
