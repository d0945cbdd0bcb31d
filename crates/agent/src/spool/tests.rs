//! The spool against crashes, damage and a full disk.

use std::fs;
use std::path::{Path, PathBuf};

use agent_core::{EventText, SpoolRecord, TailOffsets};
use model::{AttemptKey, Outcome};
use serde_json::Value;
use wire::agent::Offer;

use super::{Replayed, Spool, Spooled};

fn key() -> AttemptKey {
    "64f0c1000000000000009ab2-1".parse().unwrap()
}

pub(super) fn offer() -> Offer {
    let json = r#"{"jobId":"64f0c1000000000000009ab2","attempt":1,
        "expiresAt":"2026-11-23T08:15:02.118Z",
        "robot":{"id":"64f0c1000000000000009ab3","name":"Hello","version":1,
                 "kind":"robotframework","sha256":"0000000000000000000000000000000000000000000000000000000000000000",
                 "source":"*** Tasks ***"},
        "parameters":[],"settings":{"stopGraceMs":10000,"repeatable":false}}"#;
    serde_json::from_str(json).unwrap()
}

pub(super) fn events(first: u64, count: u64) -> SpoolRecord {
    let event = |seq| {
        EventText(format!(
            "{{\"seq\":{seq},\"kind\":\"log\",\"text\":\"line\"}}"
        ))
    };
    let offsets = TailOffsets {
        events: (first + count - 1) * 10,
        stdout: 0,
        stderr: 0,
    };
    SpoolRecord::Events {
        first,
        events: (first..first + count).map(event).collect(),
        offsets,
    }
}

fn open(folder: &Path) -> (Spool, Vec<Replayed>) {
    Spool::open(folder.to_owned(), folder.join("aside")).unwrap()
}

fn filled(folder: &Path) -> Spool {
    let (mut spool, found) = open(folder);
    assert!(found.is_empty());
    spool
        .append(
            key(),
            &SpoolRecord::Accepted {
                offer: Box::new(offer()),
            },
        )
        .unwrap();
    spool.append(key(), &SpoolRecord::Running).unwrap();
    spool.append(key(), &events(1, 3)).unwrap();
    spool.append(key(), &events(4, 2)).unwrap();
    spool
}

#[test]
fn what_was_appended_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = filled(folder.path());
    let outcome = Outcome::unmeasured(model::Ending::Success);
    let end = SpoolRecord::Ended {
        outcome: outcome.clone(),
        last_seq: 5,
    };
    spool.append(key(), &end).unwrap();
    Spool::sync(&spool.take_dirty().unwrap()).unwrap();
    let (_, found) = open(folder.path());
    let [found] = found.as_slice() else {
        panic!("one attempt")
    };
    assert_eq!(
        (found.key, found.running, found.damaged),
        (key(), true, false)
    );
    assert_eq!(found.ended, Some((outcome, 5)));
    assert_eq!((found.last_seq, found.offsets.events), (5, 50));
    assert_eq!(found.offer, Some(offer()));
}

/// The numbers of the events from `first` to `last`; 0 where one is damaged, 999 where it was
/// deleted.
fn read(spool: &mut Spool, first: u64, last: u64, most: usize, bytes: usize) -> Vec<u64> {
    let events = spool.read(key(), first, last, most, bytes).unwrap();
    let number = |event| match event {
        Spooled::Event(EventText(text)) => {
            serde_json::from_str::<Value>(&text).unwrap()["seq"].as_u64()
        }
        Spooled::Damaged => Some(0),
        Spooled::Deleted => Some(999),
    };
    let numbers = events.into_iter().map(number);
    numbers.collect::<Option<_>>().unwrap()
}

fn segment(folder: &Path, first: u64) -> PathBuf {
    let name = format!("events-{first:012}.log");
    folder.join(key().to_string()).join(name)
}

#[test]
fn events_are_read_across_records_and_within_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = filled(folder.path());
    let mut read = |first, last, most, bytes| read(&mut spool, first, last, most, bytes);
    assert_eq!(read(1, 5, 100, 10_000), [1, 2, 3, 4, 5]);
    assert_eq!(read(3, 4, 100, 10_000), [3, 4]);
    assert_eq!(read(2, 5, 2, 10_000), [2, 3]);
    assert_eq!(read(4, 5, 100, 10_000), [4, 5]);
    assert_eq!(read(2, 5, 100, 1), [2], "backwards too");
    assert!(spool.read(key(), 5, 6, 100, 10_000).is_err());
}

