//! Who changed what: written after each change that a person asked for, read by admins, never changed.

use async_trait::async_trait;
use model::{Actor, ObjectId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::error::StoreResult;

/// Verbs of the audit.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Adds an entry; the same one again is the same entry.
    async fn note_change(&self, entry: AuditEntry) -> StoreResult<()>;

    /// Entries, newest first.
    async fn audit_page(&self, ask: AuditAsk) -> StoreResult<Vec<AuditEntry>>;
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// Its id.
    pub id: ObjectId,
    /// When.
    pub at: Timestamp,
    /// Whose account it happened in.
    pub user_id: UserId,
    /// Who asked for it.
    pub by: Actor,
    /// What was done: a word of the server's list.
    pub action: String,
    /// What it was done to: its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_id: Option<String>,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_name: Option<String>,
    /// Where it was asked for.
    pub address: String,
}

/// Which entries are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditAsk {
    /// Only of this account.
    pub user: Option<UserId>,
    /// Only of this kind.
    pub action: Option<String>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// Only what comes behind this entry.
    pub after: Option<(Timestamp, ObjectId)>,
    /// How many at most.
    pub limit: u32,
}
