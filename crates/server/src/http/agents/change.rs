//! `PATCH /agents/{id}`

use std::sync::Arc;

use axum::extract::{Path, State};
use sessions::{Refused, view};
use store::agents::{AgentPatch, AgentPatched};
use wire::ErrorCode;
use wire::rest::PatchAgent;
use wire::shapes::Agent;

use super::fields::{labels, name};
use crate::app::App;
use crate::http::body::Json;
use crate::http::caller::Editor;
use crate::http::failure::Answer;
use crate::http::query::id;

pub(in crate::http) async fn change(
    State(app): State<Arc<App>>,
    Editor(person): Editor,
    Path(agent): Path<String>,
    Json(ask): Json<PatchAgent>,
) -> Answer<axum::Json<Agent>> {
    let patch = AgentPatch {
        name: name(ask.name.as_deref())?,
        labels: ask.labels.as_deref().map(labels).transpose()?,
        slots: ask.slots,
        paused: ask.paused,
    };
    let agent = id(&agent, "computer")?;
    let changed = app.dispatch.change_agent(person.id(), agent, patch).await?;
    let gone = || Refused::not_found("there is no such computer");
    match changed {
        AgentPatched::Done(_) => {}
        AgentPatched::NameTaken => {
            let message = "another computer has that name";
            return Err(Refused::new(ErrorCode::Conflict, message).into());
        }
        AgentPatched::Gone => return Err(gone().into()),
    }
    let shape = view::agent_shape(&app.dispatch, agent, app.now()).await?;
    let (_, shape) = shape.ok_or_else(gone)?;
    Ok(axum::Json(shape))
}
