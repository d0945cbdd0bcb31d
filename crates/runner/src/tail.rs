//! Reading what an attempt says while it says it.
//!
//! The agent reads whole lines from where it stopped, and keeps the offsets together with what it
//! spooled: after a crash it goes on there. Lines of hostile robots that write into our file are
//! shown as output, never believed to be more than text.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::mask::Mask;
use crate::workspace::Workspace;

/// The most bytes that one reading takes from one file.
const MOST_BYTES: u64 = 2 * 1024 * 1024;
/// A longer line is cut; our listener's are shorter, however much of them is escaped.
const LONGEST_LINE: usize = 1024 * 1024;
/// A larger jump of the listener's numbers was not made by it.
const LARGEST_GAP: u64 = 1_000_000;
/// The longest text of an event; texts of one event together may have twice that.
const TEXT_BYTES: usize = 65_536;
/// What of an event stays on this computer.
const PRIVATE: [&str; 3] = ["n", "load", "seq"];

/// How far the files of an attempt were read, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Offsets {
    /// `events.jsonl`
    pub events: u64,
    /// `stdout`
    pub stdout: u64,
    /// `stderr`
    pub stderr: u64,
}

/// What was read.
#[derive(Debug, Default)]
pub struct TailRead {
    /// Events as JSON objects, without numbers.
    pub events: Vec<String>,
    /// How far the files were read for them.
    pub offsets: Offsets,
    /// There may be more at once.
    pub more: bool,
}

/// A reader of one attempt's files.
#[derive(Debug)]
pub struct Tail {
    workspace: Workspace,
    offsets: Offsets,
    mask: Mask,
    /// The listener's last number; unknown before the first that is read.
    number: Option<u64>,
}

impl Tail {
    /// Reads on from `offsets`.
    #[must_use]
    pub fn new(workspace: Workspace, offsets: Offsets, mask: Mask) -> Self {
        Self {
            workspace,
            offsets,
            mask,
            number: None,
        }
    }

    /// Reads what is new. `server_time` corrects times of this computer; `at_end` says that nothing
    /// more will be written, so that a last line without its end counts too.
    ///
    /// # Errors
    /// The disk.
    pub fn read(
        &mut self,
        server_time: &dyn Fn(Timestamp) -> Timestamp,
        at_end: bool,
    ) -> io::Result<TailRead> {
        let mut read = TailRead::default();
        let now = server_time(crate::clock::wall());
        let lines = self.lines("events.jsonl", self.offsets.events, at_end)?;
        self.offsets.events = lines.read_to;
        read.more |= lines.more;
        for line in lines.lines {
            read.events.extend(self.event(&line, server_time, now));
        }
        for stream in ["stdout", "stderr"] {
            let from = if stream == "stdout" {
                self.offsets.stdout
            } else {
                self.offsets.stderr
            };
            let lines = self.lines(stream, from, at_end)?;
            read.more |= lines.more;
            if !lines.lines.is_empty() {
                read.events.extend(self.output(stream, &lines.lines, now));
            }
            match stream {
                "stdout" => self.offsets.stdout = lines.read_to,
                _ => self.offsets.stderr = lines.read_to,
            }
        }
        read.offsets = self.offsets;
        Ok(read)
    }

    fn event(
        &mut self,
        line: &[u8],
        server_time: &dyn Fn(Timestamp) -> Timestamp,
        now: Timestamp,
    ) -> Vec<String> {
        let text = String::from_utf8_lossy(line);
        let Ok(Value::Object(mut event)) = serde_json::from_str::<Value>(&text) else {
            return if text.trim().is_empty() {
                Vec::new()
            } else {
                self.output("events", &[line.to_vec()], now)
            };
        };
        let kind = event
            .get("kind")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let ours = ["open", "close", "stepStarted", "stepEnded", "log"];
        if !ours.contains(&kind.as_str()) {
            // Our listener writes nothing else here.
            return self.output("events", &[line.to_vec()], now);
        }
        let mut events = Vec::from_iter(self.gap(&event, now));
        if !matches!(kind.as_str(), "stepStarted" | "stepEnded" | "log") {
            return events;
        }
        for name in PRIVATE {
            event.remove(name);
        }
        let at = event
            .get("at")
            .and_then(Value::as_str)
            .and_then(Timestamp::parse);
        event.insert("at".into(), json!(at.map_or(now, server_time)));
        self.hide_and_cut(&mut event);
        events.push(Value::Object(event).to_string());
        events
    }

    /// Says so when the listener's numbers show that events before this one could not be written.
    fn gap(&mut self, event: &Map<String, Value>, now: Timestamp) -> Option<String> {
        let number = event.get("n").and_then(Value::as_u64)?;
        let last = self.number.unwrap_or(number.saturating_sub(1));
        let missing = number.saturating_sub(last.saturating_add(1));
        if missing > LARGEST_GAP {
            return None;
        }
        self.number = Some(number.max(last));
        (missing > 0).then(|| {
            let reason = "not_written";
            json!({ "at": now, "kind": "gap", "count": missing, "reason": reason }).to_string()
        })
    }

