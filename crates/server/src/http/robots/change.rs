//! `PATCH /robots/{id}`

use std::sync::Arc;

use axum::extract::{Path, State};
use model::{Name, RobotSettings};
use sessions::{Refused, view};
use store::robots::{RobotPatch, RobotPatched};
use wire::ErrorCode;
use wire::rest::PatchRobot;
use wire::shapes::Robot;

use super::saving::{no_such_robot, robot_of};
use crate::app::App;
use crate::http::agents::fields::labels;
use crate::http::body::Json;
use crate::http::caller::Editor;
use crate::http::failure::Answer;
use crate::http::query::id;

/// The longest description.
const LONGEST_DESCRIPTION: usize = 4_000;

pub(in crate::http) async fn change(
    State(app): State<Arc<App>>,
    Editor(person): Editor,
    Path(robot): Path<String>,
    Json(ask): Json<PatchRobot>,
) -> Answer<axum::Json<Robot>> {
    let name = ask.name.as_deref().map(Name::parse).transpose();
    let name = name.map_err(|error| Refused::invalid("name", error.to_string()))?;
    let is_long = |text: &String| text.chars().count() > LONGEST_DESCRIPTION;
    if ask.description.as_ref().is_some_and(is_long) {
        let message = format!("a description has at most {LONGEST_DESCRIPTION} characters");
        return Err(Refused::invalid("description", message).into());
    }
    let labels = ask.labels.as_deref().map(labels).transpose()?;
    let robot = id(&robot, "robot")?;
    let row = robot_of(&app, person.id(), robot).await?;
    let settings = ask.settings.map(|given| merged(&row.robot.settings, given));
    let patch = RobotPatch {
        name,
        description: ask.description,
        labels,
        settings: settings.transpose()?,
        favourite: ask.favourite,
    };
    let user = person.id();
    match app
        .dispatch
        .change_robot(user, robot, patch, app.now())
        .await?
    {
        RobotPatched::Done { robot: row, .. } => {
            let shape = view::robot(&row.robot, row.last_job.as_ref(), true);
            Ok(axum::Json(shape))
        }
        RobotPatched::NameTaken => {
            let message = "another robot has that name";
            Err(Refused::new(ErrorCode::Conflict, message).into())
        }
        RobotPatched::Gone => Err(no_such_robot().into()),
    }
}

/// The settings with those that were given in their place; `null` takes one away.
fn merged(
    settings: &RobotSettings,
    given: serde_json::Map<String, serde_json::Value>,
) -> Result<RobotSettings, Refused> {
    let as_json = serde_json::to_value(settings);
    let Ok(serde_json::Value::Object(mut all)) = as_json else {
        return Err(Refused::internal("settings are no JSON object"));
    };
    for (key, value) in given {
        if value.is_null() {
            all.remove(&key);
        } else {
            all.insert(key, value);
        }
    }
    let text = serde_json::Value::Object(all).to_string();
    let merged: RobotSettings = wire::read(&text).map_err(|fields| {
        let fields = fields.into_iter().map(|mut field| {
            field.name = format!("settings.{}", field.name);
            field
        });
        Refused::from(wire::ErrorBody::invalid(fields.collect()))
    })?;
    match merged.problem() {
        Some((name, message)) => Err(Refused::invalid(name, message)),
        None => Ok(merged),
    }
}
