//! Files that only grow.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// A file that only grows.
#[derive(Debug)]
pub(super) struct AppendFile {
    file: File,
    length: u64,
    dirty: bool,
}

impl AppendFile {
    /// Opens it, or makes it.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut options = File::options();
        options.read(true).append(true).create(true).mode(0o600);
        let file = options.open(path)?;
        let length = file.metadata()?.len();
        Ok(Self {
            file,
            length,
            // What an earlier process appended may never have been synced.
            dirty: true,
        })
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Appends. After a failure the file is as it was.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let at = self.length;
        self.dirty = true;
        match (&self.file).write_all(bytes) {
            Ok(()) => {
                self.length += length_of(bytes);
                Ok(())
            }
            Err(error) => {
                self.file.set_len(at)?;
                Err(error)
            }
        }
    }

    /// Cuts off what a crash tore.
    pub(super) fn cut(&mut self, length: u64) -> io::Result<()> {
        if length < self.length {
            self.file.set_len(length)?;
            self.length = length;
            self.dirty = true;
        }
        Ok(())
    }

    /// The file, if it must be synced; asked once.
    pub(super) fn take_dirty(&mut self) -> io::Result<Option<File>> {
        if !std::mem::take(&mut self.dirty) {
            return Ok(None);
        }
        self.file.try_clone().map(Some)
    }
}

pub(super) fn length_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
