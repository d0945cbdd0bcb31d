//! `/pairings`: computers ask to be let in, people answer.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dispatch::PairingRequest;
use model::{PairingId, UserId};
use sessions::{Refused, view};
use wire::ErrorCode;
use wire::rest::{ApprovePairing, CreatePairing, DeniedFrom, DenyFrom};
use wire::shapes::{List, Pairing};

use super::fields::{cut, key_hash, labels, name};
use crate::app::App;
use crate::http::audit::Called;
use crate::http::body::Json;
use crate::http::caller::{Remote, SignedIn, authorization};
use crate::http::failure::Answer;
use crate::http::query::id;
use crate::identity::token;

/// How often a computer asks whether it was let in.
const POLL_MS: u64 = 2_000;

/// A computer asks; it has no credential yet.
pub(in crate::http) async fn ask(
    State(app): State<Arc<App>>,
    Remote(browser): Remote,
    Json(ask): Json<CreatePairing>,
) -> Answer<Response> {
    let request = PairingRequest {
        // Whether there is such a user is not told: one that is no id is nobody's.
        user: ask.user_id.parse().unwrap_or(nobody()),
        key_hash: key_hash(&ask.key_hash)?,
        host: cut(&ask.host),
        os: cut(&ask.os),
        os_user: cut(&ask.os_user),
        address: browser.address,
        version: cut(&ask.version),
        name: name(ask.name.as_deref())?,
        labels: labels(ask.labels.as_deref().unwrap_or_default())?,
    };
    let now = app.now();
    let (pairing, new) = app.dispatch.create_pairing(request, now).await?;
    let status = if new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let location = format!("/api/v1/pairings/{}", pairing.id);
    let mut shape = view::pairing(&pairing, now);
    shape.poll_ms = Some(POLL_MS);
    let location = [(header::LOCATION, location)];
    Ok((status, location, axum::Json(shape)).into_response())
}

fn nobody() -> UserId {
    UserId(model::ObjectId::from_bytes([0; 12]))
}

/// The computer asks what was answered, with its key.
pub(in crate::http) async fn poll(
    State(app): State<Arc<App>>,
    Path(pairing): Path<String>,
    headers: HeaderMap,
) -> Answer<axum::Json<Pairing>> {
    let strange = || {
        let message = "there is no pairing of this id with this key";
        Refused::new(ErrorCode::Unauthenticated, message)
    };
    let key = authorization(&headers, "Bearer").ok_or_else(strange)?;
    let key = token::digest(key).ok_or_else(strange)?;
    let pairing: PairingId = pairing.parse().map_err(|_| strange())?;
    let pairing = app.dispatch.poll_pairing(pairing, key).await?;
    let mut shape = view::pairing(&pairing, app.now());
    shape.poll_ms = Some(POLL_MS);
    Ok(axum::Json(shape))
}

pub(in crate::http) async fn list(
    State(app): State<Arc<App>>,
    SignedIn(person): SignedIn,
) -> Answer<axum::Json<List<Pairing>>> {
    let now = app.now();
    let found = app.store().pending_pairings(person.id(), now).await?;
    let shapes = found.iter().map(|pairing| view::pairing(pairing, now));
    Ok(axum::Json(List::whole(shapes.collect())))
}

pub(in crate::http) async fn approve(
    State(app): State<Arc<App>>,
    SignedIn(person): SignedIn,
    Path(pairing): Path<String>,
    Json(ask): Json<ApprovePairing>,
) -> Answer<axum::Json<Pairing>> {
    let pairing = id(&pairing, "pairing")?;
    let now = app.now();
    let approved = app
        .dispatch
        .approve_pairing(person.id(), pairing, &ask.code, now)
        .await;
    let (pairing, _) = approved?;
    Ok(axum::Json(view::pairing(&pairing, now)))
}

pub(in crate::http) async fn deny(
    State(app): State<Arc<App>>,
    SignedIn(person): SignedIn,
    Path(pairing): Path<String>,
) -> Answer<axum::Json<Pairing>> {
    let pairing = id(&pairing, "pairing")?;
    let now = app.now();
    let denied = app.dispatch.deny_pairing(person.id(), pairing, now).await?;
    Ok(axum::Json(view::pairing(&denied, now)))
}

pub(in crate::http) async fn deny_from(
    State(app): State<Arc<App>>,
    SignedIn(person): SignedIn,
    Json(ask): Json<DenyFrom>,
) -> Answer<(Extension<Called>, axum::Json<DeniedFrom>)> {
    let now = app.now();
    let user = person.id();
    let denied = app
        .dispatch
        .deny_pairings_from(user, &ask.address, now)
        .await?;
    let called = Extension(Called(ask.address));
    Ok((called, axum::Json(DeniedFrom { denied })))
}
