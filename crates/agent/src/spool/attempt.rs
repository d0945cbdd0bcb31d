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
/// Bytes that are kept free for the record of the end when the disk is full.
const RESERVE_BYTES: usize = 64 * 1024;
/// More events than this at once do not get the reserve: marks and ends are few.
const FEW_EVENTS: usize = 8;

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
    pub(super) reserve: bool,
    /// Something in it is damaged: it is kept for a person when it is done.
    pub(super) damaged: bool,
}

impl AttemptSpool {
    pub(super) fn create(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        let life = AppendFile::open(&folder.join("attempt.log"))?;
        let reserve = fs::write(folder.join("reserve"), vec![0; RESERVE_BYTES]).is_ok();
        Ok(Self {
            folder,
            life,
            segments: VecDeque::new(),
            tail: None,
            full: Vec::new(),
            last_seq: 0,
            place: None,
            is_new: true,
            has_new_file: true,
            reserve,
            damaged: false,
        })
    }

    pub(super) fn append(&mut self, record: &SpoolRecord) -> io::Result<()> {
        let written = self.try_append(record);
        let is_end = !matches!(record, SpoolRecord::Accepted { .. });
        match written {
            Err(error) if is_full(&error) && is_end && self.reserve => {
                // The reserve lets the marks and the end of what has begun still fit.
                if matches!(record, SpoolRecord::Events { events, .. } if events.len() > FEW_EVENTS)
                {
                    return Err(error);
                }
                self.reserve = false;
                fs::remove_file(self.folder.join("reserve"))?;
                self.try_append(record)
            }
            other => other,
        }
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

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}
