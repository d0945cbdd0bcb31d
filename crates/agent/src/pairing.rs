//! How this computer becomes an agent: a person approves it in the page, or a token speaks for it.

use std::time::Duration;

use model::{Ids, UserId};
use thiserror::Error;
use wire::ErrorCode;
use wire::rest::{CreatePairing, Enrol};
use wire::shapes::{Pairing, PairingState};

use crate::computer;
use crate::folder::{AgentKey, Folder, FolderError, Settings};
use crate::server_api::{ApiError, ServerApi};
use crate::terminal::Terminal;

/// How often the server is asked, if it does not say.
const POLL: Duration = Duration::from_secs(2);
/// How long to wait before asking a server again that is not there.
const AWAY: Duration = Duration::from_secs(5);

/// A computer that was not let in.
#[derive(Debug, Error)]
pub enum NotPaired {
    /// A person said no.
    #[error("this computer was told no")]
    Denied,
    /// Nobody answered in time.
    #[error("nobody approved this computer in time")]
    Expired,
    /// The token opens nothing.
    #[error("the enrolment token is unknown, used up or expired")]
    BadToken,
    /// The server refused, or is not there.
    #[error("this computer could not ask to be let in")]
    Api(#[from] ApiError),
    /// The data folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
}

/// Waits until a person has approved this computer. What is agreed is saved on the way, so that
/// another start goes on with the same pairing.
///
/// # Errors
/// It was not let in.
pub async fn pair(
    folder: &Folder,
    settings: &mut Settings,
    api: &ServerApi,
    ids: &dyn Ids,
    terminal: &Terminal,
) -> Result<(), NotPaired> {
    let mut key = folder.key(ids)?;
    let mut pairing = ask(settings, api, &key).await;
    if pairing
        .as_ref()
        .is_err_and(|error| error.code() == Some(ErrorCode::Conflict))
    {
        // The key was used up by an earlier answer: a pairing needs a fresh one.
        key = folder.new_key(ids)?;
        pairing = ask(settings, api, &key).await;
    }
    let mut pairing = pairing?;
    settings.pairing_id = Some(pairing.id);
    folder.save(settings)?;
    if pairing.state == PairingState::Pending {
        terminal.pairing(&pairing.code, &settings.server);
    }
    let mut away = false;
    loop {
        match pairing.state {
            PairingState::Pending => {}
            PairingState::Denied => return used_up(folder, settings, NotPaired::Denied),
            PairingState::Expired => return used_up(folder, settings, NotPaired::Expired),
            PairingState::Approved => {
                settings.agent_id = pairing.agent_id;
                settings.pairing_id = None;
                folder.save(settings)?;
                return Ok(());
            }
        }
        let poll = pairing.poll_ms.map_or(POLL, Duration::from_millis);
        tokio::time::sleep(if away { AWAY } else { poll }).await;
        match api.pairing(pairing.id, &key).await {
            Ok(answer) => {
                away = false;
                pairing = answer;
            }
            Err(error) if error.is_passing() => {
                if !away {
                    terminal.say("The server does not answer; asking again until it does");
                }
                away = true;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Lets this computer in by an enrolment token.
///
/// # Errors
/// It was not let in.
pub async fn enrol(
    folder: &Folder,
    mut settings: Settings,
    token: &str,
    api: &ServerApi,
    ids: &dyn Ids,
) -> Result<Settings, NotPaired> {
    let mut key = folder.key(ids)?;
    let mut answer = api.enrol(&enrol_body(&settings, token, &key)).await;
    if answer
        .as_ref()
        .is_err_and(|error| error.code() == Some(ErrorCode::Conflict))
    {
        key = folder.new_key(ids)?;
        answer = api.enrol(&enrol_body(&settings, token, &key)).await;
    }
    let answer = match answer {
        Err(error) if error.code() == Some(ErrorCode::Unauthenticated) => {
            return Err(NotPaired::BadToken);
        }
        other => other?,
    };
    settings.user_id = answer.user_id;
    settings.agent_id = Some(answer.agent_id);
    folder.save(&settings)?;
    Ok(settings)
}

/// A user id for settings whose user is not known before the enrolment was answered.
#[must_use]
pub fn unknown_user() -> UserId {
    UserId(model::ObjectId::from_bytes([0; 12]))
}

async fn ask(settings: &Settings, api: &ServerApi, key: &AgentKey) -> Result<Pairing, ApiError> {
    let body = CreatePairing {
        user_id: settings.user_id.into(),
        key_hash: key.hash(),
        host: computer::host(),
        os: computer::operating_system().to_owned(),
        os_user: computer::user(),
        version: computer::version().to_owned(),
        name: settings.name.as_ref().map(ToString::to_string),
        labels: labels(settings),
    };
    api.create_pairing(&body).await
}

fn enrol_body(settings: &Settings, token: &str, key: &AgentKey) -> Enrol {
    Enrol {
        token: token.to_owned().into(),
        key_hash: key.hash(),
        host: computer::host(),
        os: computer::operating_system().to_owned(),
        os_user: computer::user(),
        version: computer::version().to_owned(),
        name: settings.name.as_ref().map(ToString::to_string),
        labels: labels(settings),
    }
}

fn labels(settings: &Settings) -> Option<Vec<String>> {
    let labels: Vec<String> = settings.labels.iter().map(ToString::to_string).collect();
    (!labels.is_empty()).then_some(labels)
}

/// The key named a pairing that was answered with no: the next start makes another.
fn used_up(folder: &Folder, settings: &mut Settings, why: NotPaired) -> Result<(), NotPaired> {
    settings.pairing_id = None;
    folder.save(settings)?;
    Err(why)
}
