//! The command line: what can be asked of the program, and how it answers.
//!
//! Answers go to standard output, everything else to standard error; an error is told with its
//! whole chain of causes and what to do next.

mod doctor;
mod enrol;
mod failure;
mod owner;
mod serve;
mod sign_in_link;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

pub use failure::Failure;

use crate::exit_code;

/// The server of Arkwright: robots that work on your computers, started and watched in a browser.
#[derive(Debug, Parser)]
#[command(name = "arkwright", version, arg_required_else_help = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server.
    Serve(Serve),
    /// Accounts of owners.
    #[command(subcommand)]
    Owner(Owner),
    /// Print a token with which computers join without a person in front of them.
    Enrol(Enrol),
    /// Print a link that signs somebody in once, for 15 minutes.
    SignInLink(SignInLink),
    /// Look at what often goes wrong, and say how to mend it.
    Doctor(Doctor),
}

#[derive(Debug, Args)]
struct Serve {
    /// A configuration file (TOML).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to listen; 127.0.0.1:7777 if nothing else is configured.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The address under which people reach the server, if it is another.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Owner {
    /// Make an owner's account, without a browser.
    Create(OwnerCreate),
}

#[derive(Debug, Args)]
struct OwnerCreate {
    /// The e-mail address.
    #[arg(long)]
    email: String,
    /// The person's name.
    #[arg(long)]
    name: String,
    /// Read the password from standard input: its first line.
    #[arg(long, required = true)]
    password_stdin: bool,
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Enrol {
    /// Whose computers: a user id or an e-mail address.
    #[arg(long, value_name = "USERID|EMAIL")]
    user: String,
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct SignInLink {
    /// Who: an e-mail address.
    #[arg(long, value_name = "EMAIL")]
    user: String,
    /// The configuration file that the server runs with.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The address under which people reach the server.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Doctor {
    /// The configuration file that the server runs with.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where the server listens.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The address under which people reach the server.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

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
