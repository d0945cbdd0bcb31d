//! `arkwright-agent [start]` and `join`: from the first two questions to waiting for jobs.

use std::path::PathBuf;

use agent_core::{ExitReason, Setup};
use anyhow::{Context, bail};
use model::{Ids, InstanceId, Label, Name, UserId};

use crate::clock::SystemIds;
use crate::computer;
use crate::exit;
use crate::folder::{Folder, FolderError, Settings};
use crate::pairing::{self, NotPaired};
use crate::robots::{self, Robots};
use crate::server_api::{Credential, ServerApi};
use crate::server_url::ServerUrl;
use crate::shell::{Parts, Shell};
use crate::socket::{Identity, Socket};
use crate::terminal::Terminal;

/// What the command line says.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The server.
    pub server: Option<String>,
    /// The user id.
    pub user_id: Option<String>,
    /// An enrolment token.
    pub token: Option<String>,
    /// The name to ask for.
    pub name: Option<String>,
    /// The labels to ask for.
    pub labels: Vec<String>,
    /// The most attempts at once.
    pub slots: Option<u32>,
    /// The unencrypted way to the server is safe.
    pub insecure_http: bool,
    /// The data folder.
    pub data: Option<PathBuf>,
}

/// Runs the agent until it shall end; answers the exit code.
///
/// # Errors
/// It cannot be run.
pub async fn run(options: Options, terminal: &Terminal) -> anyhow::Result<u8> {
    let folder = Folder::at(options.data.clone())?;
    folder.make()?;
    let _held = match folder.hold() {
        Err(error @ FolderError::InUse { .. }) => {
            let hint = "use another folder with `--data DIR`, or end the other agent";
            terminal.error(&error.into(), Some(hint));
            return Ok(exit::IN_USE);
        }
        held => held?,
    };
    let saved = folder.settings()?;
    let mut settings = settle(saved.as_ref(), &options, terminal)?;
    let api = ServerApi::new(settings.server.clone())?;
    if saved.is_none() {
        api.hello()
            .await
            .context("this is not saved; try again with another address")?;
        folder.save(&settings)?;
    }
    if settings.agent_id.is_none() {
        let paired = match &options.token {
            Some(token) => pairing::enrol(&folder, settings.clone(), token, &api, &SystemIds)
                .await
                .map(|enrolled| settings = enrolled),
            None => {
                tokio::select! {
                    biased;
                    _ = tokio::signal::ctrl_c() => {
                        terminal.say("Not paired yet; the next start goes on with it");
                        return Ok(exit::DONE);
                    }
                    paired = pairing::pair(&folder, &mut settings, &api, &SystemIds, terminal) => paired,
                }
            }
        };
        if let Err(error) = paired {
            let hint = match &error {
                NotPaired::Denied => Some("ask the owner of the user id why"),
                NotPaired::Expired => Some("start the command again for a new code"),
                NotPaired::BadToken => Some("make another token in the page, under Computers"),
                NotPaired::Api(_) | NotPaired::Folder(_) => None,
            };
            if options.token.is_some() && settings.user_id == pairing::unknown_user() {
                // Nothing was agreed: another try may name another server.
                folder.forget()?;
            }
            terminal.error(&error.into(), hint);
            return Ok(exit::FAILED);
        }
    }
    let agent = settings
        .agent_id
        .context("an approved pairing names its agent")?;
    let key = folder.key(&SystemIds)?;
    let instance = instance();
    let setup = Setup {
        user_id: settings.user_id.to_string(),
        instance: InstanceId(instance.clone()),
        slots: settings.slots,
        version: computer::version().to_owned(),
        os: computer::operating_system().to_owned(),
        host: computer::host(),
    };
    let identity = Identity {
        user_id: settings.user_id.to_string(),
        agent_id: agent.to_string(),
        key: key.clone(),
        instance,
    };
    let server = settings.server.clone();
    let robot_parts = robots::Parts {
        folder: folder.clone(),
        api,
        credential: Credential { agent, key },
        program: std::env::current_exe().context("this program cannot find itself")?,
    };
    let parts = Parts {
        settings,
        folder,
        setup,
        terminal: terminal.clone(),
    };
    let shell = Shell::start(
        parts,
        |inbox| Ok(Socket::connect(&server, identity, inbox)?),
        |inbox| Ok(Robots::new(robot_parts, inbox)),
    )
    .await?;
    let reason = shell.run().await?;
    Ok(farewell(&reason, terminal))
}

