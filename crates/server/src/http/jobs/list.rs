//! `GET /jobs`

use std::sync::Arc;

use axum::extract::State;
use model::{Status, Timestamp};
use sessions::{Refused, view};
use store::jobs::{JobFilter, PageKey};
use wire::shapes::{Job, List};

use crate::app::App;
use crate::http::caller::Reader;
use crate::http::failure::Answer;
use crate::http::query::{Query, cursor};

pub(in crate::http) async fn list(
    State(app): State<Arc<App>>,
    Reader(person): Reader,
    query: Query,
) -> Answer<axum::Json<List<Job>>> {
    let limit = query.limit(50, 200)?;
    let after = query.cursor(read_cursor)?;
    let filter = JobFilter {
        robot: query.value("robotId", "the id of a robot")?,
        statuses: statuses(&query)?,
        agent: query.value("agentId", "the id of a computer")?,
        from: time(&query, "from")?,
        to: time(&query, "to")?,
        q: query.text("q").map(ToOwned::to_owned),
    };
    // One more than is shown tells whether there is another page.
    let user = person.id();
    let mut rows = app
        .store()
        .jobs_page(user, filter, after, limit + 1)
        .await?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > shown;
    rows.truncate(shown);
    let last = rows.last().filter(|_| more);
    let next_cursor = last.map(|row| {
        let at = row.job.created_at.as_millis();
        cursor(&format!("{at}.{}", row.job.id))
    });
    let items = view::job_shapes(&app.dispatch, user, &rows, app.now()).await?;
    Ok(axum::Json(List { items, next_cursor }))
}

fn statuses(query: &Query) -> Result<Vec<Status>, Refused> {
    let texts = query.text("status").unwrap_or_default().split(',');
    let texts = texts.filter(|text| !text.is_empty());
    let unknown = || {
        let message = "it must be of waiting, executing, success, failed, cancelled";
        Refused::invalid("status", message)
    };
    texts
        .map(|text| Status::parse(text.trim()).ok_or_else(unknown))
        .collect()
}

fn time(query: &Query, name: &str) -> Result<Option<Timestamp>, Refused> {
    let parse = |text: &str| {
        let wrong = || Refused::invalid(name, "it must be a time as RFC 3339");
        Timestamp::parse(text).ok_or_else(wrong)
    };
    query.text(name).map(parse).transpose()
}

fn read_cursor(held: &str) -> Option<PageKey> {
    let (at, id) = held.split_once('.')?;
    Some(PageKey {
        created_at: Timestamp::from_millis(at.parse().ok()?),
        id: id.parse().ok()?,
    })
}
