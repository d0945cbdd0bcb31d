//! The command line of `arkwright-agent`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::start::Options;

/// Runs robots on this computer for you.
///
/// The first start asks for the server's address and your user id, shows a code and waits until
/// you approve this computer in the page. Then it waits for jobs.
#[derive(Debug, Parser)]
#[command(
    name = "arkwright-agent",
    version,
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    /// What to do; `start` if nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The options of `start`.
    #[command(flatten)]
    pub start: StartArgs,
    /// One JSON object a line, for programs.
    #[arg(long, global = true)]
    pub json: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Pair this computer if it is new, then wait for jobs.
    Start(StartArgs),
    /// Enrol this computer with a token from the page, then wait for jobs.
    Join(JoinArgs),
    /// Show what is saved and what the running agent does.
    Status(DataArgs),
    /// Look at what robots need, and say how to mend what is missing.
    Doctor(DataArgs),
    /// Forget the server and the key of this computer.
    Forget(DataArgs),
    /// See one attempt through; started by the agent itself.
    #[command(name = crate::robots::SUPERVISE, hide = true)]
    Supervise {
        /// The workspace.
        workspace: PathBuf,
    },
}

/// Options of `start`.
#[derive(Debug, Clone, Default, Args)]
pub struct StartArgs {
    /// Address of the server.
    #[arg(long, env = "ARKWRIGHT_AGENT_SERVER", value_name = "URL")]
    pub server: Option<String>,
    /// Your user id, shown in the page: 24 digits and letters.
    #[arg(long, env = "ARKWRIGHT_AGENT_USER_ID", value_name = "ID")]
    pub user_id: Option<String>,
    /// What both commands take.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// Options of `join`.
#[derive(Debug, Clone, Args)]
pub struct JoinArgs {
    /// Address of the server.
    #[arg(long, env = "ARKWRIGHT_AGENT_SERVER", value_name = "URL")]
    pub server: String,
    /// The enrolment token.
    #[arg(
        long,
        env = "ARKWRIGHT_AGENT_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    pub token: String,
    /// What both commands take.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// Options of `start` and `join`.
#[derive(Debug, Clone, Default, Args)]
pub struct CommonArgs {
    /// Name of this computer in the page; its own if absent.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// A label that robots may ask for; can be given several times.
    #[arg(long = "label", value_name = "LABEL")]
    pub labels: Vec<String>,
    /// The most robots at once, 1 to 64.
    #[arg(long, value_name = "N")]
    pub slots: Option<u32>,
    /// The unencrypted way to the server is safe; said once.
    #[arg(long)]
    pub insecure_http: bool,
    /// Where this agent keeps what it knows.
    #[command(flatten)]
    pub data: DataArgs,
}

/// Where the data is.
#[derive(Debug, Clone, Default, Args)]
pub struct DataArgs {
    /// The data folder.
    #[arg(long, env = "ARKWRIGHT_AGENT_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
}

impl From<StartArgs> for Options {
    fn from(args: StartArgs) -> Self {
        let StartArgs {
            server,
            user_id,
            common,
        } = args;
        Self {
            server,
            user_id,
            ..common.into()
        }
    }
}

impl From<JoinArgs> for Options {
    fn from(args: JoinArgs) -> Self {
        let JoinArgs {
            server,
            token,
            common,
        } = args;
        Self {
            server: Some(server),
            token: Some(token),
            ..common.into()
        }
    }
}

impl From<CommonArgs> for Options {
    fn from(args: CommonArgs) -> Self {
        Self {
            name: args.name,
            labels: args.labels,
            slots: args.slots,
            insecure_http: args.insecure_http,
            data: args.data.data,
            ..Self::default()
        }
    }
}
