//! `POST /robots/check`: what is wrong with a source, without saving it.

use std::sync::Arc;

use axum::extract::{FromRequest, Request, State};
use model::robot_source::{self, RobotSource};
use wire::rest::CheckSource;
use wire::shapes::{CheckResult, PackageFile};

use super::saving::{checked, most_package_bytes, open_package};
use crate::app::App;
use crate::http::body::{Json, media_type, whole, wrong_media_type};
use crate::http::caller::Editor;
use crate::http::failure::Answer;

pub(in crate::http) async fn check(
    State(app): State<Arc<App>>,
    Editor(_): Editor,
    request: Request,
) -> Answer<axum::Json<CheckResult>> {
    let result = match media_type(request.headers()).as_str() {
        "application/json" => {
            let Json(ask) = Json::<CheckSource>::from_request(request, &app).await?;
            match robot_source::decode(ask.source.as_bytes()) {
                Ok(text) => checked(robot_source::read(&text), None),
                Err(problem) => checked(RobotSource::default(), Some(problem)),
            }
        }
        "application/zip" => {
            let bytes = whole(request.into_body(), most_package_bytes()).await?;
            match open_package(&app, bytes).await?.1 {
                Ok(package) => {
                    let files = package.files.into_iter().map(|file| PackageFile {
                        name: file.name,
                        size_bytes: file.size_bytes,
                    });
                    CheckResult {
                        files: Some(files.collect()),
                        ..checked(package.robot, None)
                    }
                }
                Err(problem) => checked(RobotSource::default(), Some(problem)),
            }
        }
        _ => return Err(wrong_media_type("application/json or application/zip").into()),
    };
    Ok(axum::Json(result))
}
