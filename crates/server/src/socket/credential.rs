//! Who is at the other end: agents by their key, people by session cookie or API token.

use axum::http::{HeaderMap, header};
use model::{Actor, ActorKind, SessionId, Timestamp, TokenId, UserId};
use sessions::{Access, Refused};
use store::StoreResult;
use store::people::{Session, User};
use wire::ErrorCode;

use crate::app::App;
use crate::identity::{sign_in, token};

/// A person, or a program that acts for one.
#[derive(Debug, Clone)]
pub struct Person {
    /// Whose account.
    pub user: User,
    /// Who is named as asking.
    pub actor: Actor,
    /// What may be done.
    pub access: Access,
    /// The session, if it is one.
    pub session: Option<Session>,
    /// The token, if it is one.
    pub token: Option<TokenId>,
}

impl Person {
    /// The user id.
    #[must_use]
    pub fn id(&self) -> UserId {
        self.user.id
    }

    /// The session's id, if it is one.
    #[must_use]
    pub fn session_id(&self) -> Option<SessionId> {
        self.session.as_ref().map(|session| session.id)
    }
}

/// A credential that opens nothing.
pub(crate) struct Strange;

impl From<Strange> for Refused {
    fn from(_: Strange) -> Self {
        let message = "you are not signed in, or your sign-in has ended";
        Refused::new(ErrorCode::Unauthenticated, message)
    }
}

/// The person behind the session cookie of a request; `None` if the request has none.
///
/// # Errors
/// The cookie opens nothing, or the store cannot tell.
pub(crate) async fn person_of_cookie(
    app: &App,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Option<Person>, Refused> {
    let Some(cookie) = cookie(headers, &app.cookie) else {
        return Ok(None);
    };
    let digest = token::digest(&cookie).ok_or(Strange)?;
    let session = app.store().session(digest).await?.ok_or(Strange)?;
    if now.since(session.last_used_at) > sign_in::SESSION_LIFE {
        return Err(Strange.into());
    }
    let user = who(app, session.user_id).await?;
    if now.since(session.last_used_at) > sign_in::NOTE_USE_AFTER {
        noted(app.store().touch_session(session.id, now).await);
    }
    Ok(Some(Person {
        actor: Actor {
            kind: ActorKind::User,
            id: user.id.to_string(),
            name: user.name.to_string(),
        },
        user,
        access: Access::Session,
        session: Some(session),
        token: None,
    }))
}

/// The person behind an API token.
///
/// # Errors
/// The token opens nothing, or the store cannot tell.
pub(crate) async fn person_of_token(
    app: &App,
    text: &str,
    now: Timestamp,
) -> Result<Person, Refused> {
    let digest = token::digest(text).ok_or(Strange)?;
    let token = app.store().token(digest).await?.ok_or(Strange)?;
    if token.expires_at.is_some_and(|at| now >= at) {
        return Err(Strange.into());
    }
    let user = who(app, token.user_id).await?;
    let is_stale = |at: Timestamp| now.since(at) > sign_in::NOTE_USE_AFTER;
    if token.last_used_at.is_none_or(is_stale) {
        noted(app.store().touch_token(token.id, now).await);
    }
    Ok(Person {
        actor: Actor {
            kind: ActorKind::Token,
            id: token.id.to_string(),
            name: token.name.to_string(),
        },
        user,
        access: Access::Token(token.scopes),
        session: None,
        token: Some(token.id),
    })
}

/// A use that could not be noted is noted by a later one: who asks is not made to wait for it, so
/// that a store that can only be read can be looked into.
fn noted(done: StoreResult<()>) {
    if let Err(error) = done {
        tracing::warn!(%error, "the use of a credential was not noted");
    }
}

/// An account that is not disabled.
async fn who(app: &App, user: UserId) -> Result<User, Refused> {
    let user = app.store().user(user).await?;
    let user = user.filter(|user| !user.disabled);
    user.ok_or_else(|| Strange.into())
}

/// The value of the cookie of that name.
fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let fields = headers.get_all(header::COOKIE).into_iter();
    let texts = fields.filter_map(|field| field.to_str().ok());
    let pairs = texts.flat_map(|text| text.split(';'));
    pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value.to_owned())
}

/// Whether a request carries the session cookie, whatever is in it.
pub(crate) fn has_cookie(headers: &HeaderMap, name: &str) -> bool {
    cookie(headers, name).is_some()
}