    /// Masks every text and holds the event's texts within their bounds.
    fn hide_and_cut(&self, event: &mut Map<String, Value>) {
        let mut left = 2 * TEXT_BYTES;
        let mut cut_text = None;
        for (name, value) in event.iter_mut() {
            match value {
                Value::String(text) => {
                    let masked = self.mask.apply(text).into_owned();
                    let whole = masked.len();
                    *text = cut(&masked, left.min(TEXT_BYTES)).to_owned();
                    left -= text.len();
                    if name == "text" && text.len() < whole {
                        cut_text = Some(whole);
                    }
                }
                Value::Array(items) => {
                    for item in items.iter_mut() {
                        let shown = item.as_str().map(|text| self.mask.apply(text).into_owned());
                        let shown = shown.unwrap_or_else(|| item.to_string());
                        let shown = cut(&shown, left.min(TEXT_BYTES)).to_owned();
                        left -= shown.len();
                        *item = Value::String(shown);
                    }
                }
                _ => {}
            }
        }
        if let Some(whole) = cut_text {
            event.entry("textBytes").or_insert(json!(whole));
        }
    }

    fn output(&self, stream: &str, lines: &[Vec<u8>], now: Timestamp) -> Vec<String> {
        let mut events = Vec::new();
        let mut text = String::new();
        let mut flush = |text: &mut String| {
            if !text.is_empty() {
                let event = json!({ "at": now, "kind": "output", "stream": stream, "text": text });
                events.push(event.to_string());
                text.clear();
            }
        };
        for line in lines {
            let line = String::from_utf8_lossy(line);
            let line = self.mask.apply(&line);
            let line = cut(&line, TEXT_BYTES);
            if text.len() + line.len() + 1 > TEXT_BYTES {
                flush(&mut text);
            }
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(line);
        }
        flush(&mut text);
        events
    }

    fn lines(&self, name: &str, from: u64, at_end: bool) -> io::Result<Lines> {
        let mut file = match File::open(self.workspace.join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Lines {
                    lines: Vec::new(),
                    read_to: from,
                    more: false,
                });
            }
            Err(error) => return Err(error),
        };
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        let length = u64::try_from(file.take(MOST_BYTES).read_to_end(&mut bytes)?).unwrap_or(0);
        let full = length == MOST_BYTES;
        let mut lines = Vec::new();
        let mut taken = 0;
        while let Some(end) = bytes[taken..].iter().position(|byte| *byte == b'\n') {
            lines.push(bytes[taken..taken + end].to_vec());
            taken += end + 1;
        }
        let rest = &bytes[taken..];
        if rest.len() > LONGEST_LINE || (at_end && !full && !rest.is_empty()) {
            lines.push(rest.to_vec());
            taken = bytes.len();
        }
        let read_to = from + u64::try_from(taken).unwrap_or(0);
        Ok(Lines {
            lines,
            read_to,
            more: full,
        })
    }
}

struct Lines {
    lines: Vec<Vec<u8>>,
    read_to: u64,
    more: bool,
}

/// The longest beginning of `text` that has at most `most` bytes and ends at a character.
fn cut(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &[u8])], mask: &[&str], at_end: bool) -> Vec<Value> {
        let root = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            std::fs::write(root.path().join(name), bytes).unwrap();
        }
        let workspace = Workspace::at(root.path().to_owned());
        let mask = Mask::new(mask.iter().copied());
        let mut tail = Tail::new(workspace, Offsets::default(), mask);
        let read = tail.read(&|at| at, at_end).unwrap();
        read.events
            .iter()
            .map(|event| serde_json::from_str(event).unwrap())
            .collect()
    }

    #[test]
    fn whole_lines_are_read_and_what_is_private_stays_here() {
        let line =
            br#"{"kind":"log","n":7,"load":true,"at":"2026-11-23T08:15:02.118Z","text":"a s3cr3t"}
{"kind":"log","text":"half"#;
        let events = read(&[("events.jsonl", line)], &["s3cr3t"], false);
        assert_eq!(events.len(), 1);
        assert_eq!(events[0]["text"], "a ***");
        assert_eq!(events[0]["at"], "2026-11-23T08:15:02.118Z");
        assert!(events[0].get("n").is_none() && events[0].get("load").is_none());
    }

    #[test]
    fn what_a_hostile_robot_writes_is_only_text() {
        let lines = b"{\"kind\":\"artifact\",\"artifactId\":\"x\"}\nnot json \xff\n[1]\n";
        let events = read(&[("events.jsonl", lines)], &[], true);
        assert!(
            events.iter().all(|event| event["kind"] == "output"),
            "{events:?}"
        );
        assert_eq!(events.len(), 3);
    }

    #[test]
    fn a_jump_of_the_numbers_is_a_gap() {
        let lines = br#"{"kind":"open","n":1}
{"kind":"log","n":2,"text":"a"}
{"kind":"log","n":9,"text":"b"}
{"kind":"log","n":99999999999,"text":"c"}
{"kind":"log","n":10,"text":"d"}
"#;
        let events = read(&[("events.jsonl", lines)], &[], true);
        let told: Vec<_> = events
            .iter()
            .map(|event| (event["kind"].as_str().unwrap(), event["count"].as_u64()))
            .collect();
        let log = ("log", None);
        assert_eq!(told, [log, ("gap", Some(6)), log, log, log]);
    }

    #[test]
    fn output_comes_in_events_of_many_lines() {
        let events = read(&[("stdout", b"one\ntwo\nthree")], &[], true);
        assert_eq!(events.len(), 1);
        assert_eq!(events[0]["text"], "one\ntwo\nthree");
        assert_eq!(events[0]["stream"], "stdout");
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let long = vec![b'x'; 1_500_000];
        let events = read(&[("stdout", &long)], &[], false);
        assert_eq!(events[0]["text"].as_str().map(str::len), Some(TEXT_BYTES));
    }
}
