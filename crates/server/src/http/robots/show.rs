//! `GET /robots/{id}`

use std::sync::Arc;

use axum::extract::{Path, State};
use sessions::view;
use wire::shapes::Robot;

use super::saving::robot_of;
use crate::app::App;
use crate::http::caller::Reader;
use crate::http::failure::Answer;
use crate::http::query::id;

pub(in crate::http) async fn show(
    State(app): State<Arc<App>>,
    Reader(person): Reader,
    Path(robot): Path<String>,
) -> Answer<axum::Json<Robot>> {
    let row = robot_of(&app, person.id(), id(&robot, "robot")?).await?;
    Ok(axum::Json(view::robot(
        &row.robot,
        row.last_job.as_ref(),
        true,
    )))
}
