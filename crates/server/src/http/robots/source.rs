//! `GET /robots/{id}/source`, `PUT /robots/{id}/source`

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use dispatch::{Hints, until_known};
use model::robot_source::MOST_SOURCE_BYTES;
use sessions::{Refused, view};
use store::robots::{Content, VersionAdded};
use wire::shapes::Robot;
use wire::{ErrorBody, ErrorCode};

use super::saving::{Saved, Upload, most_package_bytes, no_such_robot, robot_of, save};
use crate::app::App;
use crate::http::body::{media_type, whole, wrong_media_type};
use crate::http::caller::{Editor, Reader};
use crate::http::failure::{Answer, storage};
use crate::http::query::{Query, id};
use crate::http::served_file::disposition;

/// The longest note of a version.
const LONGEST_NOTE: usize = 500;

pub(in crate::http) async fn show(
    State(app): State<Arc<App>>,
    Reader(person): Reader,
    Path(robot): Path<String>,
    query: Query,
) -> Answer<Response> {
    let version: Option<u32> = query.value("version", "the number of a version")?;
    let robot = id(&robot, "robot")?;
    let row = robot_of(&app, person.id(), robot).await?;
    let n = version.unwrap_or(row.robot.version);
    let gone = || Refused::not_found(format!("the robot has no version {n}"));
    let version = app.store().version(robot, n).await?.ok_or_else(gone)?;
    let is_package = matches!(version.content, Content::Package { .. });
    let mut response = match version.content {
        Content::Source { text } => {
            let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
            (plain, text).into_response()
        }
        Content::Package { .. } => {
            let found = app.files.open(version.head.sha256, None).await;
            let found = found.map_err(|error| storage(&error))?;
            let found = found.ok_or_else(|| {
                Refused::internal(format!("package `{}` is not there", version.head.sha256))
            })?;
            let zip = [(header::CONTENT_TYPE, "application/zip")];
            (zip, Body::from_stream(found.bytes)).into_response()
        }
    };
    let tag = HeaderValue::from_str(&format!("\"{n}\"")).expect("a number is plain ASCII");
    // Whoever exports it gets a file with the robot's name and the ending that says what it is.
    let ending = if is_package { "zip" } else { "robot" };
    let file = disposition("attachment", &format!("{}.{ending}", row.robot.name));
    let fields = response.headers_mut();
    fields.insert(header::ETAG, tag);
    fields.insert(header::CONTENT_DISPOSITION, file);
    Ok(response)
}

async fn save_source(app: &App, headers: &HeaderMap, body: Body) -> Answer<Saved> {
    let upload = match media_type(headers).as_str() {
        "text/plain" => Upload::Source(whole(body, MOST_SOURCE_BYTES).await.map_err(of_source)?),
        "application/zip" => Upload::Package(whole(body, most_package_bytes()).await?),
        _ => return Err(wrong_media_type("text/plain or application/zip").into()),
    };
    save(app, upload).await
}

fn of_source(refused: Refused) -> Refused {
    if refused.body.code != ErrorCode::TooLarge {
        return refused;
    }
    let message = "a robot's file is at most 1 MiB large";
    let hint = "put data into files of its own, in a package";
    ErrorBody::new(ErrorCode::TooLarge, message)
        .hint(hint)
        .into()
}

pub(in crate::http) async fn save_version(
    State(app): State<Arc<App>>,
    Editor(person): Editor,
    Path(robot): Path<String>,
    query: Query,
    request: Request,
) -> Answer<axum::Json<Robot>> {
    let note = query.text("note").map(ToOwned::to_owned);
    let is_long = |note: &String| note.chars().count() > LONGEST_NOTE;
    if note.as_ref().is_some_and(is_long) {
        let message = format!("a note has at most {LONGEST_NOTE} characters");
        return Err(Refused::invalid("note", message).into());
    }
    let (parts, body) = request.into_parts();
    let expected = expected(&parts.headers)?;
    let robot = id(&robot, "robot")?;
    // A large body of a stranger's robot is not judged first.
    robot_of(&app, person.id(), robot).await?;
    let saved = save_source(&app, &parts.headers, body).await?;
    let version = saved.version(person.actor, note, app.now());
    let user = person.user.id;
    let store = app.store();
    let added = until_known(|| store.add_version(user, robot, expected, version.clone())).await?;
    match added.answer {
        VersionAdded::Added(row) => {
            app.hub.robot(robot);
            let shape = view::robot(&row.robot, row.last_job.as_ref(), true);
            Ok(axum::Json(shape))
        }
        VersionAdded::Conflict { version } => {
            let message = format!("version {version} was saved meanwhile");
            let mut body = ErrorBody::new(ErrorCode::Conflict, message);
            body.version = Some(version);
            Err(body.into())
        }
        VersionAdded::Gone => Err(no_such_robot().into()),
    }
}

/// The version that `If-Match` names.
fn expected(headers: &HeaderMap) -> Result<Option<u32>, Refused> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let number = text.trim_matches('"').parse();
    let number = number.map_err(|_| Refused::invalid("If-Match", "it must be a version, as \"3\""));
    number.map(Some)
}
