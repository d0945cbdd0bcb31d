//! `DELETE /robots/{id}`

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use sessions::view;

use super::saving::no_such_robot;
use crate::app::App;
use crate::http::audit::Called;
use crate::http::caller::Editor;
use crate::http::failure::Answer;
use crate::http::query::id;

pub(in crate::http) async fn delete(
    State(app): State<Arc<App>>,
    Editor(person): Editor,
    Path(robot): Path<String>,
) -> Answer<(StatusCode, Extension<Called>)> {
    let robot = id(&robot, "robot")?;
    let deleted = app
        .dispatch
        .delete_robot(person.id(), &person.actor, robot, app.now())
        .await?;
    let deleted = deleted.ok_or_else(no_such_robot)?;
    let mut shape = view::robot(&deleted, None, false);
    let called = Called(shape.name.clone());
    shape.deleted = Some(true);
    app.hub.robot_deleted(shape);
    Ok((StatusCode::NO_CONTENT, Extension(called)))
}
