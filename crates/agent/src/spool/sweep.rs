//! Damage at every interesting place of a spool, and at many others that a seed chooses.
//!
//! What must come of it is worked out from the files as they were before: which of their lines the
//! damage left alone. Nothing of the code that reads a spool is used for that but the text of the
//! lines.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use agent_core::SpoolRecord;
use model::Outcome;
use serde_json::Value;

use super::tests::{events, offer};
use super::{Replayed, Spool, Spooled};

/// Attempts of the swept spool: one that works, one that has ended, one that has only begun.
const ATTEMPTS: [&str; 3] = [
    "64f0c1000000000000009ab1-1",
    "64f0c1000000000000009ab2-1",
    "64f0c1000000000000009ab3-2",
];
/// Random places, beside the chosen ones.
const SEEDS: u64 = 150;

#[test]
fn damage_anywhere_costs_what_it_hits_and_nothing_is_silently_lost() {
    let pristine = Pristine::new();
    let mut cases = 0;
    for (file, bytes) in &pristine.files {
        for damage in chosen(bytes) {
            pristine.survives(file, &damage);
            cases += 1;
        }
    }
    for seed in 1..=SEEDS {
        let (file, damage) = random(&pristine, seed);
        pristine.survives(&file, &damage);
        cases += 1;
    }
    assert!(cases > 500, "{cases}");
}

/// What a disk does to a file.
#[derive(Debug)]
enum Damage {
    Flip { at: usize, mask: u8 },
    Zero { at: usize, count: usize },
    Truncate { to: usize },
}

impl Damage {
    fn of(&self, bytes: &[u8]) -> Vec<u8> {
        let mut damaged = bytes.to_vec();
        match *self {
            Self::Flip { at, mask } => damaged[at] ^= mask,
            Self::Zero { at, count } => {
                let end = (at + count).min(damaged.len());
                damaged[at..end].fill(0);
            }
            Self::Truncate { to } => damaged.truncate(to),
        }
        damaged
    }
}

/// Around the borders of lines, in their heads and in their middles.
fn chosen(bytes: &[u8]) -> Vec<Damage> {
    let lines = line_ends(bytes);
    let places = lines.iter().flat_map(|(start, end)| {
        let middle = usize::midpoint(*start, *end);
        [*start, start + 8, start + 12, middle, end - 2, end - 1]
    });
    let mut damages = Vec::new();
    for at in places {
        damages.push(Damage::Flip { at, mask: 0x11 });
        damages.push(Damage::Zero { at, count: 40 });
        damages.push(Damage::Truncate { to: at });
    }
    damages.push(Damage::Zero {
        at: 0,
        count: bytes.len(),
    });
    damages
}

fn random(pristine: &Pristine, seed: u64) -> (String, Damage) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut below = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(limit).unwrap()).unwrap()
    };
    let (file, bytes) = pristine
        .files
        .iter()
        .nth(below(pristine.files.len()))
        .unwrap();
    let at = below(bytes.len());
    let damage = match below(3) {
        0 => Damage::Flip {
            at,
            mask: u8::try_from(1 + below(255)).unwrap(),
        },
        1 => Damage::Zero {
            at,
            count: 1 + below(600),
        },
        _ => Damage::Truncate { to: at },
    };
    (file.clone(), damage)
}

/// The spool before it is damaged.
struct Pristine {
    /// The files, by `<attempt>/<name>`.
    files: BTreeMap<String, Vec<u8>>,
}

/// A line that the damage left alone.
struct WholeLine {
    file: String,
    says: Value,
}

impl Pristine {
    fn new() -> Self {
        let folder = quick_folder();
        let (mut spool, _) = open(folder.path());
        for (number, name) in ATTEMPTS.iter().enumerate() {
            let key = name.parse().unwrap();
            let offer = Box::new(offer());
            spool.append(key, &SpoolRecord::Accepted { offer }).unwrap();
            if number == 2 {
                break;
            }
            spool.append(key, &SpoolRecord::Running).unwrap();
            for first in (1..100).step_by(11) {
                spool.append(key, &events(first, 11)).unwrap();
            }
            if number == 1 {
                let last_seq = 99;
                let outcome = success();
                let end = SpoolRecord::Ended { outcome, last_seq };
                spool.append(key, &end).unwrap();
            }
        }
        let mut files = BTreeMap::new();
        for attempt in ATTEMPTS {
            for entry in fs::read_dir(folder.path().join(attempt)).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap();
                if name != "reserve" {
                    files.insert(format!("{attempt}/{name}"), fs::read(&path).unwrap());
                }
            }
        }
        assert!(files.len() >= 8, "several segments: {:?}", files.keys());
        Self { files }
    }

    /// Reads the spool with that damage, and compares what comes of it with what was left alone.
    fn survives(&self, file: &str, damage: &Damage) {
        let case = format!("{damage:?} of {file}");
        let folder = quick_folder();
        for (name, bytes) in &self.files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let bytes = if name == file {
                damage.of(bytes)
            } else {
                bytes.clone()
            };
            fs::write(path, bytes).unwrap();
        }
        let (mut spool, found) = open(folder.path());
        assert_eq!(found.len(), ATTEMPTS.len(), "{case}");
        for replayed in &found {
            let name = replayed.key.to_string();
            let lines = self.whole_lines(&name, file, damage);
            compare_life(replayed, &lines, &case);
            compare_events(&mut spool, replayed, &lines, &case);
            goes_on(&mut spool, replayed, &case);
        }
        drop(spool);
        let (mut spool, again) = open(folder.path());
        for (before, now) in found.iter().zip(&again) {
            assert_eq!(now.last_seq, continued(before), "{case}");
            assert!(!now.end_damaged, "{case}");
            let lines = self.whole_lines(&now.key.to_string(), file, damage);
            compare_events(&mut spool, now, &lines, &case);
            spool.forget(now.key).unwrap();
            let aside = folder.path().join("aside").join(now.key.to_string());
            assert_eq!(aside.exists(), now.damaged, "{case}");
        }
    }

    /// The lines of an attempt that are what and where they were.
    fn whole_lines(&self, attempt: &str, file: &str, damage: &Damage) -> Vec<WholeLine> {
        let mut whole = Vec::new();
        let ours = |name: &&String| name.starts_with(attempt);
        for name in self.files.keys().filter(ours) {
            let bytes = &self.files[name];
            let now = if name == file {
                damage.of(bytes)
            } else {
                bytes.clone()
            };
            for (start, end) in line_ends(bytes) {
                // Without the line feed before it, it is a part of another line.
                let from = start.saturating_sub(1);
                if now.get(from..end) == Some(&bytes[from..end]) {
                    let says = serde_json::from_slice(&bytes[start + 9..end]).unwrap();
                    let file = name.clone();
                    whole.push(WholeLine { file, says });
                }
            }
        }
        whole
    }
}

