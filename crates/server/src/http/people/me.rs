//! `GET /me`, `PATCH /me`

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use dispatch::until_known;
use model::Name;
use sessions::Refused;
use store::people::UserPatch;
use wire::rest::PatchMe;
use wire::shapes::Me;

use super::setup::{hash, verify};
use super::shown::{me_shape, with_cookie};
use crate::app::App;
use crate::http::body::Json;
use crate::http::caller::{Reader, SignedIn};
use crate::http::failure::Answer;
use crate::identity::{password, sign_in};

/// The most that the page keeps for a person.
const MOST_SETTINGS_BYTES: usize = 64 * 1024;

/// Also gives the session's cookie its full life again: a page asks this when it is opened.
pub(in crate::http) async fn show(
    State(app): State<Arc<App>>,
    Reader(person): Reader,
    headers: HeaderMap,
) -> Response {
    let response = axum::Json(me_shape(&person.user)).into_response();
    let fields = headers.get_all(header::COOKIE).into_iter();
    let texts = fields.filter_map(|field| field.to_str().ok());
    let mut pairs = texts.flat_map(|text| text.split(';'));
    let prefix = format!("{}=", app.cookie);
    let value = pairs.find_map(|pair| pair.trim().strip_prefix(&prefix));
    match value.filter(|_| person.session.is_some()) {
        Some(value) => with_cookie(response, &sign_in::cookie(&app, value)),
        None => response,
    }
}

pub(in crate::http) async fn change(
    State(app): State<Arc<App>>,
    SignedIn(person): SignedIn,
    Json(ask): Json<PatchMe>,
) -> Answer<axum::Json<Me>> {
    let name = ask.name.as_deref().map(Name::parse).transpose();
    let name = name.map_err(|error| Refused::invalid("name", error.to_string()))?;
    let settings = ask.settings.map(|given| {
        let mut settings = person.user.settings.clone();
        for (key, value) in given {
            if value.is_null() {
                settings.remove(&key);
            } else {
                settings.insert(key, value);
            }
        }
        settings
    });
    let size = serde_json::to_vec(&settings).map_or(usize::MAX, |bytes| bytes.len());
    if size > MOST_SETTINGS_BYTES {
        return Err(Refused::invalid("settings", "at most 64 KiB are kept").into());
    }
    let mut hashed = None;
    if let Some(new) = &ask.password {
        password::check(new.as_str())
            .map_err(|error| Refused::invalid("password", error.to_string()))?;
        let by_link = person
            .session
            .as_ref()
            .is_some_and(|session| session.by_link);
        if !by_link {
            let old = ask.old_password.as_ref().map_or("", |old| old.as_str());
            let stored = Some(person.user.password.clone());
            // Whoever asks again because an answer was lost may have changed it already.
            let is_known = verify(old.to_owned(), stored.clone()).await?
                || verify(new.as_str().to_owned(), stored).await?;
            if !is_known {
                let message = "this is not the password that counts until now";
                return Err(Refused::invalid("oldPassword", message).into());
            }
        }
        hashed = Some(hash(new.as_str().to_owned()).await?);
    }
    let changes_password = hashed.is_some();
    let patch = UserPatch {
        name,
        password: hashed,
        settings,
        ..UserPatch::default()
    };
    let changed = until_known(|| app.store().patch_user(person.id(), patch.clone())).await?;
    let user = changed.answer;
    let user = user.ok_or_else(|| Refused::not_found("there is no such account"))?;
    if changes_password {
        sign_in::end_sessions(&app, user.id, person.session_id()).await?;
    }
    Ok(axum::Json(me_shape(&user)))
}
