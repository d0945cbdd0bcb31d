//! `DELETE /agents/{id}?running=stop|finish`

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use sessions::Refused;

use crate::app::App;
use crate::http::audit::Called;
use crate::http::caller::Editor;
use crate::http::failure::Answer;
use crate::http::query::{Query, id};

pub(in crate::http) async fn revoke(
    State(app): State<Arc<App>>,
    Editor(person): Editor,
    Path(agent): Path<String>,
    query: Query,
) -> Answer<(StatusCode, Extension<Called>)> {
    let running = query.running()?;
    let agent = id(&agent, "computer")?;
    let now = app.now();
    let removed = app
        .dispatch
        .revoke(person.id(), agent, running, now)
        .await?;
    match removed {
        Some(agent) => {
            let called = Called(agent.name.to_string());
            Ok((StatusCode::NO_CONTENT, Extension(called)))
        }
        None => Err(Refused::not_found("there is no such computer").into()),
    }
}
