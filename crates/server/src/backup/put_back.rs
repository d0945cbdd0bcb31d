//! Putting a backup back, into a folder that holds no server's data.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read};
use std::path::{Path, PathBuf};

use model::{Sha256, Timestamp};
use store::StoreError;
use thiserror::Error;
use zip::ZipArchive;
use zip::result::ZipError;

use super::manifest::{DATABASE, FILES, FORMAT, MANIFEST, Manifest};
use super::streams::{CopyError, copy, remove_database, sync_folder};
use crate::compose::{Keeping, OpenError, Rewound};
use crate::data_folder::{DataFolder, DataFolderError};

/// More than any manifest has.
const MOST_MANIFEST_BYTES: u64 = 64 * 1024;
/// The database until everything is in its place: a server starts with the whole or with nothing.
const UNFINISHED: &str = "restoring.db";

type Archive = ZipArchive<BufReader<File>>;

/// A backup that was put back.
#[derive(Debug)]
pub struct PutBack {
    /// What it was.
    pub manifest: Manifest,
    /// What became of the jobs that were open in it.
    pub rewound: Rewound,
    /// Files that its database names and that it did not hold.
    pub missing: Vec<Sha256>,
}

/// A backup that was not put back. The folder holds no server's data then, and restoring may be
/// tried again.
#[derive(Debug, Error)]
pub enum PutBackError {
    /// The folder holds a server's data.
    #[error("`{0}` holds a server's data already, which is not overwritten")]
    Occupied(PathBuf),
    /// The folder cannot be used.
    #[error(transparent)]
    Folder(#[from] DataFolderError),
    /// The file cannot be read.
    #[error("`{path}` cannot be read")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is no backup, or not a whole one.
    #[error("`{path}` is not a whole backup: {reason}")]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A newer program has made it.
    #[error(
        "`{path}` was made by version {program}, whose backups this version does not know; \
         install that version or a later one"
    )]
    Newer {
        /// Which.
        path: PathBuf,
        /// The version that made it.
        program: String,
    },
    /// The folder cannot be written to.
    #[error("the backup cannot be unpacked into `{path}`")]
    Write {
        /// Which folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The database in it cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The jobs in it cannot be settled.
    #[error("the jobs that were open in the backup cannot be settled")]
    Settle(#[from] StoreError),
}

/// Puts `from` back into that folder.
///
/// # Errors
/// [`PutBackError`].
pub fn put_back(from: &Path, folder: &DataFolder, now: Timestamp) -> Result<PutBack, PutBackError> {
    let mut backup = Backup::open(from)?;
    let occupied = || PutBackError::Occupied(folder.path().to_owned());
    if folder.database().exists() {
        return Err(occupied());
    }
    folder.make()?;
    let held = folder.hold()?;
    let unfinished = folder.path().join(UNFINISHED);
    remove_database(&unfinished);
    let unpacked = backup.unpack(folder, &unfinished);
    let done = unpacked.and_then(|manifest| settle(folder, &unfinished, manifest, now));
    if done.is_err() {
        remove_database(&unfinished);
    }
    let done = done?;
    let failed = |source| PutBackError::Write {
        path: folder.path().to_owned(),
        source,
    };
    if folder.database().exists() {
        return Err(occupied());
    }
    fs::rename(&unfinished, folder.database()).map_err(failed)?;
    sync_folder(folder.path()).map_err(failed)?;
    drop(held);
    Ok(done)
}

fn settle(
    folder: &DataFolder,
    database: &Path,
    manifest: Manifest,
    now: Timestamp,
) -> Result<PutBack, PutBackError> {
    let keeping = Keeping::bring_up_to_date(database)?;
    let rewound = keeping.rewind(now)?;
    let mut missing = keeping.files()?;
    missing.retain(|digest| !folder.artifact(*digest).exists());
    keeping.close()?;
    Ok(PutBack {
        manifest,
        rewound,
        missing,
    })
}

struct Backup<'a> {
    path: &'a Path,
    archive: Archive,
}

