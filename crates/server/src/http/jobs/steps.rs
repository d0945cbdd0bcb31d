//! `GET /jobs/{id}/steps`: the steps of an attempt as a tree, with the time that each usually takes.
//!
//! A page compares a job with an earlier one by it, and says which step takes unusually long.

use std::sync::Arc;

use axum::extract::{Path, State};
use model::{AttemptNumber, Job, Status};
use sessions::Refused;
use store::jobs::{JobFilter, PageAsk};
use wire::event::Event;
use wire::shapes::StepPage;

use super::batches::Batches;
use super::found::{attempt, job_of};
use super::step_tree::{StepTree, Usual};
use crate::app::App;
use crate::http::caller::Reader;
use crate::http::failure::Answer;
use crate::http::query::{Query, id};

/// How many events of an attempt are looked at.
const LOOKED_AT: u64 = 50_000;
/// How many earlier successes tell what is usual.
const SUCCESSES: u32 = 10;

pub(in crate::http) async fn tree(
    State(app): State<Arc<App>>,
    Reader(person): Reader,
    Path(job): Path<String>,
    query: Query,
) -> Answer<axum::Json<StepPage>> {
    let asked = query.value("attempt", "the number of an attempt")?;
    let row = job_of(&app, person.id(), id(&job, "job")?).await?;
    let n = attempt(&row.job, asked)?;
    let mut page = StepPage {
        items: Vec::new(),
        attempt: n,
        more: None,
    };
    let Some(n) = n else {
        return Ok(axum::Json(page));
    };
    let tree = read(&app, &row.job, n).await?;
    page.more = tree.is_cut().then_some(true);
    page.items = tree.into_steps();

    let mut usual = Usual::default();
    for job in earlier_successes(&app, &row.job).await? {
        match job.latest_confirmed() {
            // It has been read already.
            Some(latest) if (job.id, latest.n) == (row.job.id, n) => usual.learn(&page.items),
            Some(latest) => usual.learn(&read(&app, &job, latest.n).await?.into_steps()),
            None => {}
        }
    }
    usual.tell(&mut page.items);
    Ok(axum::Json(page))
}

async fn read(app: &App, job: &Job, n: AttemptNumber) -> Result<StepTree, Refused> {
    let mut tree = StepTree::default();
    let mut batches = Batches::behind(0, app.store(), job.id, n);
    while let Some(read) = batches.next().await? {
        for json in &read.events {
            // What is no step is not worth being read.
            if json.contains("\"step")
                && let Ok(event) = wire::read::<Event>(json)
            {
                tree.take(event);
            }
        }
        if batches.is_at_end() {
            break;
        }
        if batches.after() >= LOOKED_AT {
            tree.cut();
            break;
        }
    }
    Ok(tree)
}

/// The last successes of the same robot up to this job, itself included.
async fn earlier_successes(app: &App, job: &Job) -> Result<Vec<Job>, Refused> {
    let filter = JobFilter {
        robot: Some(job.robot_id),
        statuses: vec![Status::Success],
        to: Some(job.created_at.plus(std::time::Duration::from_millis(1))),
        ..JobFilter::default()
    };
    let ask = PageAsk {
        after: None,
        limit: SUCCESSES,
        look_at: 1_000,
    };
    let page = app.store().jobs_page(job.user_id, filter, ask).await?;
    Ok(page.rows.into_iter().map(|row| row.job).collect())
}
