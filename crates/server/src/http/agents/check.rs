//! `POST /agents/{id}/check`: the computer is looked at now.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use model::AgentId;
use sessions::Refused;

use crate::app::App;
use crate::http::audit::Called;
use crate::http::caller::Editor;
use crate::http::failure::Answer;
use crate::http::query::id;

pub(in crate::http) async fn check(
    State(app): State<Arc<App>>,
    Editor(person): Editor,
    Path(agent): Path<String>,
) -> Answer<(StatusCode, Extension<Called>)> {
    let agent: AgentId = id(&agent, "computer")?;
    let found = app.store().agent(agent).await?;
    let found = found.filter(|agent| agent.user_id == person.id() && agent.removed.is_none());
    let found = found.ok_or_else(|| Refused::not_found("there is no such computer"))?;
    app.hub.check(agent);
    Ok((
        StatusCode::ACCEPTED,
        Extension(Called(found.name.to_string())),
    ))
}
