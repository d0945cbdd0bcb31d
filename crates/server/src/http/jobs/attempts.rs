//! `GET /jobs/{id}/attempts`

use std::sync::Arc;

use axum::extract::{Path, State};
use sessions::view;
use wire::shapes::{Attempt, List};

use super::found::job_of;
use crate::app::App;
use crate::http::caller::Reader;
use crate::http::failure::Answer;
use crate::http::query::id;

pub(in crate::http) async fn list(
    State(app): State<Arc<App>>,
    Reader(person): Reader,
    Path(job): Path<String>,
) -> Answer<axum::Json<List<Attempt>>> {
    let row = job_of(&app, person.id(), id(&job, "job")?).await?;
    let attempts = view::attempts(&app.dispatch, &row.job).await?;
    Ok(axum::Json(List::whole(attempts)))
}
