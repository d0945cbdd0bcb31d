//! What the store knows of the installation and of the servers that run on it.

use async_trait::async_trait;
use model::{ObjectId, Timestamp};

use crate::error::StoreResult;

/// Verbs of the installation.
#[async_trait]
pub trait Node: Send + Sync {
    /// The installation's id; the first call makes it `fresh`.
    async fn installation(&self, fresh: ObjectId) -> StoreResult<ObjectId>;

    /// Notes that this server lives at `now` and has listened since `listening_since`.
    async fn node_alive(
        &self,
        node: ObjectId,
        listening_since: Timestamp,
        now: Timestamp,
    ) -> StoreResult<()>;

    /// The latest `listening_since` of the servers that lived at `alive_after` or later: silence
    /// counts only from then.
    async fn listening_since(&self, alive_after: Timestamp) -> StoreResult<Option<Timestamp>>;

    /// Whether the store answers.
    async fn ping(&self) -> StoreResult<()>;
}
