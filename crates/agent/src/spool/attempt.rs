//! The spool of one attempt.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use agent_core::{EventText, SpoolRecord, TailOffsets};
use model::{AttemptKey, Outcome};
use serde::Deserialize;
use wire::agent::Offer;

use super::line;

/// A segment is followed by another at this size.
const SEGMENT_BYTES: u64 = 4 * 1024 * 1024;
/// Bytes that are kept free for the record of the end when the disk is full.
const RESERVE_BYTES: usize = 64 * 1024;

/// What was read of an attempt at the start of the program.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    /// Which.
    pub key: AttemptKey,
    /// What it was to run.
    pub offer: Offer,
    /// The record that its start may be given is there.
    pub running: bool,
    /// The record of its end.
    pub ended: Option<(Outcome, u64)>,
    /// The last event that is there.
    pub last_seq: u64,
    /// The last event that was trimmed.
    pub trimmed_to: u64,
    /// How far its files were read.
    pub offsets: TailOffsets,
    /// Names of files that have their `artifact` event.
    pub artifacts: Vec<String>,
    /// Something could not be read.
    pub damaged: bool,
}

#[derive(Debug)]
pub(super) struct AttemptSpool {
    folder: PathBuf,
    life: AppendFile,
    segments: VecDeque<Segment>,
    is_new: bool,
    reserve: bool,
}

/// A file that only grows.
#[derive(Debug)]
struct AppendFile {
    file: File,
    length: u64,
    dirty: bool,
}

