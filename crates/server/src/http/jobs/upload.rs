//! `PUT /attempts/{job}/{attempt}/artifacts/{name}`: an agent delivers a file.

use std::sync::Arc;

use axum::body::BodyDataStream;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dispatch::until_known;
use model::{ArtifactId, AttemptKey, Job, Sha256, Timestamp};
use sessions::Refused;
use store::agents::Agent;
use store::artifacts::{Artifact, ArtifactAdded, ArtifactBounds};
use wire::{ErrorBody, ErrorCode};

use super::artifacts::shape;
use crate::app::App;
use crate::files::{ReceiveError, Received};
use crate::http::body::{cut, discard, too_large};
use crate::http::caller::AgentCaller;
use crate::http::failure::{Answer, Failure, storage};

/// The longest name of a file, in bytes.
const LONGEST_NAME: usize = 255;

pub(in crate::http) async fn upload(
    State(app): State<Arc<App>>,
    AgentCaller(agent): AgentCaller,
    Path((job, attempt, name)): Path<(String, String, String)>,
    request: Request,
) -> Answer<Response> {
    let (parts, body) = request.into_parts();
    let mut stream = body.into_data_stream();
    let sent = Sent {
        place: (&job, &attempt),
        name,
        headers: &parts.headers,
    };
    let done = deliver(&app, &agent, sent, &mut stream).await;
    if done.is_err() {
        discard(&mut stream).await;
    }
    done
}

/// A file as it is sent.
struct Sent<'a> {
    place: (&'a str, &'a str),
    name: String,
    headers: &'a HeaderMap,
}

async fn deliver(
    app: &App,
    agent: &Agent,
    sent: Sent<'_>,
    stream: &mut BodyDataStream,
) -> Answer<Response> {
    check_name(&sent.name)?;
    let digest = digest(sent.headers)?;
    let most = app.config.artifacts.file_bytes;
    if declared(sent.headers).is_some_and(|size| size > most) {
        return Err(too_large(most).into());
    }
    let now = app.now();
    let (attempt, job) = attempt_of(app, agent, sent.place, now).await?;
    let name = sent.name;

    let received = app.files.receive(stream, most, &*app.ids, now).await;
    let received = received.map_err(|error| match error {
        ReceiveError::TooLarge { most } => too_large(most).into(),
        ReceiveError::Cut(_) => cut().into(),
        ReceiveError::Storage(error) => storage(&error),
    })?;
    if digest.is_some_and(|digest| digest != received.sha256) {
        let message = "the body does not have the digest that it was sent with";
        return Err(forget(app, &received, Refused::invalid("Content-Digest", message)).await);
    }
    let row = Artifact {
        id: ArtifactId(app.ids.object_id(now)),
        user_id: job.user_id,
        attempt,
        media_type: media_type(&name),
        name,
        size_bytes: received.size_bytes,
        sha256: received.sha256,
        created_at: now,
    };
    let published = app.files.publish(&received).await;
    published.map_err(|error| storage(&error))?;
    let limits = &app.config.artifacts;
    let bounds = ArtifactBounds {
        files: limits.job_files,
        bytes: limits.job_bytes,
    };
    // A row that is refused leaves bytes that no row names; the sweep removes them.
    let added = until_known(|| app.store().add_artifact(row.clone(), bounds)).await?;
    let refused = match added.answer {
        ArtifactAdded::Added(row) => return Ok(answer(StatusCode::CREATED, &row)),
        ArtifactAdded::Same(row) => return Ok(answer(StatusCode::OK, &row)),
        ArtifactAdded::NameTaken(_) => {
            let message = "the attempt has another file of that name";
            ErrorBody::new(ErrorCode::Conflict, message)
        }
        ArtifactAdded::TooMany => {
            let message = format!("a job keeps at most {} files", bounds.files);
            ErrorBody::new(ErrorCode::TooLarge, message)
        }
        ArtifactAdded::TooLarge => {
            let message = format!("a job keeps at most {} bytes in all", bounds.bytes);
            ErrorBody::new(ErrorCode::TooLarge, message)
        }
    };
    Err(refused.into())
}

fn answer(status: StatusCode, row: &Artifact) -> Response {
    let location = [(header::LOCATION, format!("/api/v1/artifacts/{}", row.id))];
    (status, location, axum::Json(shape(row))).into_response()
}

async fn forget(app: &App, received: &Received, refused: Refused) -> Failure {
    if let Err(error) = app.files.forget(received).await {
        tracing::warn!(%error, "a refused file was not removed");
    }
    refused.into()
}

/// The attempt, if this agent confirmed it and may still deliver.
async fn attempt_of(
    app: &App,
    agent: &Agent,
    (job, attempt): (&str, &str),
    now: Timestamp,
) -> Result<(AttemptKey, Job), Refused> {
    let stale = || {
        let message = "that attempt is not this agent's, or no longer";
        Refused::new(ErrorCode::StaleAttempt, message)
    };
    let key = AttemptKey {
        job: job.parse().map_err(|_| stale())?,
        attempt: attempt.parse().map_err(|_| stale())?,
    };
    let job = app.store().job(key.job).await?.ok_or_else(stale)?.job;
    let is_its = |by: &model::Connection| by.agent == agent.id;
    if job
        .offer()
        .is_some_and(|offer| offer.n == key.attempt && is_its(&offer.by))
    {
        let message = "the offer was not confirmed; nothing can be kept of it";
        return Err(Refused::new(ErrorCode::NotConfirmed, message));
    }
    let confirmed = job.confirmed(key.attempt);
    confirmed
        .filter(|attempt| is_its(&attempt.by))
        .ok_or_else(stale)?;
    let late = std::time::Duration::from_millis(app.config.limits.late_ms);
    let is_over = |past: &model::PastAttempt| now.since(past.ended_at) > late;
    if job.past(key.attempt).is_some_and(is_over) {
        return Err(stale());
    }
    Ok((key, job))
}

fn check_name(name: &str) -> Result<(), Refused> {
    let odd = |c: char| c.is_control() || c == '/' || c == '\\';
    if name.is_empty() || name.len() > LONGEST_NAME || name.contains(odd) {
        let message = "a file's name has 1 to 255 bytes, no separators and no control characters";
        return Err(Refused::invalid("name", message));
    }
    Ok(())
}

/// The digest that the file was sent with.
fn digest(headers: &HeaderMap) -> Result<Option<Sha256>, Refused> {
    let Some(value) = headers.get("Content-Digest") else {
        return Ok(None);
    };
    let wrong = || Refused::invalid("Content-Digest", "it must be sha-256=:BASE64:");
    let text = value.to_str().map_err(|_| wrong())?.trim();
    let text = text
        .strip_prefix("sha-256=:")
        .and_then(|text| text.strip_suffix(':'));
    let bytes = STANDARD
        .decode(text.ok_or_else(wrong)?)
        .map_err(|_| wrong())?;
    let bytes = bytes.try_into().map_err(|_| wrong())?;
    Ok(Some(Sha256(bytes)))
}

fn declared(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// The media type that the name says. What a robot calls its file is all that is known of it.
fn media_type(name: &str) -> String {
    let guess = mime_guess::from_path(name).first_or_octet_stream();
    guess.essence_str().to_owned()
}
