//! Bytes on their way from one place to another, hashed meanwhile.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use model::Sha256;
use sha2::Digest;

/// Which end failed.
pub(super) enum CopyError {
    /// What was read from.
    From(io::Error),
    /// What was written to.
    To(io::Error),
}

impl From<CopyError> for io::Error {
    fn from(error: CopyError) -> Self {
        match error {
            CopyError::From(error) | CopyError::To(error) => error,
        }
    }
}

/// Copies everything; answers the digest of what went through.
pub(super) fn copy(from: &mut impl Read, to: &mut impl Write) -> Result<Sha256, CopyError> {
    let mut hash = sha2::Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => return Ok(Sha256(hash.finalize().into())),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(CopyError::From(error)),
        };
        let bytes = buffer.get(..read).unwrap_or_default();
        hash.update(bytes);
        to.write_all(bytes).map_err(CopyError::To)?;
    }
}

/// The digest of a file.
///
/// # Errors
/// It cannot be read.
pub fn digest_of(path: &Path) -> io::Result<Sha256> {
    Ok(copy(&mut File::open(path)?, &mut io::sink())?)
}

/// Removes an unfinished database, and what SQLite keeps beside it.
pub(super) fn remove_database(path: &Path) {
    for end in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.to_owned().into_os_string();
        name.push(end);
        fs::remove_file(name).ok();
    }
}

/// Makes sure that a folder's entries are on the disk.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
