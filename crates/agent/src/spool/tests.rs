//! The spool against crashes, damage and a full disk.

use std::fs;
use std::io::Write;

use agent_core::{EventText, SpoolRecord, TailOffsets};
use model::{AttemptKey, Outcome};
use wire::agent::Offer;

use super::Spool;

fn key() -> AttemptKey {
    "64f0c1000000000000009ab2-1".parse().unwrap()
}

fn offer() -> Offer {
    let json = r#"{"jobId":"64f0c1000000000000009ab2","attempt":1,
        "expiresAt":"2026-11-23T08:15:02.118Z",
        "robot":{"id":"64f0c1000000000000009ab3","name":"Hello","version":1,
                 "kind":"robotframework","sha256":"0000000000000000000000000000000000000000000000000000000000000000",
                 "source":"*** Tasks ***"},
        "parameters":[],"settings":{"stopGraceMs":10000,"repeatable":false}}"#;
    serde_json::from_str(json).unwrap()
}

fn events(first: u64, count: u64) -> SpoolRecord {
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

fn filled(folder: &std::path::Path) -> Spool {
    let (mut spool, found) = Spool::open(folder.to_owned()).unwrap();
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
    let (_, found) = Spool::open(folder.path().to_owned()).unwrap();
    let [found] = found.as_slice() else {
        panic!("one attempt")
    };
    assert_eq!(
        (found.key, found.running, found.damaged),
        (key(), true, false)
    );
    assert_eq!(found.ended, Some((outcome, 5)));
    assert_eq!((found.last_seq, found.offsets.events), (5, 50));
    assert_eq!(found.offer, offer());
}

#[test]
fn events_are_read_across_records_and_within_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let spool = filled(folder.path());
    let read = |first, last, most, bytes| {
        let events = spool.read(key(), first, last, most, bytes).unwrap();
        events
            .iter()
            .map(|event| event.0[7..8].parse().unwrap())
            .collect::<Vec<u64>>()
    };
    assert_eq!(read(1, 5, 100, 10_000), [1, 2, 3, 4, 5]);
    assert_eq!(read(3, 4, 100, 10_000), [3, 4]);
    assert_eq!(read(2, 5, 2, 10_000), [2, 3]);
    assert_eq!(read(2, 5, 100, 1), [2]);
    assert!(spool.read(key(), 6, 9, 100, 10_000).is_err());
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
    let (mut spool, found) = Spool::open(folder.path().to_owned()).unwrap();
    assert_eq!(
        (found[0].last_seq, found[0].damaged, found[0].offsets.events),
        (3, false, 30)
    );
    spool.append(key(), &events(4, 1)).unwrap();
    let (_, found) = Spool::open(folder.path().to_owned()).unwrap();
    assert_eq!((found[0].last_seq, found[0].damaged), (4, false));
}

#[test]
fn what_is_found_is_synced() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    let (mut spool, _) = Spool::open(folder.path().to_owned()).unwrap();
    assert!(spool.take_dirty().unwrap().is_empty());
}

#[test]
fn events_that_go_on_behind_a_loss_are_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = filled(folder.path());
    let gap = SpoolRecord::Events {
        first: 9,
        events: vec![EventText(
            r#"{"seq":9,"kind":"gap","reason":"disk_lost"}"#.to_owned(),
        )],
        offsets: TailOffsets::default(),
    };
    spool.append(key(), &gap).unwrap();
    spool.append(key(), &events(10, 2)).unwrap();
    drop(spool);
    let (spool, found) = Spool::open(folder.path().to_owned()).unwrap();
    assert_eq!((found[0].last_seq, found[0].damaged), (11, false));
    assert_eq!(spool.read(key(), 9, 11, 10, 1_000).unwrap().len(), 3);
}

#[test]
fn a_hole_without_a_mark_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = filled(folder.path());
    spool.append(key(), &events(9, 2)).unwrap();
    drop(spool);
    let (_, found) = Spool::open(folder.path().to_owned()).unwrap();
    assert_eq!(found[0].last_seq, 5);
}

#[test]
fn what_follows_a_damaged_record_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    let path = folder
        .path()
        .join(key().to_string())
        .join("events-000000000001.log");
    let mut bytes = fs::read(&path).unwrap();
    bytes[20] ^= 1;
    fs::write(&path, bytes).unwrap();
    let (_, found) = Spool::open(folder.path().to_owned()).unwrap();
    assert_eq!((found[0].last_seq, found[0].damaged), (0, true));
}

#[test]
fn an_attempt_without_a_whole_first_record_was_never_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    let attempt = folder.path().join(key().to_string());
    fs::create_dir(&attempt).unwrap();
    fs::File::create(attempt.join("attempt.log"))
        .unwrap()
        .write_all(b"0123")
        .unwrap();
    let (_, found) = Spool::open(folder.path().to_owned()).unwrap();
    assert!(found.is_empty());
    assert!(!attempt.exists());
}

#[test]
fn stored_segments_are_deleted_and_the_last_one_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = filled(folder.path());
    let long = EventText(format!(
        "{{\"seq\":6,\"text\":\"{}\"}}",
        "x".repeat(5 << 20)
    ));
    let offsets = TailOffsets {
        events: 60,
        stdout: 0,
        stderr: 0,
    };
    let record = SpoolRecord::Events {
        first: 6,
        events: vec![long],
        offsets,
    };
    spool.append(key(), &record).unwrap();
    spool.append(key(), &events(7, 1)).unwrap();
    spool.trim(key(), 6).unwrap();
    assert!(spool.read(key(), 6, 6, 1, 1 << 30).is_err());
    assert_eq!(spool.read(key(), 7, 7, 1, 100).unwrap().len(), 1);
    let (_, found) = Spool::open(folder.path().to_owned()).unwrap();
    assert_eq!(
        (found[0].trimmed_to, found[0].last_seq, found[0].damaged),
        (6, 7, false)
    );
}

#[test]
fn an_attempt_that_is_set_aside_is_not_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let aside = folder.path().join("aside");
    let spool_folder = folder.path().join("spool");
    let mut spool = filled(&spool_folder);
    spool.set_aside(key(), &aside).unwrap();
    assert!(aside.join(key().to_string()).join("attempt.log").exists());
    assert!(Spool::open(spool_folder).unwrap().1.is_empty());
}
