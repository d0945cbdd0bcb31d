//! Jobs, as all their handlers find and show them.

use axum::http::HeaderMap;
use model::{AttemptNumber, Job, JobId, RequestKey, UserId};
use sessions::{Refused, view};
use store::jobs::JobRow;
use wire::shapes;

use crate::app::App;

/// The job, if it is that user's.
pub(in crate::http) async fn job_of(
    app: &App,
    user: UserId,
    job: JobId,
) -> Result<JobRow, Refused> {
    let found = app.dispatch.job_of(user, job).await?;
    found.ok_or_else(no_such_job)
}

pub(in crate::http) fn no_such_job() -> Refused {
    Refused::not_found("there is no such job")
}

/// The shape of a job with its parameters.
pub(in crate::http) async fn shape(app: &App, job: JobId) -> Result<shapes::Job, Refused> {
    let found = view::job_shape(&app.dispatch, job, true, app.now()).await?;
    found.map(|(_, shape)| shape).ok_or_else(no_such_job)
}

/// The attempt that is asked for: that one, or the latest confirmed one, if there is any.
pub(in crate::http) fn attempt(
    job: &Job,
    asked: Option<AttemptNumber>,
) -> Result<Option<AttemptNumber>, Refused> {
    match asked {
        Some(n) if job.confirmed(n).is_some() => Ok(Some(n)),
        Some(_) => Err(Refused::not_found("there is no such attempt")),
        None => Ok(job.latest_confirmed().map(|attempt| attempt.n)),
    }
}

/// The caller's id of a request: of the header, else of the body.
pub(in crate::http) fn request_key(
    headers: &HeaderMap,
    body: Option<&str>,
) -> Result<Option<RequestKey>, Refused> {
    let (name, text) = match headers.get("Idempotency-Key") {
        Some(value) => ("Idempotency-Key", value.to_str().unwrap_or_default()),
        None => match body {
            Some(text) => ("requestId", text),
            None => return Ok(None),
        },
    };
    let key = RequestKey::parse(text);
    key.map(Some)
        .map_err(|error| Refused::invalid(name, error.to_string()))
}
