//! Making a backup, beside a server that may be running.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use model::{Sha256, Timestamp};
use store::StoreError;
use thiserror::Error;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::manifest::{DATABASE, FILES, FORMAT, MANIFEST, Manifest};
use super::streams::{CopyError, copy, digest_of, remove_database, sync_folder};
use crate::compose::{Keeping, OpenError};
use crate::data_folder::DataFolder;

/// A backup that was made.
#[derive(Debug)]
pub struct Made {
    /// What it is.
    pub manifest: Manifest,
    /// Its size.
    pub size_bytes: u64,
    /// Files that the database names and that could not be taken along: gone meanwhile, or damaged.
    pub missing: Vec<Sha256>,
}

/// A backup that was not made. Nothing of it is left.
#[derive(Debug, Error)]
pub enum BackupError {
    /// There is a file of that name.
    #[error("`{0}` is there already and is not overwritten")]
    Exists(PathBuf),
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database cannot be copied.
    #[error("the database cannot be copied")]
    Copy(#[from] StoreError),
    /// It cannot be written.
    #[error("`{path}` cannot be written")]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Makes a backup of that folder as `to`.
///
/// # Errors
/// [`BackupError`].
pub fn make(folder: &DataFolder, to: &Path, now: Timestamp) -> Result<Made, BackupError> {
    if to.exists() {
        return Err(BackupError::Exists(to.to_owned()));
    }
    let unfinished = Unfinished::beside(to);
    let failed = |source| BackupError::Write {
        path: to.to_owned(),
        source,
    };
    unfinished.remove();
    Keeping::open(&folder.database())?.copy_to(&unfinished.database)?;
    let digests = Keeping::open(&unfinished.database)?.files()?;
    let manifest = Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: now,
        database: digest_of(&unfinished.database).map_err(failed)?,
        files: 0,
    };
    let (manifest, missing) = pack(folder, &unfinished, manifest, &digests).map_err(failed)?;
    let size_bytes = fs::metadata(&unfinished.archive).map_err(failed)?.len();
    fs::hard_link(&unfinished.archive, to).map_err(|source| {
        if source.kind() == io::ErrorKind::AlreadyExists {
            BackupError::Exists(to.to_owned())
        } else {
            failed(source)
        }
    })?;
    sync_folder(parent(to)).map_err(failed)?;
    Ok(Made {
        manifest,
        size_bytes,
        missing,
    })
}

/// Writes the archive; answers what it is, and what could not be taken along.
fn pack(
    folder: &DataFolder,
    unfinished: &Unfinished,
    mut manifest: Manifest,
    digests: &[Sha256],
) -> io::Result<(Manifest, Vec<Sha256>)> {
    // Only its owner reads it: it holds everything but secrets.
    let archive = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished.archive)?;
    let mut zip = ZipWriter::new(BufWriter::new(archive));
    let options = SimpleFileOptions::default().large_file(true);
    let stored = options.compression_method(zip::CompressionMethod::Stored);
    zip.start_file(DATABASE, options)?;
    copy(&mut File::open(&unfinished.database)?, &mut zip)?;
    let mut missing = Vec::new();
    for digest in digests {
        let Ok(mut file) = File::open(folder.artifact(*digest)) else {
            missing.push(*digest);
            continue;
        };
        zip.start_file(format!("{FILES}{digest}"), stored)?;
        match copy(&mut file, &mut zip) {
            Ok(found) if found == *digest => manifest.files += 1,
            Err(CopyError::To(error)) => return Err(error),
            // Damaged: its entry is taken back.
            Ok(_) | Err(CopyError::From(_)) => {
                zip.abort_file()?;
                missing.push(*digest);
            }
        }
    }
    zip.start_file(MANIFEST, options)?;
    zip.write_all(&serde_json::to_vec_pretty(&manifest)?)?;
    let file = zip.finish()?.into_inner().map_err(io::Error::from)?;
    file.sync_all()?;
    Ok((manifest, missing))
}

/// What is written before there is a backup; removed in the end, whatever happened.
struct Unfinished {
    database: PathBuf,
    archive: PathBuf,
}

impl Unfinished {
    fn beside(to: &Path) -> Self {
        let name = to.file_name().unwrap_or_default().to_string_lossy();
        let beside = |end: &str| parent(to).join(format!(".{name}.{end}"));
        Self {
            database: beside("database"),
            archive: beside("unfinished"),
        }
    }

    fn remove(&self) {
        remove_database(&self.database);
        fs::remove_file(&self.archive).ok();
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.remove();
    }
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
