//! `POST /setup`: the first account.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use dispatch::until_known;
use model::{Name, Role, Timestamp, UserId};
use sessions::Refused;
use store::people::{SetUp, User};
use wire::{ErrorBody, ErrorCode, Field, SecretText};

use super::shown::{me_shape, with_cookie};
use crate::app::App;
use crate::http::body::Json;
use crate::http::caller::Remote;
use crate::http::failure::Answer;
use crate::identity::{email, password, sign_in, token};

pub(in crate::http) async fn set_up(
    State(app): State<Arc<App>>,
    Remote(browser): Remote,
    Json(ask): Json<wire::rest::SetUp>,
) -> Answer<Response> {
    let account = NewAccount::read(&ask.name, &ask.email, &ask.password)?;
    let unknown = || Refused::new(ErrorCode::Unauthenticated, "this link is not valid");
    let link = token::digest(ask.link.as_str()).ok_or_else(unknown)?;
    if app.store().any_user().await? {
        return Err(there_is_an_account().into());
    }
    let now = app.now();
    let user = account.with(&app, Role::Owner, now).await?;
    let done = until_known(|| app.store().set_up(link, user.clone(), now)).await?;
    let refused = match done.answer {
        SetUp::Done(user) => {
            let cookie = sign_in::open_session(&app, &user, false, browser, now).await?;
            let answer = (StatusCode::CREATED, axum::Json(me_shape(&user)));
            let cookie = sign_in::cookie(&app, &cookie);
            return Ok(with_cookie(answer.into_response(), &cookie));
        }
        SetUp::AccountExists => there_is_an_account(),
        SetUp::LinkUsed => Refused::new(ErrorCode::Unauthenticated, "this link was already used"),
        SetUp::LinkExpired => {
            let message = "this link has expired";
            let body = ErrorBody::new(ErrorCode::Unauthenticated, message);
            body.hint("start the server again for a new one").into()
        }
        SetUp::LinkUnknown => unknown(),
    };
    Err(refused.into())
}

/// What a person typed for an account of their own, found to be right.
pub(super) struct NewAccount {
    name: Name,
    email: String,
    password: String,
}

impl NewAccount {
    /// Reads it, or says all that is wrong with it.
    pub(super) fn read(name: &str, email: &str, password: &SecretText) -> Result<Self, ErrorBody> {
        let mut fields = Vec::new();
        let mut wrong = |name: &str, message: String| {
            fields.push(Field {
                name: name.to_owned(),
                message,
            });
        };
        let name = Name::parse(name).map_err(|error| wrong("name", error.to_string()));
        let email = email::parse(email).map_err(|error| wrong("email", error.to_string()));
        let checked = password::check(password.as_str());
        let checked = checked.map_err(|error| wrong("password", error.to_string()));
        let (Ok(name), Ok(email), Ok(())) = (name, email, checked) else {
            return Err(ErrorBody::invalid(fields));
        };
        Ok(Self {
            name,
            email,
            password: password.as_str().to_owned(),
        })
    }

    /// The account. Its password is hashed here, which costs much on purpose: what can be refused
    /// without that is refused before.
    pub(super) async fn with(self, app: &App, role: Role, now: Timestamp) -> Result<User, Refused> {
        Ok(User {
            id: UserId(app.ids.object_id(now)),
            name: self.name,
            email: self.email,
            password: hash(self.password).await?,
            role,
            settings: serde_json::Map::new(),
            created_at: now,
            disabled: false,
        })
    }
}

fn there_is_an_account() -> Refused {
    let message = "this link was already used: there is an account";
    ErrorBody::new(ErrorCode::Conflict, message)
        .hint("sign in")
        .into()
}

/// The hash of a password, made off the event loop.
pub(super) async fn hash(text: String) -> Result<String, Refused> {
    let hashed = tokio::task::spawn_blocking(move || password::hash(&text)).await;
    match hashed {
        Ok(Ok(hash)) => Ok(hash),
        Ok(Err(error)) => Err(Refused::internal(error.to_string())),
        Err(error) => Err(Refused::internal(error.to_string())),
    }
}

/// Whether a password is the one behind that hash, found out off the event loop.
pub(super) async fn verify(text: String, stored: Option<String>) -> Result<bool, Refused> {
    let verified =
        tokio::task::spawn_blocking(move || password::verify(&text, stored.as_deref())).await;
    verified.map_err(|error| Refused::internal(error.to_string()))
}
