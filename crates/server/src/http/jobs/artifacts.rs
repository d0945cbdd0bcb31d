//! `GET /jobs/{id}/artifacts`, `GET /artifacts/{id}`
//!
//! A file that a robot made may be a page full of scripts. It is shown in a sandbox that is never
//! of our origin, and never taken for something else than it says.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use sessions::Refused;
use store::artifacts::Artifact;
use wire::shapes::{self, List};

use super::found::job_of;
use crate::app::App;
use crate::http::caller::Reader;
use crate::http::failure::Answer;
use crate::http::query::{Query, id};
use crate::http::served_file::{disposition, send};

/// The sandbox: scripts may run, in an origin of their own.
const SANDBOX: &str = "sandbox allow-scripts";
/// Media types that a browser shows in the sandbox; the rest is saved to disk.
const SHOWN: [&str; 4] = ["text/", "image/", "application/json", "application/xml"];

pub(in crate::http) async fn list(
    State(app): State<Arc<App>>,
    Reader(person): Reader,
    Path(job): Path<String>,
) -> Answer<axum::Json<List<shapes::Artifact>>> {
    let row = job_of(&app, person.id(), id(&job, "job")?).await?;
    let found = app.store().artifacts(row.job.id).await?;
    Ok(axum::Json(List::whole(found.iter().map(shape).collect())))
}

pub(in crate::http) async fn show(
    State(app): State<Arc<App>>,
    Reader(person): Reader,
    Path(artifact): Path<String>,
    query: Query,
    headers: HeaderMap,
) -> Answer<Response> {
    let gone = || Refused::not_found("there is no such file");
    let found = app.store().artifact(id(&artifact, "file")?).await?;
    let found = found.filter(|artifact| artifact.user_id == person.id());
    let artifact = found.ok_or_else(gone)?;
    let mut response = send(&app.files, artifact.sha256, artifact.size_bytes, &headers).await?;
    let is_shown = SHOWN
        .iter()
        .any(|kind| artifact.media_type.starts_with(kind));
    let kind = if is_shown && !query.has("download") {
        "inline"
    } else {
        "attachment"
    };
    let fields = response.headers_mut();
    let policy = HeaderValue::from_static(SANDBOX);
    fields.insert(header::CONTENT_SECURITY_POLICY, policy);
    fields.insert(
        header::CONTENT_DISPOSITION,
        disposition(kind, &artifact.name),
    );
    let media_type = HeaderValue::from_str(&with_charset(&artifact.media_type));
    let unknown = HeaderValue::from_static("application/octet-stream");
    fields.insert(header::CONTENT_TYPE, media_type.unwrap_or(unknown));
    let private = HeaderValue::from_static("private, max-age=3600");
    fields.insert(header::CACHE_CONTROL, private);
    Ok(response)
}

/// Robot Framework and nearly everybody else writes UTF-8.
fn with_charset(media_type: &str) -> String {
    if media_type.starts_with("text/") {
        format!("{media_type}; charset=utf-8")
    } else {
        media_type.to_owned()
    }
}

pub(super) fn shape(artifact: &Artifact) -> shapes::Artifact {
    shapes::Artifact {
        id: artifact.id,
        job_id: artifact.attempt.job,
        attempt: artifact.attempt.attempt,
        name: artifact.name.clone(),
        size_bytes: artifact.size_bytes,
        media_type: artifact.media_type.clone(),
        sha256: artifact.sha256,
        created_at: artifact.created_at,
    }
}
