//! `POST /jobs`: play.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dispatch::{PlayAnswer, PlayRequest};
use model::Label;
use sessions::Refused;
use wire::rest::CreateJob;

use super::found::{request_key, shape};
use crate::app::App;
use crate::http::body::Json;
use crate::http::caller::Player;
use crate::http::failure::Answer;

pub(in crate::http) async fn play(
    State(app): State<Arc<App>>,
    Player(person): Player,
    headers: HeaderMap,
    Json(ask): Json<CreateJob>,
) -> Answer<Response> {
    let request = request_key(&headers, ask.request_id.as_deref())?;
    let label = ask.agent_label.as_deref().map(Label::parse).transpose();
    let label = label.map_err(|error| Refused::invalid("agentLabel", error.to_string()))?;
    let no_robot = || Refused::not_found("there is no such robot");
    let no_agent = || Refused::not_found("there is no such computer");
    let agent = match &ask.agent_id {
        Some(agent) => Some(agent.parse().ok_or_else(no_agent)?),
        None => None,
    };
    let request = PlayRequest {
        user: person.id(),
        by: person.actor,
        request,
        robot: ask.robot_id.parse().ok_or_else(no_robot)?,
        version: ask.version,
        parameters: ask.parameters,
        agent,
        label,
    };
    let played = app.dispatch.play(request, app.now()).await?;
    answer(&app, &played).await
}

/// A new job is told with 201, one that was there with 200.
pub(super) async fn answer(app: &App, played: &PlayAnswer) -> Answer<Response> {
    let status = match played {
        PlayAnswer::Created(_) => StatusCode::CREATED,
        PlayAnswer::Same(_) => StatusCode::OK,
    };
    let job = played.job().id;
    let location = [(header::LOCATION, format!("/api/v1/jobs/{job}"))];
    let body = axum::Json(shape(app, job).await?);
    Ok((status, location, body).into_response())
}
