//! A disk that keeps what was synced, and of the rest what it likes.

use std::collections::{BTreeMap, BTreeSet};

use agent_core::{EventText, Recovered, Robot, SpoolRecord, TailOffsets};
use model::AttemptKey;
use serde_json::Value;

use crate::dice::Dice;

/// The spool of one computer. Of each attempt, the records of its life and its events lie in two
/// files; nothing says in which order two files reach the disk.
#[derive(Clone, Default)]
pub(crate) struct Disk {
    files: BTreeMap<AttemptKey, Files>,
    appended: u64,
    /// Nothing more fits, but for the little that is kept in reserve for each attempt.
    pub(crate) full: bool,
    reserve_used: BTreeSet<AttemptKey>,
    /// Deleted folders whose deletion no sync has brought to the disk.
    deleted: BTreeMap<AttemptKey, Files>,
}

#[derive(Clone, Default)]
struct Files {
    life: Vec<Entry>,
    events: Vec<Entry>,
}

#[derive(Clone)]
struct Entry {
    serial: u64,
    synced: bool,
    record: SpoolRecord,
}

impl Disk {
    pub(crate) fn append(&mut self, key: AttemptKey, record: SpoolRecord) -> Result<(), String> {
        if self.full {
            let small = match &record {
                SpoolRecord::Accepted { .. } => false,
                SpoolRecord::Events { events, .. } => events.len() <= 1,
                SpoolRecord::Running | SpoolRecord::Ended { .. } => true,
            };
            if !small || !self.reserve_used.insert(key) {
                return Err("the disk is full".to_owned());
            }
        }
        self.appended += 1;
        let entry = Entry {
            serial: self.appended,
            synced: false,
            record,
        };
        let files = self.files.entry(key).or_default();
        match entry.record {
            SpoolRecord::Events { .. } => files.events.push(entry),
            _ => files.life.push(entry),
        }
        Ok(())
    }

    /// What a sync that begins now will have synced.
    pub(crate) fn begin_sync(&self) -> u64 {
        self.appended
    }

    pub(crate) fn end_sync(&mut self, to: u64) {
        // The folder of all attempts is synced with each new one.
        let new = |entry: &Entry| entry.serial <= to && !entry.synced;
        let lives = self.files.values().filter_map(|files| files.life.first());
        if lives.into_iter().any(new) {
            self.deleted.clear();
        }
        for files in self.files.values_mut() {
            for entry in files.life.iter_mut().chain(&mut files.events) {
                entry.synced |= entry.serial <= to;
            }
        }
    }

    /// Deletes whole records that are stored; the last one says how far files were read.
    pub(crate) fn trim(&mut self, key: AttemptKey, up_to: u64) {
        let Some(files) = self.files.get_mut(&key) else {
            return;
        };
        while files.events.len() > 1 && last_of(&files.events[0].record) <= up_to {
            files.events.remove(0);
        }
    }

    pub(crate) fn forget(&mut self, key: AttemptKey) {
        if let Some(files) = self.files.remove(&key) {
            self.deleted.insert(key, files);
        }
    }

    /// The attempts that it keeps.
    pub(crate) fn keys(&self) -> Vec<AttemptKey> {
        self.files.keys().copied().collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    pub(crate) fn read(
        &self,
        key: AttemptKey,
        first: u64,
        last: u64,
        most: usize,
    ) -> Vec<EventText> {
        let files = &self.files[&key];
        let mut read = Vec::new();
        for entry in &files.events {
            let SpoolRecord::Events {
                first: from,
                events,
                ..
            } = &entry.record
            else {
                continue;
            };
            for (seq, event) in (*from..).zip(events) {
                let next = first + u64::try_from(read.len()).unwrap();
                if seq == next && seq <= last && read.len() < most {
                    assert!(
                        entry.synced,
                        "event {seq} of {key} is sent before it is synced"
                    );
                    read.push(event.clone());
                }
            }
        }
        assert!(
            !read.is_empty(),
            "event {first} of {key} is not on the disk"
        );
        read
    }

    /// The power is cut: of what was not synced a part is gone, with a record that is torn in its
    /// middle. A disk that lied loses more: it had not written what it said. What was deleted may
    /// be there again.
    pub(crate) fn lose(&mut self, dice: &mut Dice, lied: bool) {
        for (key, files) in std::mem::take(&mut self.deleted) {
            if dice.one_in(2) {
                self.files.entry(key).or_insert(files);
            }
        }
        for files in self.files.values_mut() {
            for file in [&mut files.life, &mut files.events] {
                let believed = |entry: &&Entry| entry.synced && !lied;
                let synced = file.iter().take_while(believed).count();
                let kept = synced + dice.index(file.len() - synced + 1);
                file.truncate(kept);
            }
        }
        self.forget_empty();
    }

    fn forget_empty(&mut self) {
        self.files.retain(|_, files| !files.life.is_empty());
    }

    /// What a new process reads.
    pub(crate) fn replay(&mut self, survey: impl Fn(AttemptKey) -> Robot) -> Vec<Recovered> {
        self.forget_empty();
        // Whoever opens a spool syncs what is found.
        self.end_sync(self.appended);
        let replayed = self.files.iter().map(|(key, files)| {
            let SpoolRecord::Accepted { offer } = &files.life[0].record else {
                panic!("an attempt begins with its offer")
            };
            let mut found = Recovered {
                key: *key,
                offer: Some((**offer).clone()),
                running: false,
                ended: None,
                last_seq: 0,
                trimmed_to: 0,
                offsets: TailOffsets::default(),
                artifacts: Vec::new(),
                damaged: false,
                robot: survey(*key),
            };
            for entry in &files.life {
                match &entry.record {
                    SpoolRecord::Running => found.running = true,
                    SpoolRecord::Ended { outcome, last_seq } => {
                        found.running = true;
                        found.ended = Some((outcome.clone(), *last_seq));
                    }
                    SpoolRecord::Accepted { .. } | SpoolRecord::Events { .. } => {}
                }
            }
            for entry in &files.events {
                let SpoolRecord::Events {
                    first,
                    events,
                    offsets,
                } = &entry.record
                else {
                    continue;
                };
                if found.last_seq == 0 {
                    found.trimmed_to = first - 1;
                }
                assert!(*first > found.last_seq, "numbers go up");
                found.last_seq = last_of(&entry.record);
                found.offsets = *offsets;
                found
                    .artifacts
                    .extend(events.iter().filter_map(artifact_name));
            }
            if let Some((_, last_seq)) = &mut found.ended
                && *last_seq != found.last_seq
                && *last_seq > found.trimmed_to
            {
                *last_seq = found.last_seq;
                found.damaged = true;
            }
            found
        });
        replayed.collect()
    }
}

fn last_of(record: &SpoolRecord) -> u64 {
    match record {
        SpoolRecord::Events { first, events, .. } => {
            first + u64::try_from(events.len()).unwrap() - 1
        }
        _ => 0,
    }
}

fn artifact_name(event: &EventText) -> Option<String> {
    let event: Value = serde_json::from_str(&event.0).unwrap();
    let name = event["name"].as_str()?;
    (event["kind"] == "artifact").then(|| name.to_owned())
}
