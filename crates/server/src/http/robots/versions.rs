//! `GET /robots/{id}/versions`

use std::sync::Arc;

use axum::extract::{Path, State};
use sessions::view;
use wire::shapes::{List, Version};

use super::saving::robot_of;
use crate::app::App;
use crate::http::caller::Reader;
use crate::http::failure::Answer;
use crate::http::query::{Query, cursor, id};

pub(in crate::http) async fn list(
    State(app): State<Arc<App>>,
    Reader(person): Reader,
    Path(robot): Path<String>,
    query: Query,
) -> Answer<axum::Json<List<Version>>> {
    let limit = usize::try_from(query.limit(50, 200)?).unwrap_or(usize::MAX);
    let below: Option<u32> = query.cursor(|held| held.parse().ok())?;
    let robot = id(&robot, "robot")?;
    robot_of(&app, person.id(), robot).await?;
    let versions = app.store().versions(robot).await?;
    let mut rest = versions
        .iter()
        .filter(|head| below.is_none_or(|below| head.version < below));
    let items: Vec<Version> = rest.by_ref().take(limit).map(view::version).collect();
    let more = rest.next().is_some();
    let last = items.last().filter(|_| more);
    let next_cursor = last.map(|last| cursor(&last.version.to_string()));
    Ok(axum::Json(List { items, next_cursor }))
}