#[derive(Debug)]
struct Segment {
    path: PathBuf,
    file: AppendFile,
    /// Where the records of the segment begin, and their first and last events.
    records: VecDeque<Place>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    first: u64,
    last: u64,
    offset: u64,
    length: u64,
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
            is_new: true,
            reserve,
        })
    }

    /// Reads an attempt; nothing if it has no whole first record.
    pub(super) fn replay(folder: PathBuf, key: AttemptKey) -> io::Result<Option<(Self, Replayed)>> {
        let mut life = AppendFile::open(&folder.join("attempt.log"))?;
        let mut records = Vec::new();
        let whole = life.replay(|record, _, _| records.push(record))?;
        let mut records = records.into_iter();
        let Some(SpoolRecord::Accepted { offer }) = records.next() else {
            return Ok(None);
        };
        let mut replayed = Replayed {
            key,
            offer: *offer,
            running: false,
            ended: None,
            last_seq: 0,
            trimmed_to: 0,
            offsets: TailOffsets::default(),
            artifacts: Vec::new(),
            damaged: !whole,
        };
        for record in records {
            match record {
                SpoolRecord::Running => replayed.running = true,
                SpoolRecord::Ended { outcome, last_seq } => {
                    replayed.running = true;
                    replayed.ended = Some((outcome, last_seq));
                }
                SpoolRecord::Accepted { .. } | SpoolRecord::Events { .. } => {}
            }
        }
        let reserve = folder.join("reserve").exists();
        let mut spool = Self {
            folder,
            life,
            segments: VecDeque::new(),
            is_new: false,
            reserve,
        };
        spool.replay_segments(&mut replayed)?;
        if let Some((_, last_seq)) = replayed.ended
            && last_seq != replayed.last_seq
            && last_seq > replayed.trimmed_to
        {
            // Events before its end are damaged: the end is told with what is left.
            replayed.ended = replayed
                .ended
                .map(|(outcome, _)| (outcome, replayed.last_seq));
            replayed.damaged = true;
        }
        Ok(Some((spool, replayed)))
    }

    fn replay_segments(&mut self, replayed: &mut Replayed) -> io::Result<()> {
        let mut firsts: Vec<(u64, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if let Some(first) = segment_first(&path) {
                firsts.push((first, path));
            }
        }
        firsts.sort();
        if let Some((first, _)) = firsts.first() {
            replayed.trimmed_to = first - 1;
            replayed.last_seq = first - 1;
        }
        for (first, path) in firsts {
            let goes_on = first == replayed.last_seq + 1
                || first_record(&path)?
                    .is_some_and(|events| joins(replayed.last_seq, first, &events));
            if replayed.damaged || !goes_on {
                // It does not join what is whole.
                replayed.damaged = true;
                fs::rename(&path, path.with_extension("damaged"))?;
                continue;
            }
            let mut file = AppendFile::open(&path)?;
            let mut places = VecDeque::new();
            let whole = file.replay(|record, offset, length| {
                if let SpoolRecord::Events {
                    first,
                    events,
                    offsets,
                } = record
                    && joins(replayed.last_seq, first, &events)
                {
                    replayed.last_seq = first + count(&events) - 1;
                    replayed.offsets = offsets;
                    replayed
                        .artifacts
                        .extend(events.iter().filter_map(artifact_name));
                    places.push_back(Place {
                        first,
                        last: replayed.last_seq,
                        offset,
                        length,
                    });
                }
            })?;
            replayed.damaged |= !whole;
            self.segments.push_back(Segment {
                path,
                file,
                records: places,
            });
        }
        Ok(())
    }

    pub(super) fn append(&mut self, record: &SpoolRecord) -> io::Result<()> {
        let written = self.try_append(record);
        let is_end = !matches!(record, SpoolRecord::Accepted { .. });
        match written {
            Err(error) if is_full(&error) && is_end && self.reserve => {
                // The reserve lets the marks and the end of what has begun still fit.
                if matches!(record, SpoolRecord::Events { events, .. } if events.len() > 8) {
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
        let line = line::write(record);
        let SpoolRecord::Events { first, events, .. } = record else {
            return self.life.append(&line).map(|_| ());
        };
        let full = self
            .segments
            .back()
            .is_none_or(|last| last.file.length >= SEGMENT_BYTES);
        if full {
            let path = self.folder.join(format!("events-{first:012}.log"));
            let file = AppendFile::open(&path)?;
            self.segments.push_back(Segment {
                path,
                file,
                records: VecDeque::new(),
            });
            self.is_new = true;
        }
        let Some(segment) = self.segments.back_mut() else {
            return Ok(());
        };
        let offset = segment.file.append(&line)?;
        let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        let last = first + count(events) - 1;
        segment.records.push_back(Place {
            first: *first,
            last,
            offset,
            length,
        });
        Ok(())
    }

    /// Adds the files that must be synced; answers whether the attempt's folder is new.
    pub(super) fn take_dirty(&mut self, dirty: &mut Vec<File>) -> io::Result<bool> {
        let files = self.segments.iter_mut().map(|segment| &mut segment.file);
        for file in std::iter::once(&mut self.life).chain(files) {
            if std::mem::take(&mut file.dirty) {
                dirty.push(file.file.try_clone()?);
            }
        }
        if std::mem::take(&mut self.is_new) {
            dirty.push(File::open(&self.folder)?);
            return Ok(true);
        }
        Ok(false)
    }

    pub(super) fn read(
        &self,
        first: u64,
        last: u64,
        most: usize,
        most_bytes: usize,
    ) -> io::Result<Vec<EventText>> {
        let mut events = Vec::new();
        let mut bytes = 0;
        let mut next = first;
        for segment in &self.segments {
            for place in segment.records.iter().filter(|place| place.last >= first) {
                if place.first > next || next > last {
                    break;
                }
                let record = segment.file.read_at(place)?;
                let SpoolRecord::Events {
                    first: from,
                    events: found,
                    ..
                } = record
                else {
                    continue;
                };
                for (seq, event) in (from..).zip(found) {
                    if seq < next {
                        continue;
                    }
                    bytes += event.0.len() + 1;
                    let full = events.len() >= most || (bytes > most_bytes && !events.is_empty());
                    if seq > last || full {
                        return Ok(events);
                    }
                    next = seq + 1;
                    events.push(event);
                }
            }
        }
        if events.is_empty() {
            let text = format!("event {first} is not in the spool");
            return Err(io::Error::new(io::ErrorKind::NotFound, text));
        }
        Ok(events)
    }

    /// Deletes segments that are stored whole; the last one stays, because it says how far the
    /// attempt's files were read.
    pub(super) fn trim(&mut self, up_to: u64) -> io::Result<()> {
        while self.segments.len() > 1 {
            let stored = self.segments.front().is_some_and(|segment| {
                segment
                    .records
                    .back()
                    .is_none_or(|place| place.last <= up_to)
            });
            if !stored {
                break;
            }
            if let Some(segment) = self.segments.pop_front() {
                fs::remove_file(&segment.path)?;
            }
        }
        Ok(())
    }
}

impl AppendFile {
    fn open(path: &Path) -> io::Result<Self> {
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

    /// Appends; answers where the line begins. After a failure the file is as it was.
    fn append(&mut self, line: &[u8]) -> io::Result<u64> {
        let at = self.length;
        self.dirty = true;
        match (&self.file).write_all(line) {
            Ok(()) => {
                self.length += u64::try_from(line.len()).unwrap_or(u64::MAX);
                Ok(at)
            }
            Err(error) => {
                self.file.set_len(at)?;
                Err(error)
            }
        }
    }

    /// Tells every whole record with its place, and cuts off what follows the last one; answers
    /// whether everything was whole.
    fn replay(&mut self, mut tell: impl FnMut(SpoolRecord, u64, u64)) -> io::Result<bool> {
        let mut reader = BufReader::new(&self.file);
        reader.seek(SeekFrom::Start(0))?;
        let mut whole_to = 0;
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            let read = u64::try_from(reader.read_until(b'\n', &mut buffer)?).unwrap_or(0);
            let record = buffer.strip_suffix(b"\n").and_then(line::read);
            let Some(record) = record else { break };
            tell(record, whole_to, read);
            whole_to += read;
        }
        let whole = whole_to == self.length;
        if !whole {
            self.file.set_len(whole_to)?;
            self.length = whole_to;
            self.dirty = true;
        }
        // A torn last line is what a crash leaves; only what follows it would be damage.
        Ok(whole || buffer.last() != Some(&b'\n'))
    }

    fn read_at(&self, place: &Place) -> io::Result<SpoolRecord> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(place.offset))?;
        let mut bytes = Vec::new();
        file.take(place.length).read_to_end(&mut bytes)?;
        let record = bytes.strip_suffix(b"\n").and_then(line::read);
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "a spool record is damaged");
        record.ok_or_else(damaged)
    }
}

