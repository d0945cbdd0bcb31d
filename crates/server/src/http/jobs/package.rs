//! `GET /attempts/{job}/{attempt}/package`: an agent fetches what did not fit into its offer.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use model::{AttemptNumber, JobId};
use sessions::Refused;
use store::robots::Content;
use wire::ErrorCode;

use crate::app::App;
use crate::http::caller::AgentCaller;
use crate::http::failure::Answer;
use crate::http::served_file::send;

pub(in crate::http) async fn fetch(
    State(app): State<Arc<App>>,
    AgentCaller(agent): AgentCaller,
    Path((job, attempt)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer<Response> {
    let stale = || {
        let message = "that attempt is not this agent's, or no longer";
        Refused::new(ErrorCode::StaleAttempt, message)
    };
    let job: JobId = job.parse().map_err(|_| stale())?;
    let n: AttemptNumber = attempt.parse().map_err(|_| stale())?;
    let job = app.store().job(job).await?.ok_or_else(stale)?.job;
    let offered = job
        .offer()
        .filter(|offer| offer.n == n)
        .map(|offer| &offer.by);
    let confirmed = job.confirmed(n).map(|attempt| &attempt.by);
    if offered.or(confirmed).map(|by| by.agent) != Some(agent.id) {
        return Err(stale().into());
    }
    let version = app.store().version(job.robot_id, job.robot_version).await?;
    let gone = || {
        Refused::internal(format!(
            "job `{}` names a version that is not there",
            job.id
        ))
    };
    let version = version.ok_or_else(gone)?;
    match version.content {
        Content::Source { text } => {
            let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
            Ok((plain, text).into_response())
        }
        Content::Package { size_bytes, .. } => {
            let digest = version.head.sha256;
            let mut response = send(&app.files, digest, size_bytes, &headers).await?;
            let zip = HeaderValue::from_static("application/zip");
            response.headers_mut().insert(header::CONTENT_TYPE, zip);
            Ok(response)
        }
    }
}
