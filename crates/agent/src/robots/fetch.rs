//! Bringing a robot that is too long for its offer: a package, or a long source.
//!
//! A server that is away for a while costs time and no job: it is asked again, as long as the
//! attempt is wanted.

use std::io::{self, Read};
use std::path::PathBuf;
use std::time::Duration;

use agent_core::PrepareFailure;
use model::Failure;
use wire::agent::Offer;

use super::attempts::{Shared, chain};
use crate::server_api::ApiError;

/// How long to wait before a server that is not there is asked again.
const FETCH_AGAIN: Duration = Duration::from_secs(1);
/// How often: for ten minutes and what the tries themselves take.
const TRIES: u32 = 600;

/// What was fetched for an offer.
pub(super) enum Fetched {
    Package(PathBuf),
    Source(PathBuf),
}

impl Shared {
    /// The package or long source of an offer; nothing if it holds all of the robot.
    pub(super) async fn fetch(&self, offer: &Offer) -> Result<Option<Fetched>, PrepareFailure> {
        if offer.robot.source.is_some() {
            return Ok(None);
        }
        let mut tries = 1;
        loop {
            match self.package(offer).await {
                Ok(fetched) => return Ok(Some(fetched)),
                Err(error) if error.is_passing() && tries < TRIES => {
                    tries += 1;
                    tokio::time::sleep(FETCH_AGAIN).await;
                }
                Err(error) => return Err(not_fetched(&error)),
            }
        }
    }

    /// From the cache or the server.
    async fn package(&self, offer: &Offer) -> Result<Fetched, ApiError> {
        let folder = self.folder.join("packages");
        let target = folder.join(offer.robot.sha256.to_string());
        let file_error = |source| ApiError::File {
            path: target.display().to_string(),
            source,
        };
        // Several attempts may want one package at once, and it has one place on the disk.
        let fetching = self.fetching.lock().await;
        if !target.exists() {
            tokio::fs::create_dir_all(&folder)
                .await
                .map_err(file_error)?;
            let path = offer.robot.package_url.clone().unwrap_or_default();
            self.api
                .package(&path, offer.robot.sha256, &self.credential, &target)
                .await?;
        }
        drop(fetching);
        let is_zip = begins_as_zip(&target).map_err(file_error)?;
        Ok(if is_zip {
            Fetched::Package(target)
        } else {
            Fetched::Source(target)
        })
    }
}

fn begins_as_zip(path: &std::path::Path) -> io::Result<bool> {
    let mut head = Vec::new();
    std::fs::File::open(path)?.take(2).read_to_end(&mut head)?;
    Ok(head == b"PK")
}

fn not_fetched(error: &ApiError) -> PrepareFailure {
    let message = format!("the robot could not be fetched: {}", chain(error));
    PrepareFailure {
        failure: Failure::Environment,
        message,
    }
}