#[test]
fn events_are_read_on_across_many_segments() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = filled(folder.path());
    for first in (6..1_000).step_by(7) {
        spool.append(key(), &events(first, 7)).unwrap();
    }
    let mut next = 1;
    while next <= 999 {
        let numbers = read(&mut spool, next, 999, 10, 600);
        let expected: Vec<u64> = (next..).take(numbers.len()).collect();
        assert_eq!(numbers, expected);
        next += u64::try_from(numbers.len()).unwrap();
    }
}

#[test]
fn open_files_do_not_grow_with_what_is_spooled() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = filled(folder.path());
    let mut most = 0;
    for first in (6..6_000).step_by(60) {
        spool.append(key(), &events(first, 60)).unwrap();
        drop(spool.take_dirty().unwrap());
        most = most.max(open_files(folder.path()));
    }
    let segments = fs::read_dir(folder.path().join(key().to_string())).unwrap();
    assert!(segments.count() > 50);
    assert_eq!(most, 2, "the life of the attempt, and its last segment");
    drop(spool);
    let (_spool, _) = open(folder.path());
    assert_eq!(open_files(folder.path()), 2);
}

/// How many files below `folder` this process has open.
fn open_files(folder: &Path) -> usize {
    let entries = fs::read_dir("/proc/self/fd").unwrap();
    let targets = entries.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
    targets.filter(|target| target.starts_with(folder)).count()
}

#[test]
fn a_torn_last_record_is_what_a_crash_leaves() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    let path = folder
        .path()
        .join(key().to_string())
        .join("events-000000000001.log");
    let length = fs::metadata(&path).unwrap().len();
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(length - 5)
        .unwrap();
    let (mut spool, found) = open(folder.path());
    assert_eq!(
        (
            found[0].last_seq,
            found[0].end_damaged,
            found[0].offsets.events
        ),
        (3, false, 30)
    );
    spool.append(key(), &events(4, 1)).unwrap();
    let (_, found) = open(folder.path());
    assert_eq!((found[0].last_seq, found[0].damaged), (4, false));
}

#[test]
fn what_is_found_is_synced() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    let (mut spool, _) = open(folder.path());
    assert!(spool.take_dirty().unwrap().is_empty());
}

#[test]
fn events_that_go_on_behind_a_loss_are_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = filled(folder.path());
    spool.append(key(), &events(9, 3)).unwrap();
    drop(spool);
    let (mut spool, found) = open(folder.path());
    assert_eq!((found[0].last_seq, found[0].end_damaged), (11, false));
    let numbers = read(&mut spool, 4, 11, 10, 1_000);
    assert_eq!(numbers, [4, 5, 0, 0, 0, 9, 10, 11]);
}

#[test]
fn what_is_whole_is_delivered_whatever_is_damaged_before_it() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    let path = segment(folder.path(), 1);
    let mut bytes = fs::read(&path).unwrap();
    bytes[20] ^= 1;
    fs::write(&path, bytes).unwrap();
    let (mut spool, found) = open(folder.path());
    assert_eq!(
        (found[0].last_seq, found[0].end_damaged, found[0].damaged),
        (5, false, true)
    );
    assert_eq!(read(&mut spool, 1, 5, 10, 1_000), [0, 0, 0, 4, 5]);
}

#[test]
fn an_end_that_is_damaged_is_read_again_into_another_segment() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    let path = segment(folder.path(), 1);
    let mut bytes = fs::read(&path).unwrap();
    let place = bytes.len() - 20;
    bytes[place] ^= 1;
    fs::write(&path, &bytes).unwrap();
    for _ in 0..2 {
        let (_, found) = open(folder.path());
        assert_eq!((found[0].last_seq, found[0].end_damaged), (3, true));
        assert_eq!(found[0].offsets.events, 30);
    }
    let (mut spool, _) = open(folder.path());
    spool.append(key(), &events(4, 4)).unwrap();
    drop(spool);
    let (mut spool, found) = open(folder.path());
    assert_eq!((found[0].last_seq, found[0].end_damaged), (7, false));
    assert_eq!(read(&mut spool, 1, 7, 10, 1_000), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(fs::read(&path).unwrap(), bytes, "it is left as it is");
}

