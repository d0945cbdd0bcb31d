//! From an offer to a workspace whose supervisor waits for its start.

use agent_core::PrepareFailure;
use model::parameter::ParameterType;
use model::{AttemptKey, Failure};
use runner::{ParameterValue, RobotSource, Settings, Spec};
use wire::agent::Offer;

use super::attempts::{SUPERVISE, Shared, chain};
use super::blocking::blocking;
use super::fetch::Fetched;

impl Shared {
    pub(super) async fn prepare(
        &self,
        key: AttemptKey,
        offer: Offer,
        package: Option<Fetched>,
    ) -> Result<(), PrepareFailure> {
        let spec = spec_of(key, &offer)?;
        let (folders, program) = (self.folders.clone(), self.program.clone());
        let made = blocking(move || {
            let read;
            let source = match (&offer.robot.source, &package) {
                (Some(text), _) => RobotSource::File(text),
                (None, Some(Fetched::Package(path))) => RobotSource::Package(path),
                (None, Some(Fetched::Source(path))) => {
                    read = std::fs::read_to_string(path).map_err(|error| disk(&error))?;
                    RobotSource::File(&read)
                }
                (None, None) => RobotSource::File(""),
            };
            let workspace = runner::prepare(&folders, &spec, source).map_err(|error| {
                let failure = if error.is_the_robots() {
                    Failure::InvalidRobot
                } else {
                    Failure::Environment
                };
                PrepareFailure {
                    failure,
                    message: chain(&error),
                }
            })?;
            runner::spawn_supervisor(&program, &[SUPERVISE], &workspace)
                .map_err(|error| disk(&error))
        });
        made.await.unwrap_or_else(|| {
            let message = "the preparation of the robot was broken off".to_owned();
            Err(PrepareFailure {
                failure: Failure::Internal,
                message,
            })
        })
    }
}

fn spec_of(key: AttemptKey, offer: &Offer) -> Result<Spec, PrepareFailure> {
    let mut parameters = Vec::new();
    for parameter in &offer.parameters {
        let kind: ParameterType = serde_json::from_value(serde_json::json!(parameter.r#type))
            .map_err(|_| PrepareFailure {
                failure: Failure::Environment,
                message: format!(
                    "this computer does not know parameters of type `{}`; update its agent",
                    parameter.r#type
                ),
            })?;
        let (name, value) = (parameter.name.clone(), parameter.value.clone());
        parameters.push(ParameterValue { name, kind, value });
    }
    Ok(Spec {
        key,
        robot_name: offer.robot.name.clone(),
        parameters,
        settings: Settings {
            timeout_ms: offer.settings.timeout_ms,
            stop_grace_ms: offer.settings.stop_grace_ms,
        },
    })
}

fn disk(error: &std::io::Error) -> PrepareFailure {
    let message = format!("the workspace cannot be used: {error}");
    PrepareFailure {
        failure: Failure::Environment,
        message,
    }
}
