//! A segment of events, and reading its lines.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::file::length_of;
use super::line::{self, Line};

/// The longest line that is read. Ours are shorter: one event has 128 KiB of texts, and JSON in
/// JSON makes seven bytes of one at worst.
const LONGEST_LINE: u64 = 8 * 1024 * 1024;

/// The file of the segment whose first event has that number.
pub(super) fn path(folder: &Path, first: u64) -> PathBuf {
    folder.join(format!("events-{first:012}.log"))
}

/// The number of the first event of a segment, from the name of its file.
pub(super) fn first_of(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?;
    let number = name.strip_prefix("events-")?.strip_suffix(".log")?;
    let first = number.parse().ok()?;
    let ours = first > 0 && self::path(path.parent()?, first) == path;
    ours.then_some(first)
}

/// One line of a file.
#[derive(Debug)]
pub(super) struct Found {
    /// What it says; nothing if it is damaged.
    pub(super) line: Option<Line<'static>>,
    /// Where it begins.
    pub(super) at: u64,
    /// Where it ends.
    pub(super) end: u64,
}

/// The lines of a file, in their order. A last line without its end is not among them.
pub(super) struct Lines<'a> {
    reader: io::Take<BufReader<&'a File>>,
    at: u64,
    buffer: Vec<u8>,
}

impl<'a> Lines<'a> {
    /// Reads from `at` on.
    pub(super) fn from(file: &'a File, at: u64) -> io::Result<Self> {
        let mut reader = BufReader::with_capacity(64 * 1024, file);
        reader.seek(SeekFrom::Start(at))?;
        Ok(Self {
            reader: io::Read::take(reader, 0),
            at,
            buffer: Vec::new(),
        })
    }

    /// The next line. A part of the disk that cannot be read at all is the end, and a damaged
    /// line: nobody knows what follows it.
    pub(super) fn next(&mut self) -> io::Result<Option<Found>> {
        if self.at == u64::MAX {
            return Ok(None);
        }
        self.buffer.clear();
        self.reader.set_limit(LONGEST_LINE);
        let at = self.at;
        match self.reader.read_until(b'\n', &mut self.buffer) {
            Ok(_) => {}
            Err(error) if is_unreadable(&error) => {
                self.at = u64::MAX;
                return Ok(Some(Found {
                    line: None,
                    at,
                    end: u64::MAX,
                }));
            }
            Err(error) => return Err(error),
        }
        let is_long = length_of(&self.buffer) == LONGEST_LINE;
        if self.buffer.last() != Some(&b'\n') && !is_long {
            return Ok(None);
        }
        self.at += length_of(&self.buffer);
        let line = self.buffer.strip_suffix(b"\n").and_then(line::read);
        Ok(Some(Found {
            line,
            at,
            end: self.at,
        }))
    }
}

/// Whether the disk says that it has lost what is there. Other failures pass.
pub(super) fn is_unreadable(error: &io::Error) -> bool {
    error.raw_os_error().map(nix::errno::Errno::from_raw) == Some(nix::errno::Errno::EIO)
}
