//! From what was sent to what is saved, and what all handlers of robots share.

use axum::body::Bytes;
use model::package::MOST_PACKED_BYTES;
use model::robot_source::{self, Problem, RobotSource};
use model::{Actor, RobotId, Sha256, Timestamp, UserId};
use sessions::Refused;
use sha2::Digest;
use store::robots::{Content, RobotRow, Version, VersionHead};
use wire::{ErrorBody, Field};

use crate::app::App;
use crate::http::failure::{Failure, storage};
use crate::package_zip::{self, Package};

/// The robot, if it is that user's.
pub(in crate::http) async fn robot_of(
    app: &App,
    user: UserId,
    robot: RobotId,
) -> Result<RobotRow, Refused> {
    let found = app.store().robot(robot).await?;
    found
        .filter(|row| row.robot.user_id == user)
        .ok_or_else(no_such_robot)
}

pub(in crate::http) fn no_such_robot() -> Refused {
    Refused::not_found("there is no such robot")
}

/// A source that was sent to be saved.
pub(in crate::http) enum Upload {
    Source(Bytes),
    Package(Bytes),
}

/// A source that may be saved.
pub(in crate::http) struct Saved {
    content: Content,
    sha256: Sha256,
    pub(super) parameters: Vec<model::parameter::Parameter>,
}

impl Saved {
    /// The version that it makes; its number is the store's to give.
    pub(super) fn version(self, by: Actor, note: Option<String>, now: Timestamp) -> Version {
        Version {
            head: VersionHead {
                version: 1,
                created_at: now,
                created_by: by,
                note,
                sha256: self.sha256,
                parameters: self.parameters,
            },
            content: self.content,
        }
    }
}

/// Judges a source, and keeps the bytes of a package.
pub(in crate::http) async fn save(app: &App, upload: Upload) -> Result<Saved, Failure> {
    match upload {
        Upload::Source(bytes) => {
            let text =
                robot_source::decode(&bytes).map_err(|problem| refused("source", &[problem]))?;
            let read = robot_source::read(&text);
            if !read.problems.is_empty() {
                return Err(refused("source", &read.problems).into());
            }
            Ok(Saved {
                sha256: Sha256(sha2::Sha256::digest(text.as_bytes()).into()),
                parameters: read.parameters,
                content: Content::Source { text },
            })
        }
        Upload::Package(bytes) => {
            let (bytes, package) = open_package(app, bytes).await?;
            let package = package.map_err(|problem| refused("package", &[problem]))?;
            if !package.robot.problems.is_empty() {
                return Err(refused("package", &package.robot.problems).into());
            }
            let size_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            let sha256 = app
                .files
                .keep(bytes)
                .await
                .map_err(|error| storage(&error))?;
            Ok(Saved {
                sha256,
                parameters: package.robot.parameters,
                content: Content::Package {
                    size_bytes,
                    main: package.main,
                    source: package.source,
                },
            })
        }
    }
}

/// Judges a zip off the event loop, and not too many at a time.
pub(in crate::http) async fn open_package(
    app: &App,
    bytes: Bytes,
) -> Result<(Bytes, Result<Package, Problem>), Refused> {
    let room = app.packages.acquire().await;
    let _room = room.map_err(|error| Refused::internal(error.to_string()))?;
    let judged = tokio::task::spawn_blocking(move || {
        let package = package_zip::read(&bytes);
        (bytes, package)
    });
    judged
        .await
        .map_err(|error| Refused::internal(error.to_string()))
}

/// Why a source is not saved: each problem with its place.
pub(in crate::http) fn refused(field: &str, problems: &[Problem]) -> Refused {
    let fields = problems.iter().map(|problem| {
        let mut message = String::new();
        if let Some(file) = &problem.file {
            message.push_str(file);
            message.push_str(if problem.line.is_some() { ", " } else { ": " });
        }
        if let Some(line) = problem.line {
            message.push_str(&format!("line {line}: "));
        }
        message.push_str(&problem.message);
        Field {
            name: field.to_owned(),
            message,
        }
    });
    ErrorBody::invalid(fields.collect()).into()
}

/// What a check answers of a source that could be read.
pub(in crate::http) fn checked(
    robot: RobotSource,
    first: Option<Problem>,
) -> wire::shapes::CheckResult {
    let problems = first.into_iter().chain(robot.problems);
    wire::shapes::CheckResult {
        parameters: robot.parameters,
        problems: problems
            .map(|problem| wire::shapes::Problem {
                message: problem.message,
                file: problem.file,
                line: problem.line,
            })
            .collect(),
        files: None,
    }
}

/// The largest package, as a number of bytes in memory.
pub(in crate::http) fn most_package_bytes() -> usize {
    usize::try_from(MOST_PACKED_BYTES).unwrap_or(usize::MAX)
}
