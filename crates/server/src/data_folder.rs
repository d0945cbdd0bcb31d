//! The data folder of one server: where things lie, and the lock that keeps a second one out.
//!
//! ```text
//! DATA/lock            held while a server runs
//! DATA/arkwright.db    the store
//! DATA/secret.key      the key for secrets; backups leave it out
//! DATA/artifacts/      files that robots left behind, and packages, by digest
//! DATA/address         where the server that ran last could be reached
//! ```

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use model::Sha256;
use nix::fcntl::{Flock, FlockArg};
use thiserror::Error;

/// A data folder.
#[derive(Debug, Clone)]
pub struct DataFolder(PathBuf);

/// The right to be the server of a data folder; it ends when this is dropped.
#[derive(Debug)]
pub struct Held {
    _lock: Flock<File>,
}

/// A data folder that cannot be used.
#[derive(Debug, Error)]
pub enum DataFolderError {
    /// It cannot be made or written to.
    #[error("the data folder `{path}` cannot be used")]
    Unusable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another server has it.
    #[error("another server is running on the data folder `{path}`")]
    InUse {
        /// Which.
        path: PathBuf,
    },
}

impl DataFolder {
    /// The folder at `path`.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where it is when nobody says otherwise: the system's folder for application data.
    #[must_use]
    pub fn usual() -> Option<PathBuf> {
        directories::ProjectDirs::from("", "", "arkwright").map(|dirs| dirs.data_dir().to_owned())
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The SQLite file.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.0.join("arkwright.db")
    }

    /// The key for secrets.
    #[must_use]
    pub fn secret_key(&self) -> PathBuf {
        self.0.join("secret.key")
    }

    /// The artifacts.
    #[must_use]
    pub fn artifacts(&self) -> PathBuf {
        self.0.join("artifacts")
    }

    /// Where the file of that digest lies.
    #[must_use]
    pub fn artifact(&self, sha256: Sha256) -> PathBuf {
        self.artifacts().join(crate::files::place(sha256).as_ref())
    }

    /// Where the server that ran last could be reached; for links of short commands.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        let text = fs::read_to_string(self.0.join("address")).ok()?;
        Some(text.trim().to_owned()).filter(|address| !address.is_empty())
    }

    /// Notes where the server can be reached.
    ///
    /// # Errors
    /// `Unusable`.
    pub fn note_address(&self, address: &str) -> Result<(), DataFolderError> {
        fs::write(self.0.join("address"), format!("{address}\n")).map_err(|source| {
            DataFolderError::Unusable {
                path: self.0.clone(),
                source,
            }
        })
    }

    /// Makes the folder, with rights for its owner only, and sees whether it can be written to.
    ///
    /// # Errors
    /// `Unusable`.
    pub fn make(&self) -> Result<(), DataFolderError> {
        let unusable = |source| DataFolderError::Unusable {
            path: self.0.clone(),
            source,
        };
        let is_new = !self.0.exists();
        fs::create_dir_all(&self.0).map_err(unusable)?;
        if is_new {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&self.0, fs::Permissions::from_mode(0o700)).map_err(unusable)?;
        }
        fs::create_dir_all(self.artifacts()).map_err(unusable)?;
        let probe = self.0.join(".probe");
        let write = || -> io::Result<()> {
            let mut file = File::create(&probe)?;
            file.write_all(&[0; 4096])?;
            file.sync_all()
        };
        let written = write();
        // A probe that cannot be removed again is harmless: the next one overwrites it.
        fs::remove_file(&probe).ok();
        written.map_err(unusable)
    }

    /// Becomes the one server of this folder.
    ///
    /// # Errors
    /// `InUse`, or `Unusable`.
    pub fn hold(&self) -> Result<Held, DataFolderError> {
        let unusable = |source| DataFolderError::Unusable {
            path: self.0.clone(),
            source,
        };
        let mut options = File::options();
        let file = options
            .write(true)
            .create(true)
            .truncate(false)
            .open(self.0.join("lock"))
            .map_err(unusable)?;
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => Ok(Held { _lock: lock }),
            Err((_, nix::errno::Errno::EWOULDBLOCK)) => Err(DataFolderError::InUse {
                path: self.0.clone(),
            }),
            Err((_, errno)) => Err(unusable(errno.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_server_is_refused_while_the_first_lives() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::new(folder.path().join("data"));
        data.make().unwrap();
        let first = data.hold().unwrap();
        assert!(matches!(data.hold(), Err(DataFolderError::InUse { .. })));
        drop(first);
        data.hold().unwrap();
    }

    #[test]
    fn a_folder_below_a_file_is_refused_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let data = DataFolder::new(folder.path().join("file/data"));
        let said = data.make().unwrap_err().to_string();
        assert!(said.contains("file/data"), "{said}");
    }
}
