//! `GET /robots/{id}/play-form`: all that the play dialog needs.

use std::sync::Arc;

use axum::extract::{Path, State};
use dispatch::{AgentState, Surroundings, why_waiting};
use model::{Job, JobId, JobState, Wanted};
use sessions::{Refused, view};
use store::agents::Agent;
use store::robots::Robot;
use wire::shapes::{self, Place, PlayForm};

use super::saving::robot_of;
use crate::app::App;
use crate::http::caller::Reader;
use crate::http::failure::Answer;
use crate::http::query::{Query, id};

pub(in crate::http) async fn show(
    State(app): State<Arc<App>>,
    Reader(person): Reader,
    Path(robot): Path<String>,
    query: Query,
) -> Answer<axum::Json<PlayForm>> {
    let version: Option<u32> = query.value("version", "the number of a version")?;
    let robot = robot_of(&app, person.id(), id(&robot, "robot")?)
        .await?
        .robot;
    let version = version.unwrap_or(robot.version);
    let parameters = if version == robot.version {
        robot.parameters.clone()
    } else {
        let gone = || Refused::not_found(format!("the robot has no version {version}"));
        let found = app.store().version(robot.id, version).await?;
        found.ok_or_else(gone)?.head.parameters
    };
    let last_values = app.store().last_values(person.id(), robot.id).await?;
    let around = app.dispatch.surroundings(person.id(), app.now()).await?;
    let places = around.agents.iter();
    let places = places.map(|agent| place(agent, &robot, &around)).collect();
    let next = next_job(&app, &robot, person.actor, around.now);
    let would_wait = why_waiting(&next, &around).map(view::why_waiting);
    Ok(axum::Json(PlayForm {
        version,
        parameters,
        last_values,
        places,
        would_wait,
    }))
}

fn place(agent: &Agent, robot: &Robot, around: &Surroundings) -> Place {
    let state = around.state_of(agent).state;
    let free = agent.slots().saturating_sub(around.busy(agent.id));
    let missing = robot
        .labels
        .iter()
        .find(|label| !agent.labels.contains(label));
    let no = match (missing, state) {
        (Some(label), _) => Some(format!("it does not have the label {label}")),
        (None, _) if agent.paused => Some("it is paused".to_owned()),
        (None, AgentState::Offline) => Some("it is offline".to_owned()),
        (None, AgentState::Silent) => Some("it is silent".to_owned()),
        (None, AgentState::Online) if free == 0 => Some("it is busy".to_owned()),
        (None, AgentState::Online) => None,
    };
    Place {
        agent_id: agent.id,
        name: agent.name.to_string(),
        state: match state {
            AgentState::Online => shapes::AgentState::Online,
            AgentState::Silent => shapes::AgentState::Silent,
            AgentState::Offline => shapes::AgentState::Offline,
        },
        free,
        no,
    }
}

/// The job that a play would make now.
fn next_job(app: &App, robot: &Robot, by: model::Actor, now: model::Timestamp) -> Job {
    Job {
        id: JobId(app.ids.object_id(now)),
        number: 0,
        user_id: robot.user_id,
        robot_id: robot.id,
        robot_name: robot.name.clone(),
        robot_version: robot.version,
        rev: 0,
        created_at: now,
        created_by: by,
        retry_of: None,
        wanted: Wanted::default(),
        labels: robot.labels.clone(),
        settings: robot.settings.clone(),
        last_attempt: 0,
        last_agent: None,
        state: JobState::Waiting { offer: None },
        past: Vec::new(),
        cancel: None,
        declined: Vec::new(),
    }
}
