//! `GET /sessions`, `DELETE /sessions/{id}`

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use dispatch::{Goodbye, Hints, Who, until_known};
use sessions::Refused;
use wire::shapes::{List, Session};

use crate::app::App;
use crate::http::audit::Called;
use crate::http::caller::SignedIn;
use crate::http::failure::Answer;
use crate::http::query::id;
use crate::identity::sign_in::SESSION_LIFE;

pub(in crate::http) async fn list(
    State(app): State<Arc<App>>,
    SignedIn(person): SignedIn,
) -> Answer<axum::Json<List<Session>>> {
    let now = app.now();
    let current = person.session_id();
    let found = app.store().sessions(person.id()).await?;
    let alive = found
        .into_iter()
        .filter(|session| now.since(session.last_used_at) <= SESSION_LIFE);
    let shapes = alive.map(|session| Session {
        id: session.id,
        created_at: session.created_at,
        last_used_at: session.last_used_at,
        address: session.address,
        user_agent: session.user_agent,
        current: Some(session.id) == current,
    });
    Ok(axum::Json(List::whole(shapes.collect())))
}

pub(in crate::http) async fn end(
    State(app): State<Arc<App>>,
    SignedIn(person): SignedIn,
    Path(session): Path<String>,
) -> Answer<(StatusCode, Extension<Called>)> {
    let session = id(&session, "session")?;
    let gone = || Refused::not_found("there is no such session");
    // Looked for first: a try whose answer was lost may have ended it.
    let found = app.store().sessions(person.id()).await?;
    let found = found.into_iter().find(|found| found.id == session);
    let found = found.ok_or_else(gone)?;
    let ended = until_known(|| app.store().delete_session(person.id(), session)).await?;
    if !ended.is_gone() {
        return Err(gone().into());
    }
    app.hub.close(Who::Session(session), Goodbye::SignedOut);
    Ok((StatusCode::NO_CONTENT, Extension(Called(found.user_agent))))
}
