//! Stores in folders of their own.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use store::Store;
use store_sqlite::SqliteStore;
use tempfile::TempDir;

/// A folder that goes away with the test.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// One below that folder, if it is there.
    pub(crate) fn below(folder: &Path) -> Self {
        match TempDir::new_in(folder) {
            Ok(inside) => Self(inside),
            Err(_) => Self::new(),
        }
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.path().join("arkwright.db")
    }

    pub(crate) fn open(&self) -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(&self.database()).unwrap())
    }
}

impl Deref for Folder {
    type Target = std::path::Path;

    fn deref(&self) -> &Self::Target {
        self.0.path()
    }
}
