//! `POST /session`, `DELETE /session`: signing in and out.

use std::sync::{Arc, PoisonError};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use dispatch::{Goodbye, Hints, Who, until_known};
use model::Timestamp;
use sessions::Refused;
use store::people::{LinkTaken, NewSession, User};
use wire::rest::SignIn;
use wire::{ErrorBody, ErrorCode};

use super::setup::verify;
use super::shown::{me_shape, with_cookie};
use crate::app::App;
use crate::http::body::Json;
use crate::http::caller::{Remote, SignedIn};
use crate::http::failure::Answer;
use crate::identity::{email, sign_in, token};

pub(in crate::http) async fn sign_in(
    State(app): State<Arc<App>>,
    Remote(browser): Remote,
    Json(ask): Json<SignIn>,
) -> Answer<Response> {
    let now = app.now();
    let (user, value) = match ask {
        SignIn::Link { link } => {
            let keys = [format!("address {}", browser.address)];
            let (session, value) = sign_in::new_session(&app, browser, now);
            let opened = by_link(&app, link.as_str(), session, now);
            (guess(&app, &keys, opened).await?, value)
        }
        SignIn::Password { email, password } => {
            let email = email::parse(&email).unwrap_or_default();
            let keys = [
                format!("account {email}"),
                format!("address {}", browser.address),
            ];
            let password = password.as_str().to_owned();
            let user = guess(&app, &keys, by_password(&app, &email, password)).await?;
            let value = sign_in::open_session(&app, &user, false, browser, now).await?;
            (user, value)
        }
    };
    let response = axum::Json(me_shape(&user)).into_response();
    Ok(with_cookie(response, &sign_in::cookie(&app, &value)))
}

/// Tries a credential, unless too many wrong ones came with one of these keys.
async fn guess(
    app: &App,
    keys: &[String],
    attempt: impl Future<Output = Result<User, Refused>>,
) -> Result<User, Refused> {
    let throttle = || app.throttle.lock().unwrap_or_else(PoisonError::into_inner);
    let wait = {
        let now = app.clock.monotonic();
        let throttle = throttle();
        keys.iter().filter_map(|key| throttle.wait(key, now)).max()
    };
    if let Some(wait) = wait {
        let message = "too many wrong tries; wait a moment";
        let mut body = ErrorBody::new(ErrorCode::SlowDown, message);
        body.retry_after_ms = Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        return Err(body.into());
    }
    let result = attempt.await;
    let mut throttle = throttle();
    match &result {
        Ok(_) => keys.iter().for_each(|key| throttle.succeeded(key)),
        Err(refused) if refused.body.code == ErrorCode::Unauthenticated => {
            let now = app.clock.monotonic();
            keys.iter().for_each(|key| throttle.failed(key, now));
        }
        // The store was away: nobody guessed.
        Err(_) => {}
    }
    result
}

/// Opens the session with a link, in the write that uses the link up: one whose session could not
/// be opened is still good.
async fn by_link(
    app: &App,
    link: &str,
    session: NewSession,
    now: Timestamp,
) -> Result<User, Refused> {
    let refused = |message| Refused::new(ErrorCode::Unauthenticated, message);
    let link = token::digest(link).ok_or_else(|| refused("this link is not valid"))?;
    let taken = until_known(|| app.store().take_sign_in_link(link, session.clone(), now)).await?;
    match taken.answer {
        LinkTaken::User(user) => Ok(user),
        LinkTaken::Disabled => Err(refused("this account is disabled")),
        LinkTaken::Used => Err(refused("this link was already used")),
        LinkTaken::Expired => Err(refused("this link has expired")),
        LinkTaken::Unknown => Err(refused("this link is not valid")),
    }
}

async fn by_password(app: &App, email: &str, password: String) -> Result<User, Refused> {
    let user = app.store().user_by_email(email).await?;
    let stored = user.as_ref().map(|user| user.password.clone());
    let right = verify(password, stored).await?;
    let message = "e-mail or password is not right";
    user.filter(|user| right && !user.disabled)
        .ok_or_else(|| Refused::new(ErrorCode::Unauthenticated, message))
}

pub(in crate::http) async fn sign_out(
    State(app): State<Arc<App>>,
    SignedIn(person): SignedIn,
) -> Answer<Response> {
    if let Some(session) = person.session_id() {
        until_known(|| app.store().delete_session(person.id(), session)).await?;
        app.hub.close(Who::Session(session), Goodbye::SignedOut);
    }
    let response = StatusCode::NO_CONTENT.into_response();
    Ok(with_cookie(response, &sign_in::no_cookie(&app)))
}
