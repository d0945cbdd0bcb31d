//! Reading what an earlier process left of an attempt.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use agent_core::{EventText, TailOffsets};
use model::{AttemptKey, Outcome};
use serde::Deserialize;
use wire::agent::Offer;

use super::attempt::AttemptSpool;
use super::file::AppendFile;
use super::line::{Line, count};
use super::segment::{self, Lines};

/// What was read of an attempt at the start of the program.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    /// Which.
    pub key: AttemptKey,
    /// What it was to run; nothing if its record is not whole.
    pub offer: Option<Offer>,
    /// Its start may have been given.
    pub running: bool,
    /// The record of its end.
    pub ended: Option<(Outcome, u64)>,
    /// The last event that is there.
    pub last_seq: u64,
    /// The last event that was trimmed.
    pub trimmed_to: u64,
    /// How far its files were read for the last event that is there.
    pub offsets: TailOffsets,
    /// Names of files that have their `artifact` event.
    pub artifacts: Vec<String>,
    /// What followed the last event that is there is damaged.
    pub end_damaged: bool,
    /// Something in it is damaged.
    pub damaged: bool,
}

impl AttemptSpool {
    /// Reads an attempt and syncs what is believed.
    pub(super) fn replay(folder: PathBuf, key: AttemptKey) -> io::Result<(Self, Replayed)> {
        let mut life = AppendFile::open(&folder.join("attempt.log"))?;
        let lived = Life::read(&mut life)?;
        let mut told = Told::read(&folder)?;
        let mut ended = lived.ended;
        let mut last_seq = told.whole.last_seq;
        let mut end_damaged = told.end_damaged;
        if let Some((_, last)) = &mut ended {
            if *last <= told.trimmed_to {
                // All of them are delivered.
                last_seq = last_seq.max(*last);
                end_damaged = false;
            } else {
                // If events before its end are damaged, it is told with what is left.
                end_damaged = *last != last_seq;
                *last = last_seq;
            }
        }
        let damaged = lived.damaged || told.damaged;
        let replayed = Replayed {
            key,
            offer: lived.offer,
            // Nobody writes events before that; and a damaged record may have said it.
            running: lived.running || told.any,
            ended,
            last_seq,
            trimmed_to: told.trimmed_to,
            offsets: told.whole.offsets,
            artifacts: std::mem::take(&mut told.artifacts),
            end_damaged,
            damaged,
        };
        let tail = told.settle(&folder)?;
        let spool = Self {
            reserve: fs::metadata(folder.join("reserve")).map_or(0, |found| found.len()),
            life,
            segments: tail.segments,
            tail: tail.file,
            full: Vec::new(),
            last_seq: last_seq.max(replayed.trimmed_to),
            place: None,
            is_new: true,
            has_new_file: true,
            damaged,
            folder,
        };
        Ok((spool, replayed))
    }
}

/// The records of an attempt's life.
#[derive(Default)]
struct Life {
    offer: Option<Offer>,
    running: bool,
    ended: Option<(Outcome, u64)>,
    damaged: bool,
}

impl Life {
    /// Believes each whole line, and cuts off what a crash tore.
    fn read(file: &mut AppendFile) -> io::Result<Self> {
        let mut life = Self::default();
        let mut end = 0;
        let mut lines = Lines::from(file.file(), 0)?;
        while let Some(found) = lines.next()? {
            end = found.end;
            match found.line {
                Some(Line::Accepted { offer }) => life.offer = Some(offer.into_owned()),
                Some(Line::Running) => life.running = true,
                Some(Line::Ended { outcome, last_seq }) => {
                    life.running = true;
                    life.ended = Some((outcome.into_owned(), last_seq));
                }
                Some(Line::Events { .. }) | None => {
                    // Behind the offer, it may have been the record of the start.
                    life.running |= life.offer.is_some();
                    life.damaged = true;
                }
            }
        }
        file.cut(end)?;
        Ok(life)
    }
}

/// The end of the last whole record of events.
#[derive(Default)]
struct Whole {
    last_seq: u64,
    offsets: TailOffsets,
    /// Its segment, and where it ends there; nothing before the first one.
    place: Option<(usize, u64)>,
}

/// The events of an attempt.
struct Told {
    segments: VecDeque<u64>,
    trimmed_to: u64,
    whole: Whole,
    artifacts: Vec<String>,
    any: bool,
    damaged: bool,
    end_damaged: bool,
}

/// What goes on being written.
struct Tail {
    segments: VecDeque<u64>,
    file: Option<AppendFile>,
}

impl Told {
    fn read(folder: &Path) -> io::Result<Self> {
        let mut firsts = Vec::new();
        for entry in fs::read_dir(folder)? {
            firsts.extend(segment::first_of(&entry?.path()));
        }
        firsts.sort_unstable();
        let mut told = Self {
            trimmed_to: firsts.first().map_or(0, |first| first - 1),
            any: !firsts.is_empty(),
            segments: VecDeque::from(firsts),
            whole: Whole::default(),
            artifacts: Vec::new(),
            damaged: false,
            end_damaged: false,
        };
        let mut last_seq = told.trimmed_to;
        for index in 0..told.segments.len() {
            last_seq = told.read_segment(folder, index, last_seq)?;
        }
        told.damaged |= told.end_damaged;
        if told.whole.place.is_none() && told.trimmed_to > 0 {
            // Files of it are missing.
            told.end_damaged = true;
        }
        Ok(told)
    }

    /// Reads a segment behind events up to `last_seq`; answers what its last one is.
    fn read_segment(&mut self, folder: &Path, index: usize, mut last_seq: u64) -> io::Result<u64> {
        let next = self.segments.get(index + 1);
        let ends = next.map_or(u64::MAX, |next| next - 1);
        let file = File::open(segment::path(folder, self.segments[index]))?;
        let mut lines = Lines::from(&file, 0)?;
        while let Some(found) = lines.next()? {
            let Some(Line::Events {
                first,
                events,
                offsets,
            }) = found.line
            else {
                self.damaged = true;
                self.end_damaged = true;
                continue;
            };
            // What an earlier start did not believe is behind where the next segment begins.
            if first <= last_seq || first > ends {
                continue;
            }
            last_seq = first - 1 + count(&events);
            self.artifacts
                .extend(events.iter().filter_map(artifact_name));
            if let Some(offsets) = offsets {
                self.end_damaged = false;
                self.whole = Whole {
                    last_seq,
                    offsets,
                    place: Some((index, found.end)),
                };
            }
        }
        // Whoever is told what was found may send it and count on it.
        file.sync_all()?;
        Ok(last_seq)
    }

    /// Deletes what a crash tore behind the last whole record, and leaves alone what is damaged
    /// there: a damaged segment is not written to any more.
    fn settle(self, folder: &Path) -> io::Result<Tail> {
        let mut segments = self.segments;
        let kept = self.whole.place.map_or(0, |(index, _)| index + 1);
        for first in segments.drain(kept..) {
            let path = segment::path(folder, first);
            if self.end_damaged {
                fs::rename(&path, path.with_extension("damaged"))?;
            } else {
                fs::remove_file(&path)?;
            }
        }
        let last = segments.back().zip(self.whole.place);
        let file = match last {
            Some((first, (_, end))) if !self.end_damaged => {
                let mut file = AppendFile::open(&segment::path(folder, *first))?;
                file.cut(end)?;
                Some(file)
            }
            _ => None,
        };
        Ok(Tail { segments, file })
    }
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
