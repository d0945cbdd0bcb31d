//! Records as lines.

use std::borrow::Cow;

use agent_core::{EventText, SpoolRecord, TailOffsets};
use model::Outcome;
use serde::{Deserialize, Serialize};
use wire::agent::Offer;

/// A line of events is followed by another at this size.
const EVENTS_BYTES: usize = 16 * 1024;

/// One line: a record, or a part of the events of one.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "camelCase")]
pub(super) enum Line<'a> {
    /// The offer is taken.
    Accepted {
        /// The offer.
        offer: Cow<'a, Offer>,
    },
    /// The robot may start at any moment.
    Running,
    /// Events.
    Events {
        /// The number of the first one.
        first: u64,
        /// The events, numbered.
        events: Cow<'a, [EventText]>,
        /// How far the attempt's files were read. Only the last line of a record has them: without
        /// it the record is not whole.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offsets: Option<TailOffsets>,
    },
    /// The outcome is known.
    Ended {
        /// The outcome.
        outcome: Cow<'a, Outcome>,
        /// The last event of the attempt.
        last_seq: u64,
    },
}

/// The record as lines: each a CRC-32, a space, JSON, a line feed.
pub(super) fn write(record: &SpoolRecord) -> Vec<u8> {
    let mut bytes = Vec::new();
    match record {
        SpoolRecord::Accepted { offer } => {
            let offer = Cow::Borrowed(&**offer);
            write_line(&mut bytes, &Line::Accepted { offer });
        }
        SpoolRecord::Running => write_line(&mut bytes, &Line::Running),
        SpoolRecord::Ended { outcome, last_seq } => {
            let (outcome, last_seq) = (Cow::Borrowed(outcome), *last_seq);
            write_line(&mut bytes, &Line::Ended { outcome, last_seq });
        }
        SpoolRecord::Events {
            first,
            events,
            offsets,
        } => write_events(&mut bytes, *first, events, *offsets),
    }
    bytes
}

fn write_events(bytes: &mut Vec<u8>, first: u64, events: &[EventText], offsets: TailOffsets) {
    let (mut first, mut rest) = (first, events);
    loop {
        let mut size = 0;
        let fits = rest.iter().take_while(|event| {
            let begins = size < EVENTS_BYTES;
            size += event.0.len();
            begins
        });
        let (events, behind) = rest.split_at(fits.count());
        let line = Line::Events {
            first,
            events: Cow::Borrowed(events),
            offsets: behind.is_empty().then_some(offsets),
        };
        write_line(bytes, &line);
        if behind.is_empty() {
            return;
        }
        first += count(events);
        rest = behind;
    }
}

fn write_line(bytes: &mut Vec<u8>, line: &Line<'_>) {
    let json = serde_json::to_string(line).expect("spool records have text keys only");
    let crc = crc32fast::hash(json.as_bytes());
    bytes.extend_from_slice(format!("{crc:08x} {json}\n").as_bytes());
}

/// What a line says, without its line feed; nothing if it is torn or damaged.
pub(super) fn read(line: &[u8]) -> Option<Line<'static>> {
    let (crc, json) = line.split_at_checked(8)?;
    let json = json.strip_prefix(b" ")?;
    let crc = u32::from_str_radix(std::str::from_utf8(crc).ok()?, 16).ok()?;
    (crc32fast::hash(json) == crc)
        .then(|| serde_json::from_slice(json).ok())
        .flatten()
}

/// How many events there are.
pub(super) fn count(events: &[EventText]) -> u64 {
    u64::try_from(events.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_back_and_a_damaged_one_is_not() {
        let line = write(&SpoolRecord::Running);
        let whole = &line[..line.len() - 1];
        assert_eq!(read(whole), Some(Line::Running));
        for cut in 0..whole.len() {
            assert_eq!(read(&whole[..cut]), None);
        }
        for place in 0..whole.len() {
            let mut damaged = whole.to_vec();
            damaged[place] ^= 1;
            assert_eq!(read(&damaged), None, "byte {place}");
        }
    }

    #[test]
    fn many_events_stand_in_several_lines_and_the_last_one_says_how_far_was_read() {
        let event = EventText(format!("{{\"text\":\"{}\"}}", "x".repeat(1_000)));
        let offsets = TailOffsets {
            events: 7,
            ..TailOffsets::default()
        };
        let record = SpoolRecord::Events {
            first: 5,
            events: vec![event; 50],
            offsets,
        };
        let bytes = write(&record);
        let mut next = 5;
        let mut read_to = Vec::new();
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let Some(Line::Events {
                first,
                events,
                offsets,
            }) = read(&line[..line.len() - 1])
            else {
                panic!("it is whole")
            };
            assert!(line.len() < 2 * EVENTS_BYTES);
            assert_eq!(first, next);
            next += count(&events);
            read_to.push(offsets);
        }
        assert_eq!(next, 55);
        let last = read_to.pop();
        assert_eq!(last, Some(Some(offsets)));
        assert!(read_to.len() > 1 && read_to.iter().all(Option::is_none));
    }
}
