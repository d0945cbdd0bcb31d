//! The spool of one attempt.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;

use agent_core::SpoolRecord;

use super::file::AppendFile;
use super::line::{self, count};
use super::reading::Place;
use super::segment;

/// A segment is followed by another at this size. Tests have many of them.
const SEGMENT_BYTES: u64 = if cfg!(test) { 2_048 } else { 4 * 1024 * 1024 };
/// Bytes that are kept free for marks and ends when the disk is full.
const RESERVE_BYTES: u64 = 64 * 1024;
/// So much of them is given back at once: disks have blocks, and a new file takes some too.
const RESERVE_STEP: u64 = 8 * 1024;

/// The spool of one attempt.
#[derive(Debug)]
pub(super) struct AttemptSpool {
    pub(super) folder: PathBuf,
    pub(super) life: AppendFile,
    /// The number of each segment's first event, oldest first. A segment ends before the next one
    /// begins, whatever its file holds behind that.
    pub(super) segments: VecDeque<u64>,
    /// The file of the last segment, if more may be written to it.
    pub(super) tail: Option<AppendFile>,
    /// Files of earlier segments that were not synced when the next one began.
    pub(super) full: Vec<File>,
    /// The last event.
    pub(super) last_seq: u64,
    /// Where the last reading ended.
    pub(super) place: Option<Place>,
    /// What the folder of attempts must be synced for.
    pub(super) is_new: bool,
    /// What its own folder must be synced for.
    pub(super) has_new_file: bool,
    /// What is left of the reserve.
    pub(super) reserve: u64,
    /// Something in it is damaged: it is kept for a person when it is done.
    pub(super) damaged: bool,
}

impl AttemptSpool {
    pub(super) fn create(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        let life = AppendFile::open(&folder.join("attempt.log"))?;
        let mut spool = Self {
            folder,
            life,
            segments: VecDeque::new(),
            tail: None,
            full: Vec::new(),
            last_seq: 0,
            place: None,
            is_new: true,
            has_new_file: true,
            reserve: RESERVE_BYTES,
            damaged: false,
        };
        let zeros = vec![0; usize::try_from(RESERVE_BYTES).unwrap_or(0)];
        if fs::write(spool.reserve_path(), zeros).is_err() {
            // A full disk does not take the offer either, which is then declined.
            spool.give_back(RESERVE_BYTES)?;
        }
        Ok(spool)
    }

    fn reserve_path(&self) -> PathBuf {
        self.folder.join("reserve")
    }

    /// Makes room on the disk, out of the reserve.
    fn give_back(&mut self, bytes: u64) -> io::Result<()> {
        self.reserve = self.reserve.saturating_sub(bytes);
        if self.reserve == 0 {
            return fs::remove_file(self.reserve_path());
        }
        let file = File::options().write(true).open(self.reserve_path())?;
        file.set_len(self.reserve)
    }

    pub(super) fn append(&mut self, record: &SpoolRecord) -> io::Result<()> {
        let mut written = self.try_append(record);
        // The reserve lets the marks and the end of what has begun still fit.
        while let Err(error) = &written
            && is_full(error)
            && self.reserve > 0
            && is_mark(record)
        {
            self.give_back(RESERVE_STEP)?;
            written = self.try_append(record);
        }
        written
    }

    fn try_append(&mut self, record: &SpoolRecord) -> io::Result<()> {
        let bytes = line::write(record);
        let SpoolRecord::Events { first, events, .. } = record else {
            return self.life.append(&bytes);
        };
        let goes_on = self
            .tail
            .as_mut()
            .filter(|tail| tail.length() < SEGMENT_BYTES);
        match goes_on {
            Some(tail) => tail.append(&bytes)?,
            None => self.begin_segment(*first, &bytes)?,
        }
        self.last_seq = first + count(events) - 1;
        Ok(())
    }

    fn begin_segment(&mut self, first: u64, bytes: &[u8]) -> io::Result<()> {
        let path = segment::path(&self.folder, first);
        if path.exists() {
            // A damaged one of which nothing was believed.
            fs::rename(&path, path.with_extension("damaged"))?;
        }
        if let Some(tail) = &mut self.tail {
            self.full.extend(tail.take_dirty()?);
        }
        let mut file = AppendFile::open(&path)?;
        if let Err(error) = file.append(bytes) {
            fs::remove_file(&path)?;
            return Err(error);
        }
        self.tail = Some(file);
        if self.segments.back() != Some(&first) {
            self.segments.push_back(first);
        }
        self.has_new_file = true;
        Ok(())
    }

    /// Adds the files that must be synced; answers whether the attempt's folder is new.
    pub(super) fn take_dirty(&mut self, dirty: &mut Vec<File>) -> io::Result<bool> {
        dirty.append(&mut self.full);
        dirty.extend(self.life.take_dirty()?);
        if let Some(tail) = &mut self.tail {
            dirty.extend(tail.take_dirty()?);
        }
        if std::mem::take(&mut self.has_new_file) {
            dirty.push(File::open(&self.folder)?);
        }
        Ok(std::mem::take(&mut self.is_new))
    }

    /// Deletes segments that are stored whole. One whose next one has nothing stored stays: it may
    /// be the only one on the disk that says how far the attempt's files were read.
    pub(super) fn trim(&mut self, up_to: u64) -> io::Result<()> {
        while self.segments.get(1).is_some_and(|next| *next <= up_to) {
            if let Some(first) = self.segments.pop_front() {
                fs::remove_file(segment::path(&self.folder, first))?;
            }
        }
        Ok(())
    }
}

/// Whether a record is one of the few that an attempt which has begun cannot do without. What a
/// robot says is not, however little it is: it would leave no room for its end.
fn is_mark(record: &SpoolRecord) -> bool {
    match record {
        SpoolRecord::Accepted { .. } => false,
        SpoolRecord::Running | SpoolRecord::Ended { .. } => true,
        SpoolRecord::Events { events, .. } => events
            .iter()
            .all(|event| event.0.contains("\"kind\":\"gap\"")),
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}