fn compare_life(found: &Replayed, lines: &[WholeLine], case: &str) {
    let is_whole = |record: &str| lines.iter().any(|line| line.says["record"] == record);
    let name = found.key.to_string();
    assert_eq!(found.offer.is_some(), is_whole("accepted"), "{case}");
    if name == ATTEMPTS[2] {
        assert!(!found.running && found.ended.is_none(), "{case}");
        return;
    }
    assert!(found.running, "{case}: it would not be told as lost");
    let ended = found.ended.as_ref();
    let outcome = ended.map(|(outcome, _)| outcome.clone());
    assert_eq!(outcome, is_whole("ended").then(success), "{case}");
    if let Some((_, last)) = ended {
        assert_eq!(*last, found.last_seq, "{case}");
        assert_eq!(found.end_damaged, found.last_seq < 99, "{case}");
    }
}

/// Nothing damaged is read, everything whole is, and what is missing in between is said.
fn compare_events(spool: &mut Spool, found: &Replayed, lines: &[WholeLine], case: &str) {
    let said: Vec<&WholeLine> = lines
        .iter()
        .filter(|line| line.says["record"] == "events")
        .collect();
    let mut whole = BTreeSet::new();
    let mut last = 0;
    for line in said {
        let first = line.says["first"].as_u64().unwrap();
        let count = line.says["events"].as_array().unwrap().len();
        let numbers = first..first + u64::try_from(count).unwrap();
        if !line.says["offsets"].is_null() {
            last = last.max(numbers.end - 1);
        }
        assert!(line.file.contains("events-"));
        whole.extend(numbers);
    }
    assert!(
        found.last_seq >= last,
        "{case}: {} < {last}",
        found.last_seq
    );
    if found.last_seq == last {
        assert_eq!(found.offsets.events, last * 10, "{case}");
    }
    if found.last_seq == 0 {
        return;
    }
    let events = spool.read(found.key, 1, found.last_seq, 10_000, 1 << 30);
    let events = events.unwrap();
    assert_eq!(u64::try_from(events.len()).unwrap(), found.last_seq);
    for (event, seq) in events.into_iter().zip(1..) {
        if let Spooled::Event(event) = event {
            let SpoolRecord::Events { events, .. } = super::tests::events(seq, 1) else {
                panic!("they are events")
            };
            assert_eq!(event, events[0], "{case}");
        } else {
            assert!(!whole.contains(&seq), "{case}: {seq} is whole");
        }
    }
}

/// What is read again, or happens next, is spooled behind what was found.
fn goes_on(spool: &mut Spool, found: &Replayed, case: &str) {
    let last_seq = continued(found);
    let mut append = |record| {
        let written = spool.append(found.key, &record);
        written.unwrap_or_else(|error| panic!("{case}: {error}"));
    };
    append(events(last_seq - 6, 7));
    if found.ended.is_some() {
        let outcome = success();
        append(SpoolRecord::Ended { outcome, last_seq });
    }
}

fn continued(found: &Replayed) -> u64 {
    found.last_seq.max(found.trimmed_to) + 7
}

/// Where each line begins, and where the next one does.
fn line_ends(bytes: &[u8]) -> Vec<(usize, usize)> {
    let ends = (1..=bytes.len()).filter(|end| bytes[end - 1] == b'\n');
    let mut start = 0;
    ends.map(|end| (std::mem::replace(&mut start, end), end))
        .collect()
}

/// A folder in memory where there is such a thing: thousands of files are synced.
fn quick_folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

fn success() -> Outcome {
    Outcome::unmeasured(model::Ending::Success)
}

fn open(folder: &Path) -> (Spool, Vec<Replayed>) {
    Spool::open(folder.to_owned(), folder.join("aside")).unwrap()
}