impl<'a> Backup<'a> {
    fn open(path: &'a Path) -> Result<Self, PutBackError> {
        let file = File::open(path).map_err(|source| PutBackError::Read {
            path: path.to_owned(),
            source,
        })?;
        let archive = ZipArchive::new(BufReader::new(file));
        match archive {
            Ok(archive) => Ok(Self { path, archive }),
            Err(error) => Err(wrong(path, &error)),
        }
    }

    fn damaged(&self, reason: impl Into<String>) -> PutBackError {
        PutBackError::Damaged {
            path: self.path.to_owned(),
            reason: reason.into(),
        }
    }

    fn manifest(&mut self) -> Result<Manifest, PutBackError> {
        let mut text = String::new();
        let read = match self.archive.by_name(MANIFEST) {
            Ok(entry) => entry.take(MOST_MANIFEST_BYTES).read_to_string(&mut text),
            Err(error) => return Err(wrong(self.path, &error)),
        };
        read.map_err(|error| self.damaged(error.to_string()))?;
        let manifest: Manifest =
            serde_json::from_str(&text).map_err(|error| self.damaged(error.to_string()))?;
        if manifest.format > FORMAT {
            return Err(PutBackError::Newer {
                path: self.path.to_owned(),
                program: manifest.program,
            });
        }
        Ok(manifest)
    }

    /// Unpacks everything and looks at each digest.
    fn unpack(&mut self, folder: &DataFolder, database: &Path) -> Result<Manifest, PutBackError> {
        let manifest = self.manifest()?;
        if self.entry(DATABASE, database)? != manifest.database {
            return Err(self.damaged("its database was changed or cut off"));
        }
        let names: Vec<String> = self.archive.file_names().map(str::to_owned).collect();
        let mut files = 0;
        for name in names {
            let Some(digest) = name.strip_prefix(FILES) else {
                continue;
            };
            // A name becomes a path only if it is a digest.
            let digest: Sha256 = digest
                .parse()
                .map_err(|_| self.damaged(format!("`{name}` is no file of a backup")))?;
            self.file(&name, digest, folder)?;
            files += 1;
        }
        if files != manifest.files {
            let expected = manifest.files;
            return Err(self.damaged(format!("it holds {files} files instead of {expected}")));
        }
        Ok(manifest)
    }

    fn file(
        &mut self,
        name: &str,
        digest: Sha256,
        folder: &DataFolder,
    ) -> Result<(), PutBackError> {
        let to = folder.artifact(digest);
        let failed = |source| PutBackError::Write {
            path: folder.path().to_owned(),
            source,
        };
        let above = to.parent().unwrap_or(folder.path());
        fs::create_dir_all(above).map_err(failed)?;
        let unfinished = to.with_extension("restoring");
        let found = self.entry(name, &unfinished)?;
        if found != digest {
            fs::remove_file(&unfinished).ok();
            return Err(self.damaged(format!("`{name}` was changed or cut off")));
        }
        fs::rename(&unfinished, &to).map_err(failed)?;
        sync_folder(above).map_err(failed)
    }

    /// Unpacks one entry to a file of that name; answers its digest.
    fn entry(&mut self, name: &str, to: &Path) -> Result<Sha256, PutBackError> {
        let mut entry = match self.archive.by_name(name) {
            Ok(entry) => entry,
            Err(error) => return Err(wrong(self.path, &error)),
        };
        let failed = |source| PutBackError::Write {
            path: to.to_owned(),
            source,
        };
        let mut file = BufWriter::new(File::create(to).map_err(failed)?);
        let digest = match copy(&mut entry, &mut file) {
            Ok(digest) => digest,
            Err(CopyError::To(source)) => return Err(failed(source)),
            Err(CopyError::From(error)) => {
                return Err(PutBackError::Damaged {
                    path: self.path.to_owned(),
                    reason: format!("`{name}`: {error}"),
                });
            }
        };
        let file = file.into_inner().map_err(io::Error::from).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        Ok(digest)
    }
}

fn wrong(path: &Path, error: &ZipError) -> PutBackError {
    PutBackError::Damaged {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}
