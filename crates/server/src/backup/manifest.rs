//! What stands in `backup.json`.

use model::{Sha256, Timestamp};
use serde::{Deserialize, Serialize};

/// The layout of the file that this program writes and reads.
pub(super) const FORMAT: u32 = 1;
/// Entries of the zip.
pub(super) const MANIFEST: &str = "backup.json";
pub(super) const DATABASE: &str = "arkwright.db";
pub(super) const FILES: &str = "files/";

/// What a backup is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The layout of the file.
    pub format: u32,
    /// The version of the program that made it.
    pub program: String,
    /// When.
    pub made_at: Timestamp,
    /// The digest of the database.
    pub database: Sha256,
    /// How many files are with it.
    pub files: usize,
}
