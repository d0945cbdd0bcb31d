//! Bringing the files of an ended attempt to the server.

use std::time::Duration;

use agent_core::{Artifact, Input};
use model::AttemptKey;

use super::attempts::{Shared, chain};
use super::blocking::blocking;

/// How long to wait before a file is brought again to a server that is not there.
const UPLOAD_AGAIN: Duration = Duration::from_secs(5);

impl Shared {
    pub(super) async fn upload(&self, key: AttemptKey, known: &[String]) {
        let workspace = self.folders.workspace(key);
        let files = blocking(move || runner::artifacts(&workspace))
            .await
            .unwrap_or_default();
        for file in files.into_iter().filter(|file| !known.contains(&file.name)) {
            let artifact = loop {
                match self
                    .api
                    .artifact(key, &file.name, &file.path, &self.credential)
                    .await
                {
                    Ok(stored) => {
                        break Artifact::Stored {
                            id: stored.id,
                            name: file.name.clone(),
                            size_bytes: stored.size_bytes,
                            media_type: stored.media_type,
                        };
                    }
                    Err(error) if error.is_passing() => tokio::time::sleep(UPLOAD_AGAIN).await,
                    Err(error) => {
                        break Artifact::Refused {
                            name: file.name.clone(),
                            message: chain(&error),
                        };
                    }
                }
            };
            self.tell(Input::Uploaded(key, artifact)).await;
        }
    }
}
