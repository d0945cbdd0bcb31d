//! The spools of all attempts, one folder each.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use agent_core::SpoolRecord;
use model::AttemptKey;

use super::attempt::AttemptSpool;
use super::reading::Spooled;
use super::replay::Replayed;

/// The spool of all attempts.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    aside: PathBuf,
    attempts: BTreeMap<AttemptKey, AttemptSpool>,
}

impl Spool {
    /// Opens the spool and reads what is there. What the server does not want, and what is
    /// damaged, goes to `aside` when it is done; nothing of it is deleted.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn open(folder: PathBuf, aside: PathBuf) -> io::Result<(Self, Vec<Replayed>)> {
        fs::create_dir_all(&folder)?;
        let mut attempts = BTreeMap::new();
        let mut found = Vec::new();
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            let Some(key) = name.and_then(|name| name.parse::<AttemptKey>().ok()) else {
                continue;
            };
            if path.is_dir() {
                let (spool, replayed) = AttemptSpool::replay(path, key)?;
                attempts.insert(key, spool);
                found.push(replayed);
            }
        }
        found.sort_by_key(|replayed| replayed.key);
        let mut spool = Self {
            folder,
            aside,
            attempts,
        };
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
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
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
    /// They cannot be read now, or were never there.
    pub fn read(
        &mut self,
        key: AttemptKey,
        first: u64,
        last: u64,
        most: usize,
        most_bytes: usize,
    ) -> io::Result<Vec<Spooled>> {
        let missing = || io::Error::new(io::ErrorKind::NotFound, "no such attempt in the spool");
        self.attempts
            .get_mut(&key)
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

    /// Deletes an attempt, or moves it aside if something in it is damaged.
    ///
    /// # Errors
    /// Its folder cannot be deleted or moved.
    pub fn forget(&mut self, key: AttemptKey) -> io::Result<()> {
        let spool = self.attempts.get(&key);
        if spool.is_some_and(|spool| spool.damaged) {
            return self.set_aside(key);
        }
        self.attempts.remove(&key);
        gone_is_fine(fs::remove_dir_all(self.folder.join(key.to_string())))
    }

    /// Moves an attempt aside.
    ///
    /// # Errors
    /// Its folder cannot be moved.
    pub fn set_aside(&mut self, key: AttemptKey) -> io::Result<()> {
        self.attempts.remove(&key);
        fs::create_dir_all(&self.aside)?;
        let target = free_name(&self.aside, &key.to_string());
        gone_is_fine(fs::rename(self.folder.join(key.to_string()), target))
    }
}

/// A path in `folder` that nothing has yet.
fn free_name(folder: &Path, name: &str) -> PathBuf {
    let numbered = (2..).map(|n: u32| folder.join(format!("{name}.{n}")));
    let mut paths = std::iter::once(folder.join(name)).chain(numbered);
    paths
        .find(|path| !path.exists())
        .expect("a folder does not hold that many files")
}

fn gone_is_fine(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