/// What this agent is: what was saved, or else what the command line and the person say.
fn settle(
    saved: Option<&Settings>,
    options: &Options,
    terminal: &Terminal,
) -> anyhow::Result<Settings> {
    let name = options
        .name
        .as_deref()
        .map(Name::parse)
        .transpose()
        .context("`--name`")?;
    let labels = options.labels.iter().map(|label| Label::parse(label));
    let labels = labels.collect::<Result<Vec<_>, _>>().context("`--label`")?;
    if options
        .slots
        .is_some_and(|slots| !(1..=64).contains(&slots))
    {
        bail!("`--slots` lies between 1 and 64");
    }
    if let Some(saved) = saved {
        agrees(saved, options)?;
        let mut settings = saved.clone();
        settings.slots = options.slots.unwrap_or(settings.slots);
        settings.insecure_http |= options.insecure_http;
        settings.server.must_be_safe(settings.insecure_http)?;
        return Ok(settings);
    }
    let missing = missing_flags(options);
    if !missing.is_empty() && !terminal.can_ask() {
        bail!(
            "{} must be given, because nobody can be asked here",
            missing.join(" and ")
        );
    }
    let server = match &options.server {
        Some(text) => ServerUrl::parse(text)?,
        None => ask("Address of the server:", |text| {
            ServerUrl::parse(text).map_err(|e| e.to_string())
        })?,
    };
    server.must_be_safe(options.insecure_http)?;
    let user_id = match (&options.user_id, &options.token) {
        (Some(text), _) => parse_user_id(text).map_err(anyhow::Error::msg)?,
        (None, Some(_)) => pairing::unknown_user(),
        (None, None) => ask(
            "Your user id (24 digits and letters, shown in the page):",
            parse_user_id,
        )?,
    };
    Ok(Settings {
        server,
        user_id,
        name,
        labels,
        slots: options.slots.unwrap_or(1),
        insecure_http: options.insecure_http,
        pairing_id: None,
        agent_id: None,
    })
}

fn missing_flags(options: &Options) -> Vec<&'static str> {
    let mut missing = Vec::new();
    if options.server.is_none() {
        missing.push("`--server URL`");
    }
    if options.user_id.is_none() && options.token.is_none() {
        missing.push("`--user-id ID`");
    }
    missing
}

/// Saved values win: a flag that contradicts them is refused.
fn agrees(saved: &Settings, options: &Options) -> anyhow::Result<()> {
    let hint = "run `arkwright-agent forget` first, or use another folder with `--data DIR`";
    if let Some(text) = &options.server
        && ServerUrl::parse(text)? != saved.server
    {
        bail!(
            "this computer belongs to {}, not to {text}; {hint}",
            saved.server
        );
    }
    if let Some(text) = &options.user_id
        && parse_user_id(text).map_err(anyhow::Error::msg)? != saved.user_id
    {
        bail!(
            "this computer works for the user {}, not for {text}; {hint}",
            saved.user_id
        );
    }
    if options.token.is_some() && saved.agent_id.is_some() {
        bail!("this computer is enrolled already; {hint}");
    }
    Ok(())
}

fn parse_user_id(text: &str) -> Result<UserId, String> {
    text.trim().to_lowercase().parse().map_err(|_| {
        format!(
            "`{}` is no user id; it has 24 digits and letters a to f",
            text.trim()
        )
    })
}

fn ask<T>(question: &str, parse: impl Fn(&str) -> Result<T, String>) -> anyhow::Result<T> {
    loop {
        let text = inquire::Text::new(question)
            .prompt()
            .context("nothing was entered")?;
        match parse(&text) {
            Ok(value) => return Ok(value),
            Err(message) => eprintln!("{message}"),
        }
    }
}

fn instance() -> String {
    let mut bytes = [0; 12];
    SystemIds.fill_secret(&mut bytes);
    model::ObjectId::from_bytes(bytes).to_string()
}

fn farewell(reason: &ExitReason, terminal: &Terminal) -> u8 {
    match reason {
        ExitReason::Done => exit::DONE,
        ExitReason::Revoked => {
            let error = anyhow::anyhow!("this computer was removed in the page");
            let hint = "run `arkwright-agent forget`, then start again to pair it anew";
            terminal.error(&error, Some(hint));
            exit::REVOKED
        }
        ExitReason::Replaced => {
            let error = anyhow::anyhow!("another process uses the key of this computer");
            let hint = "if the data folder was copied, run `arkwright-agent forget` on one side";
            terminal.error(&error, Some(hint));
            exit::REPLACED
        }
        ExitReason::TooOld(why) => {
            let error = anyhow::anyhow!("the server does not speak with this version: {why}");
            terminal.error(&error, Some("update this program"));
            exit::TOO_OLD
        }
        ExitReason::Unauthenticated(why) => {
            let error = anyhow::anyhow!("the server does not know this computer: {why}");
            let hint = "run `arkwright-agent forget`, then start again to pair it anew";
            terminal.error(&error, Some(hint));
            exit::FAILED
        }
    }
}
