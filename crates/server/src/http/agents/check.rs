//! `POST /agents/{id}/check`: the computer is looked at now.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use model::AgentId;
use sessions::Refused;

use crate::app::App;
use crate::http::caller::Editor;
use crate::http::failure::Answer;
use crate::http::query::id;

pub(in crate::http) async fn check(
    State(app): State<Arc<App>>,
    Editor(person): Editor,
    Path(agent): Path<String>,
) -> Answer<StatusCode> {
    let agent: AgentId = id(&agent, "computer")?;
    let found = app.store().agent(agent).await?;
    let found = found.filter(|agent| agent.user_id == person.id() && agent.removed.is_none());
    if found.is_none() {
        return Err(Refused::not_found("there is no such computer").into());
    }
    app.hub.check(agent);
    Ok(StatusCode::ACCEPTED)
}