/// Whether events from `first` on stand behind those up to `last_seq`. Numbers jump only where a
/// gap says that the disk had lost what the server has.
fn joins(last_seq: u64, first: u64, events: &[EventText]) -> bool {
    #[derive(Deserialize)]
    struct Head {
        kind: String,
        reason: Option<String>,
    }
    if first <= last_seq + 1 {
        return first == last_seq + 1;
    }
    let head = events.first().map(|event| serde_json::from_str(&event.0));
    matches!(head, Some(Ok(Head { kind, reason: Some(reason) }))
        if kind == "gap" && reason == "disk_lost")
}

/// The events of a segment's first record.
fn first_record(path: &Path) -> io::Result<Option<Vec<EventText>>> {
    let mut bytes = Vec::new();
    BufReader::new(File::open(path)?).read_until(b'\n', &mut bytes)?;
    Ok(match bytes.strip_suffix(b"\n").and_then(line::read) {
        Some(SpoolRecord::Events { events, .. }) => Some(events),
        _ => None,
    })
}

fn count(events: &[EventText]) -> u64 {
    u64::try_from(events.len()).unwrap_or(u64::MAX)
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

fn segment_first(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?;
    name.strip_prefix("events-")?
        .strip_suffix(".log")?
        .parse()
        .ok()
        .filter(|first| *first > 0)
}

fn artifact_name(event: &EventText) -> Option<String> {
    #[derive(Deserialize)]
    struct Head {
        kind: String,
        name: Option<String>,
    }
    if !event.0.contains("\"artifact\"") {
        return None;
    }
    let head: Head = serde_json::from_str(&event.0).ok()?;
    (head.kind == "artifact").then_some(head.name).flatten()
}
