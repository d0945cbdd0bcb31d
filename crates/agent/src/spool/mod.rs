//! What is not yet delivered, on disk.
//!
//! One folder for each attempt: `attempt.log` holds the records of its life (accepted, running,
//! ended), `events-<first>.log` its events in segments that are deleted when the server has stored
//! them. A record is one line: the CRC-32 of its JSON in eight hex digits, a space, the JSON. What
//! follows the first line that is torn or damaged is not believed.
//!
//! Appending writes; only [`Spool::sync`] promises. A failed sync is never repeated on the same
//! file: the program ends, and the next start reads what is really there.

mod attempt;
mod line;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;

use agent_core::{EventText, SpoolRecord};
use model::AttemptKey;

use attempt::AttemptSpool;
pub use attempt::Replayed;

/// The spool of all attempts.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    attempts: BTreeMap<AttemptKey, AttemptSpool>,
}

impl Spool {
    /// Opens the spool and reads what is there. Whatever cannot be read as an attempt is moved
    /// out of the way, never deleted.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn open(folder: PathBuf) -> io::Result<(Self, Vec<Replayed>)> {
        fs::create_dir_all(&folder)?;
        let mut attempts = BTreeMap::new();
        let mut found = Vec::new();
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            let Some(key) = name.and_then(|name| name.parse::<AttemptKey>().ok()) else {
                continue;
            };
            match AttemptSpool::replay(path.clone(), key)? {
                Some((spool, replayed)) => {
                    attempts.insert(key, spool);
                    found.push(replayed);
                }
                // It has no whole first record, so it was never confirmed.
                None => fs::remove_dir_all(&path)?,
            }
        }
        found.sort_by_key(|replayed| replayed.key);
        let mut spool = Self { folder, attempts };
        // Whoever is told what was found may send it and count on it.
        Self::sync(&spool.take_dirty()?)?;
        Ok((spool, found))
    }

    /// Appends a record.
    ///
    /// # Errors
    /// Nothing of the record is there then.
    pub fn append(&mut self, key: AttemptKey, record: &SpoolRecord) -> io::Result<()> {
        let spool = match self.attempts.entry(key) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(AttemptSpool::create(self.folder.join(key.to_string()))?)
            }
        };
        spool.append(record)
    }

    /// The files that must be synced to keep what was appended, each once.
    ///
    /// # Errors
    /// A file handle cannot be doubled.
    pub fn take_dirty(&mut self) -> io::Result<Vec<File>> {
        let mut dirty = Vec::new();
        let mut new_folder = false;
        for spool in self.attempts.values_mut() {
            new_folder |= spool.take_dirty(&mut dirty)?;
        }
        if new_folder {
            dirty.push(File::open(&self.folder)?);
        }
        Ok(dirty)
    }

    /// Syncs those files. Takes milliseconds: call it off the event loop.
    ///
    /// # Errors
    /// What was appended may not be on disk.
    pub fn sync(files: &[File]) -> io::Result<()> {
        files.iter().try_for_each(File::sync_all)
    }

    /// Reads events from `first` to `last`, as many as fit.
    ///
    /// # Errors
    /// They cannot be read, or are not there.
    pub fn read(
        &self,
        key: AttemptKey,
        first: u64,
        last: u64,
        most: usize,
        most_bytes: usize,
    ) -> io::Result<Vec<EventText>> {
        let missing = || io::Error::new(io::ErrorKind::NotFound, "no such attempt in the spool");
        self.attempts
            .get(&key)
            .ok_or_else(missing)?
            .read(first, last, most, most_bytes)
    }

    /// Deletes segments that the server has stored whole.
    ///
    /// # Errors
    /// A file cannot be deleted.
    pub fn trim(&mut self, key: AttemptKey, up_to: u64) -> io::Result<()> {
        self.attempts
            .get_mut(&key)
            .map_or(Ok(()), |spool| spool.trim(up_to))
    }

    /// Deletes an attempt.
    ///
    /// # Errors
    /// Its folder cannot be deleted.
    pub fn forget(&mut self, key: AttemptKey) -> io::Result<()> {
        self.attempts.remove(&key);
        match fs::remove_dir_all(self.folder.join(key.to_string())) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Moves an attempt to `aside`.
    ///
    /// # Errors
    /// Its folder cannot be moved.
    pub fn set_aside(&mut self, key: AttemptKey, aside: &std::path::Path) -> io::Result<()> {
        self.attempts.remove(&key);
        fs::create_dir_all(aside)?;
        match fs::rename(
            self.folder.join(key.to_string()),
            aside.join(key.to_string()),
        ) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
