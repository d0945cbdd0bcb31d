//! `GET /jobs/{id}/events`

use std::sync::Arc;

use axum::extract::{Path, State};
use sessions::Refused;
use wire::event::RawEvent;
use wire::shapes::EventPage;

use super::found::{attempt, job_of};
use crate::app::App;
use crate::http::caller::Reader;
use crate::http::failure::Answer;
use crate::http::query::{Query, id};

/// About the largest page, in bytes.
const MOST_BYTES: usize = 4 * 1024 * 1024;

pub(in crate::http) async fn list(
    State(app): State<Arc<App>>,
    Reader(person): Reader,
    Path(job): Path<String>,
    query: Query,
) -> Answer<axum::Json<EventPage>> {
    let limit = query.limit(500, 1_000)?;
    let after: u64 = query.value("after", "the number of an event")?.unwrap_or(0);
    let asked = query.value("attempt", "the number of an attempt")?;
    let row = job_of(&app, person.id(), id(&job, "job")?).await?;
    let Some(n) = attempt(&row.job, asked)? else {
        return Ok(axum::Json(EventPage {
            items: Vec::new(),
            up_to: 0,
            attempt: None,
            next_after: None,
        }));
    };
    let read = app
        .store()
        .events(row.job.id, n, after, limit, MOST_BYTES)
        .await?;
    let count = u64::try_from(read.events.len()).unwrap_or(u64::MAX);
    let last = (read.first + count).saturating_sub(1);
    let next_after = (count > 0 && last < read.up_to).then_some(last);
    let items = read.events.into_iter().map(RawEvent::from_json).collect();
    let items: Vec<_> = Result::map_err(items, |error| {
        Refused::internal(format!("a stored event: {error}"))
    })?;
    Ok(axum::Json(EventPage {
        items,
        up_to: read.up_to,
        attempt: Some(n),
        next_after,
    }))
}
