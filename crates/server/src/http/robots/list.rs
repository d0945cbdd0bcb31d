//! `GET /users/{userId}/robots`

use std::sync::Arc;

use axum::extract::{Path, State};
use model::{RobotId, Timestamp, UserId};
use sessions::{Refused, view};
use wire::shapes::{List, Robot};

use crate::app::App;
use crate::http::caller::Reader;
use crate::http::failure::Answer;
use crate::http::query::{Query, cursor};

pub(in crate::http) async fn list(
    State(app): State<Arc<App>>,
    Reader(person): Reader,
    Path(user): Path<String>,
    query: Query,
) -> Answer<axum::Json<List<Robot>>> {
    if user.parse::<UserId>() != Ok(person.id()) {
        return Err(Refused::not_found("there is no such user").into());
    }
    let rows = match query.text("view") {
        None => false,
        Some("rows") => true,
        Some(_) => return Err(Refused::invalid("view", "it must be rows").into()),
    };
    let limit = query.limit(50, 200)?;
    let after = query.cursor(read_cursor)?;
    let mut robots = app.store().robots(person.id()).await?;
    if rows {
        let shapes = robots
            .iter()
            .map(|row| view::robot(&row.robot, row.last_job.as_ref(), false));
        return Ok(axum::Json(List::whole(shapes.collect())));
    }
    robots.sort_by_key(|row| std::cmp::Reverse((row.robot.created_at, row.robot.id)));
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut rest = robots
        .iter()
        .filter(|row| after.is_none_or(|after| (row.robot.created_at, row.robot.id) < after));
    let page: Vec<_> = rest.by_ref().take(limit).collect();
    let more = rest.next().is_some();
    let last = page.last().filter(|_| more);
    let next_cursor = last.map(|row| {
        let at = row.robot.created_at.as_millis();
        cursor(&format!("{at}.{}", row.robot.id))
    });
    let items = page
        .into_iter()
        .map(|row| view::robot(&row.robot, row.last_job.as_ref(), true))
        .collect();
    Ok(axum::Json(List { items, next_cursor }))
}

fn read_cursor(held: &str) -> Option<(Timestamp, RobotId)> {
    let (at, id) = held.split_once('.')?;
    Some((Timestamp::from_millis(at.parse().ok()?), id.parse().ok()?))
}