#[test]
fn a_spool_of_one_line_for_each_record_is_read() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    let json = serde_json::to_string(&events(6, 2)).unwrap();
    let line = format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes()));
    let path = segment(folder.path(), 1);
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(line.as_bytes());
    fs::write(&path, bytes).unwrap();
    let (mut spool, found) = open(folder.path());
    assert_eq!((found[0].last_seq, found[0].damaged), (7, false));
    assert_eq!(read(&mut spool, 5, 7, 10, 1_000), [5, 6, 7]);
}

#[test]
fn an_attempt_whose_first_record_is_torn_has_promised_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let attempt = folder.path().join(key().to_string());
    fs::create_dir(&attempt).unwrap();
    fs::write(attempt.join("attempt.log"), "0123").unwrap();
    let (mut spool, found) = open(folder.path());
    assert_eq!((&found[0].offer, found[0].running), (&None, false));
    assert!(!found[0].damaged);
    spool.forget(key()).unwrap();
    assert!(!attempt.exists() && !folder.path().join("aside").exists());
}

#[test]
fn a_damaged_first_record_takes_nothing_else_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = filled(folder.path());
    let outcome = Outcome::unmeasured(model::Ending::Success);
    let end = SpoolRecord::Ended {
        outcome: outcome.clone(),
        last_seq: 5,
    };
    spool.append(key(), &end).unwrap();
    drop(spool);
    let name = key().to_string();
    let path = folder.path().join(&name).join("attempt.log");
    let mut bytes = fs::read(&path).unwrap();
    bytes[40] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let (mut spool, found) = open(folder.path());
    assert_eq!(found[0].offer, None);
    assert!(found[0].running && found[0].damaged);
    assert_eq!(found[0].ended, Some((outcome, 5)));
    assert_eq!(read(&mut spool, 1, 5, 10, 1_000), [1, 2, 3, 4, 5]);
    spool.forget(key()).unwrap();
    let aside = folder.path().join("aside").join(&name).join("attempt.log");
    assert_eq!(fs::read(aside).unwrap(), bytes, "it is kept for a person");
    assert!(!path.exists());
}

#[test]
fn a_damaged_record_behind_the_offer_may_have_been_that_of_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(folder.path());
    let offer = Box::new(offer());
    spool
        .append(key(), &SpoolRecord::Accepted { offer })
        .unwrap();
    spool.append(key(), &SpoolRecord::Running).unwrap();
    drop(spool);
    let path = folder.path().join(key().to_string()).join("attempt.log");
    let mut bytes = fs::read(&path).unwrap();
    let place = bytes.len() - 5;
    bytes[place] ^= 1;
    fs::write(&path, bytes).unwrap();
    let (_, found) = open(folder.path());
    assert!(found[0].offer.is_some() && found[0].running);
}

#[test]
fn stored_segments_are_deleted_once_the_next_one_is_known_to_be_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = filled(folder.path());
    spool.append(key(), &events(6, 60)).unwrap();
    spool.append(key(), &events(66, 2)).unwrap();
    assert!(segment(folder.path(), 66).exists());
    spool.trim(key(), 65).unwrap();
    assert!(segment(folder.path(), 1).exists());
    spool.trim(key(), 66).unwrap();
    assert!(!segment(folder.path(), 1).exists());
    spool.trim(key(), 67).unwrap();
    assert_eq!(read(&mut spool, 64, 67, 10, 1_000), [999, 999, 66, 67]);
    drop(spool);
    let (_, found) = open(folder.path());
    assert_eq!((found[0].trimmed_to, found[0].last_seq), (65, 67));
    assert!(!found[0].damaged && !found[0].end_damaged);
}

#[test]
fn an_attempt_that_is_set_aside_is_not_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let aside = folder.path().join("aside");
    for n in ["", ".2"] {
        let mut spool = filled(folder.path());
        spool.set_aside(key()).unwrap();
        let path = aside.join(format!("{}{n}", key()));
        assert!(path.join("attempt.log").exists());
        assert!(open(folder.path()).1.is_empty());
    }
}
