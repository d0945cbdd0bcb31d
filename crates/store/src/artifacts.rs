//! Files that attempts left behind: their rows. The bytes lie in the artifact storage under their
//! digest, and are there before the row is.

use async_trait::async_trait;
use model::{ArtifactId, AttemptKey, JobId, Sha256, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::error::StoreResult;

/// Verbs of the artifacts.
#[async_trait]
pub trait Artifacts: Send + Sync {
    /// Stores the row of a file whose bytes are there, within the bounds of its job. Whether the
    /// speaker may add to that attempt is the caller's question.
    async fn add_artifact(
        &self,
        artifact: Artifact,
        bounds: ArtifactBounds,
    ) -> StoreResult<ArtifactAdded>;

    /// The artifact.
    async fn artifact(&self, artifact: ArtifactId) -> StoreResult<Option<Artifact>>;

    /// The artifacts of a job, in the order in which they came.
    async fn artifacts(&self, job: JobId) -> StoreResult<Vec<Artifact>>;

    /// Which of these digests no artifact and no robot version names.
    async fn unnamed(&self, digests: Vec<Sha256>) -> StoreResult<Vec<Sha256>>;
}

/// A file that an attempt left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Artifact {
    /// Its id.
    pub id: ArtifactId,
    /// Whose.
    pub user_id: UserId,
    /// The attempt.
    pub attempt: AttemptKey,
    /// Its name, unique within the attempt.
    pub name: String,
    /// Its size.
    pub size_bytes: u64,
    /// Its media type.
    pub media_type: String,
    /// Its digest.
    pub sha256: Sha256,
    /// When it came.
    pub created_at: Timestamp,
}

/// How much a job may leave behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArtifactBounds {
    /// Files.
    pub files: u32,
    /// Bytes in all.
    pub bytes: u64,
}

/// The answer to a new row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArtifactAdded {
    /// Stored.
    Added(Artifact),
    /// The same file was stored before.
    Same(Artifact),
    /// Another file of that attempt has the name.
    NameTaken(Artifact),
    /// The job has left too many files behind.
    TooMany,
    /// The job has left too many bytes behind.
    TooLarge,
}
