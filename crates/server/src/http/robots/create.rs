//! `POST /users/{userId}/robots`

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use dispatch::{Hints, until_known};
use model::{Name, RobotId, RobotKind, RobotSettings, UserId};
use sessions::{Refused, view};
use store::robots::{Robot, RobotCreated};
use wire::ErrorCode;
use wire::rest::CreateRobot;

use super::saving::{Upload, most_package_bytes, save};
use crate::app::App;
use crate::http::body::{Json, media_type, whole, wrong_media_type};
use crate::http::caller::Editor;
use crate::http::failure::{Answer, Failure};

/// What surrounds the parts of a form.
const FORM_AROUND: usize = 64 * 1024;

pub(in crate::http) async fn create(
    State(app): State<Arc<App>>,
    Editor(person): Editor,
    Path(user): Path<String>,
    request: Request,
) -> Answer<Response> {
    if user.parse::<UserId>() != Ok(person.id()) {
        return Err(Refused::not_found("there is no such user").into());
    }
    let (name, upload) = read(&app, request).await?;
    let name = Name::parse(&name);
    let name = name.map_err(|error| Refused::invalid("name", error.to_string()))?;
    let saved = save(&app, upload).await?;
    let now = app.now();
    let robot = Robot {
        id: RobotId(app.ids.object_id(now)),
        user_id: person.id(),
        name,
        description: String::new(),
        kind: RobotKind::RobotFramework,
        version: 1,
        parameters: saved.parameters.clone(),
        labels: Vec::new(),
        settings: RobotSettings::default(),
        favourite: false,
        created_at: now,
        updated_at: now,
        rev: 1,
    };
    let version = saved.version(person.actor, None, now);
    let created = until_known(|| app.store().create_robot(robot.clone(), version.clone())).await?;
    match created.answer {
        RobotCreated::Created(robot) => {
            app.hub.robot(robot.id);
            let location = [(header::LOCATION, format!("/api/v1/robots/{}", robot.id))];
            let body = axum::Json(view::robot(&robot, None, true));
            Ok((StatusCode::CREATED, location, body).into_response())
        }
        RobotCreated::NameTaken => {
            let message = "another robot has that name";
            Err(Refused::new(ErrorCode::Conflict, message).into())
        }
    }
}

async fn read(app: &Arc<App>, request: Request) -> Answer<(String, Upload)> {
    match media_type(request.headers()).as_str() {
        "application/json" => {
            let Json(ask) = Json::<CreateRobot>::from_request(request, app).await?;
            Ok((ask.name, Upload::Source(ask.source.into())))
        }
        "multipart/form-data" => {
            // Read whole first: a sender that is cut off in the middle would not hear why.
            let (parts, body) = request.into_parts();
            let bytes = whole(body, most_package_bytes() + FORM_AROUND).await?;
            let mut request = Request::from_parts(parts, bytes.into());
            DefaultBodyLimit::disable().apply(&mut request);
            let form = Multipart::from_request(request, app).await;
            let form =
                form.map_err(|error| Refused::new(ErrorCode::Malformed, error.to_string()))?;
            read_form(form).await
        }
        _ => Err(wrong_media_type("application/json or multipart/form-data").into()),
    }
}

async fn read_form(mut form: Multipart) -> Answer<(String, Upload)> {
    let mut name = None;
    let mut package: Option<Bytes> = None;
    while let Some(part) = form.next_field().await.map_err(of_form)? {
        match part.name() {
            Some("name") => name = Some(part.text().await.map_err(of_form)?),
            Some("package") => package = Some(part.bytes().await.map_err(of_form)?),
            _ => {}
        }
    }
    let missing = |part: &str| Refused::invalid(part, format!("the part `{part}` is missing"));
    let name = name.ok_or_else(|| missing("name"))?;
    let package = package.ok_or_else(|| missing("package"))?;
    Ok((name, Upload::Package(package)))
}

fn of_form(error: MultipartError) -> Failure {
    Refused::new(ErrorCode::Malformed, error.to_string()).into()
}
