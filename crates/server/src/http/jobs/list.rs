//! `GET /jobs`

use std::sync::Arc;

use axum::extract::State;
use model::{Status, Timestamp};
use sessions::{Refused, view};
use store::jobs::{JobFilter, PageAsk, PageKey};
use wire::shapes::{Job, List};

use crate::app::App;
use crate::http::caller::Reader;
use crate::http::failure::Answer;
use crate::http::query::{Query, cursor};

/// How much of the history one page may look at: a word that is rare in a million jobs is found in
/// several pages, none of which holds up anybody.
const LOOKED_AT: u32 = 10_000;

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
        from: query.time("from")?,
        to: query.time("to")?,
        q: query.text("q").map(ToOwned::to_owned),
        number: query.value("number", "the number of a job")?,
    };
    let user = person.id();
    let ask = PageAsk {
        after,
        limit,
        look_at: LOOKED_AT,
    };
    let page = app.store().jobs_page(user, filter, ask).await?;
    let next_cursor = page.next.map(|key| {
        let at = key.created_at.as_millis();
        cursor(&format!("{at}.{}", key.id))
    });
    let items = view::job_shapes(&app.dispatch, user, &page.rows, app.now()).await?;
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

fn read_cursor(held: &str) -> Option<PageKey> {
    let (at, id) = held.split_once('.')?;
    Some(PageKey {
        created_at: Timestamp::from_millis(at.parse().ok()?),
        id: id.parse().ok()?,
    })
}
