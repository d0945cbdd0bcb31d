//! Who asks, and whether they may.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use model::{AgentId, Role};
use sessions::Refused;
use store::agents::Agent;
use store::people::Scope;
use wire::ErrorCode;

use super::audit::Asker;
use super::failure::Failure;
use crate::app::App;
use crate::identity::sign_in::Browser;
use crate::identity::token;
use crate::socket::{Person, Strange, person_of_cookie, person_of_token};

/// Somebody who may read.
pub(crate) struct Reader(pub(crate) Person);
/// Somebody who may play and cancel.
pub(crate) struct Player(pub(crate) Person);
/// Somebody who may change robots and computers.
pub(crate) struct Editor(pub(crate) Person);
/// Somebody who is signed in: no token.
pub(crate) struct SignedIn(pub(crate) Person);

macro_rules! callers {
    ($($name:ident: $scope:expr),+) => {$(
        impl FromRequestParts<Arc<App>> for $name {
            type Rejection = Failure;

            async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
                let person = person(parts, app).await?;
                if person.access.allows($scope) {
                    return Ok(Self(person));
                }
                let message = "this token does not have the scope for that";
                Err(Refused::new(ErrorCode::Forbidden, message).into())
            }
        }
    )+};
}

callers!(Reader: Scope::Read, Player: Scope::Play, Editor: Scope::Edit);

impl FromRequestParts<Arc<App>> for SignedIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let person = person(parts, app).await?;
        if person.session.is_some() {
            return Ok(Self(person));
        }
        let message = "this is for people who are signed in, not for tokens";
        Err(Refused::new(ErrorCode::Forbidden, message).into())
    }
}

/// A signed-in person who looks after this server's accounts. For everybody else there is nothing.
pub(crate) struct Admin(pub(crate) Person);

impl FromRequestParts<Arc<App>> for Admin {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let SignedIn(person) = SignedIn::from_request_parts(parts, app).await?;
        match person.user.role {
            Role::Owner | Role::Admin => Ok(Self(person)),
            Role::User => Err(Refused::not_found("there is no such address").into()),
        }
    }
}

async fn person(parts: &Parts, app: &App) -> Result<Person, Refused> {
    let now = app.now();
    let person = if let Some(token) = authorization(&parts.headers, "Bearer") {
        person_of_token(app, token, now).await?
    } else {
        let found = person_of_cookie(app, &parts.headers, now).await?;
        found.ok_or(Strange)?
    };
    if let Some(asker) = parts.extensions.get::<Asker>() {
        asker.is(&person);
    }
    Ok(person)
}

/// What follows that scheme in the `Authorization` field.
pub(crate) fn authorization<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (found, rest) = text.split_once(' ')?;
    found.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

/// An agent, by its key.
pub(crate) struct AgentCaller(pub(crate) Agent);

impl FromRequestParts<Arc<App>> for AgentCaller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let strange = || {
            let message = "this server does not know this computer's key";
            Refused::new(ErrorCode::Unauthenticated, message)
        };
        let credential = authorization(&parts.headers, "Agent").ok_or_else(strange)?;
        let (agent, key) = credential.split_once(':').ok_or_else(strange)?;
        let agent: AgentId = agent.parse().map_err(|_| strange())?;
        let key = token::digest(key).ok_or_else(strange)?;
        let found = app.store().agent(agent).await?;
        let found = found.filter(|agent| agent.key_hash == key);
        let found = found.ok_or_else(strange)?;
        if found.removed.is_some() {
            let message = "this computer was removed by its user";
            return Err(Refused::new(ErrorCode::Revoked, message).into());
        }
        Ok(Self(found))
    }
}

/// Where a request comes from.
pub(crate) struct Remote(pub(crate) Browser);

impl FromRequestParts<Arc<App>> for Remote {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _: &Arc<App>,
    ) -> Result<Self, std::convert::Infallible> {
        Ok(Self::of(parts))
    }
}

impl Remote {
    /// Where a request with this head comes from.
    pub(crate) fn of(parts: &Parts) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let address = peer.map(|ConnectInfo(peer)| peer.ip().to_canonical().to_string());
        let user_agent = parts.headers.get(header::USER_AGENT);
        let user_agent = user_agent.and_then(|value| value.to_str().ok());
        Self(Browser {
            address: address.unwrap_or_default(),
            user_agent: user_agent.unwrap_or_default().to_owned(),
        })
    }
}
