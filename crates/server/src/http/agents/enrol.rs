//! `POST /agents`: a computer comes with an enrolment token.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use dispatch::EnrolRequest;
use model::{Actor, ActorKind};
use wire::rest::{Enrol, EnrolAnswer};

use super::fields::{cut, key_hash, labels, name};
use crate::app::App;
use crate::http::audit::{Called, For};
use crate::http::body::Json;
use crate::http::failure::Answer;

pub(in crate::http) async fn enrol(
    State(app): State<Arc<App>>,
    Json(ask): Json<Enrol>,
) -> Answer<Response> {
    let request = EnrolRequest {
        key_hash: key_hash(&ask.key_hash)?,
        name: name(ask.name.as_deref())?,
        labels: labels(ask.labels.as_deref().unwrap_or_default())?,
        token: ask.token.as_str().to_owned(),
        host: cut(&ask.host),
        os: cut(&ask.os),
        version: cut(&ask.version),
    };
    let (agent, new) = app.dispatch.enrol(request, app.now()).await?;
    let status = if new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let answer = EnrolAnswer {
        agent_id: agent.id,
        user_id: agent.user_id,
    };
    // The token stands for whoever made it.
    let owner = app.store().user(agent.user_id).await?;
    let by = Actor {
        kind: ActorKind::User,
        id: agent.user_id.to_string(),
        name: owner
            .map(|owner| owner.name.to_string())
            .unwrap_or_default(),
    };
    let called = Extension(Called(agent.name.to_string()));
    let whose = Extension(For(agent.user_id, by));
    Ok((status, called, whose, axum::Json(answer)).into_response())
}
