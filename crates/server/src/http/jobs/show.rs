//! `GET /jobs/{id}`

use std::sync::Arc;

use axum::extract::{Path, State};
use wire::shapes::Job;

use super::found::{job_of, shape};
use crate::app::App;
use crate::http::caller::Reader;
use crate::http::failure::Answer;
use crate::http::query::id;

pub(in crate::http) async fn show(
    State(app): State<Arc<App>>,
    Reader(person): Reader,
    Path(job): Path<String>,
) -> Answer<axum::Json<Job>> {
    let row = job_of(&app, person.id(), id(&job, "job")?).await?;
    Ok(axum::Json(shape(&app, row.job.id).await?))
}
