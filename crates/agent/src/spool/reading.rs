//! Reading events back, to send them.

use std::fs::File;
use std::io;

use agent_core::EventText;

use super::attempt::AttemptSpool;
use super::line::{Line, count};
use super::segment::{self, Lines, is_unreadable};

/// What is read under one number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spooled {
    /// The event.
    Event(EventText),
    /// It is damaged, or its file is gone.
    Damaged,
    /// It was deleted, because the server had stored it.
    Deleted,
}

/// Where a reading ended: the next one mostly goes on there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The segment.
    first: u64,
    /// The number of an event in a line …
    next: u64,
    /// … that begins here or behind.
    at: u64,
}

/// Events that are read one after the other.
struct Batch {
    events: Vec<Spooled>,
    bytes: usize,
    next: u64,
    last: u64,
    most: usize,
    most_bytes: usize,
}

impl AttemptSpool {
    /// Reads events from `first` to `last`, as many as fit.
    pub(super) fn read(
        &mut self,
        first: u64,
        last: u64,
        most: usize,
        most_bytes: usize,
    ) -> io::Result<Vec<Spooled>> {
        if first > last || last > self.last_seq {
            let text = format!("events {first} to {last} were never in the spool");
            return Err(io::Error::new(io::ErrorKind::NotFound, text));
        }
        let mut batch = Batch {
            events: Vec::new(),
            bytes: 0,
            next: first,
            last,
            most,
            most_bytes,
        };
        if let Some(begins) = self.segments.front() {
            batch.miss_to(begins - 1, &Spooled::Deleted);
        }
        let index = self.segments.partition_point(|begins| *begins <= first);
        let mut index = index.saturating_sub(1);
        while !batch.is_full() {
            let Some(begins) = self.segments.get(index).copied() else {
                batch.miss_to(last, &Spooled::Damaged);
                break;
            };
            let next = self.segments.get(index + 1);
            let ends = next.map_or(last, |next| last.min(next - 1));
            self.read_segment(begins, ends, &mut batch)?;
            batch.miss_to(ends, &Spooled::Damaged);
            index += 1;
        }
        Ok(batch.events)
    }

    fn read_segment(&mut self, begins: u64, ends: u64, batch: &mut Batch) -> io::Result<()> {
        let file = match File::open(segment::path(&self.folder, begins)) {
            Ok(file) => file,
            // It is said what is lost; nothing else brings it back.
            Err(error) if error.kind() == io::ErrorKind::NotFound || is_unreadable(&error) => {
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let known = self.place.filter(|place| place.first == begins);
        let at = known.filter(|place| place.next <= batch.next);
        let mut lines = Lines::from(&file, at.map_or(0, |place| place.at))?;
        while !batch.is_full()
            && batch.next <= ends
            && let Some(found) = lines.next()?
        {
            let Some(Line::Events { first, events, .. }) = found.line else {
                continue;
            };
            let end = first.saturating_add(count(&events));
            if end <= batch.next {
                continue;
            }
            if first > ends {
                break;
            }
            batch.miss_to(first - 1, &Spooled::Damaged);
            for (seq, event) in (first..=ends).zip(events.into_owned()) {
                if seq == batch.next {
                    batch.take(event);
                }
            }
            self.place = Some(Place {
                first: begins,
                next: batch.next,
                at: if end <= batch.next {
                    found.end
                } else {
                    found.at
                },
            });
        }
        Ok(())
    }
}

impl Batch {
    fn is_full(&self) -> bool {
        self.next > self.last
            || self.events.len() >= self.most
            || (self.bytes > self.most_bytes && !self.events.is_empty())
    }

    /// Takes the event whose number is next, if it fits; once one does not, none does.
    fn take(&mut self, event: EventText) {
        let bytes = event.0.len() + 1;
        let fits = self.events.is_empty() || self.bytes + bytes <= self.most_bytes;
        if self.is_full() || !fits {
            self.bytes = self.most_bytes.saturating_add(1);
            return;
        }
        self.bytes += bytes;
        self.next += 1;
        self.events.push(Spooled::Event(event));
    }

    /// Up to here nothing was found.
    fn miss_to(&mut self, seq: u64, why: &Spooled) {
        while self.next <= seq && !self.is_full() {
            // About what the gap in its place takes.
            self.bytes += 100;
            self.next += 1;
            self.events.push(why.clone());
        }
    }
}
