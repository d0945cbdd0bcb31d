//! What can be written on the command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// The server of Arkwright: robots that work on your computers, started and watched in a browser.
#[derive(Debug, Parser)]
#[command(name = "arkwright", version, arg_required_else_help = true)]
pub(super) struct CommandLine {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
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
    /// Write all data into one file, also while the server runs.
    Backup(BackupTo),
    /// Put a backup back, into a folder that holds no data yet.
    Restore(RestoreFrom),
    /// Read all data, and say what is damaged.
    Check(Check),
}

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// A configuration file (TOML).
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Where to listen; 127.0.0.1:7777 if nothing else is configured.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(super) listen: Option<SocketAddr>,
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// The address under which people reach the server, if it is another.
    #[arg(long, value_name = "URL")]
    pub(super) public_url: Option<String>,
}

/// Which server's data, and how to answer: what short commands have in common.
#[derive(Debug, Args)]
pub(super) struct At {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// Answer in JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Owner {
    /// Make an owner's account, without a browser.
    Create(OwnerCreate),
}

#[derive(Debug, Args)]
pub(super) struct OwnerCreate {
    /// The e-mail address.
    #[arg(long)]
    pub(super) email: String,
    /// The person's name.
    #[arg(long)]
    pub(super) name: String,
    /// Read the password from standard input: its first line.
    #[arg(long, required = true)]
    pub(super) password_stdin: bool,
    #[command(flatten)]
    pub(super) at: At,
}

#[derive(Debug, Args)]
pub(super) struct Enrol {
    /// Whose computers: a user id or an e-mail address.
    #[arg(long, value_name = "USERID|EMAIL")]
    pub(super) user: String,
    #[command(flatten)]
    pub(super) at: At,
}

#[derive(Debug, Args)]
pub(super) struct SignInLink {
    /// Who: an e-mail address.
    #[arg(long, value_name = "EMAIL")]
    pub(super) user: String,
    /// The configuration file that the server runs with.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// The address under which people reach the server.
    #[arg(long, value_name = "URL")]
    pub(super) public_url: Option<String>,
    /// Answer in JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct BackupTo {
    /// The file to be made.
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) at: At,
}

#[derive(Debug, Args)]
pub(super) struct RestoreFrom {
    /// The backup.
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) at: At,
}

#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    pub(super) at: At,
}

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// The configuration file that the server runs with.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// Where the server listens.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(super) listen: Option<SocketAddr>,
    /// The address under which people reach the server.
    #[arg(long, value_name = "URL")]
    pub(super) public_url: Option<String>,
    /// Answer in JSON.
    #[arg(long)]
    pub(super) json: bool,
}
