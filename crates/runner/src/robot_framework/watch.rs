//! What the events of a run tell about how it ended.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde::Deserialize;

use crate::outcome::Observed;

/// Lines that are longer were not written by our listener.
const LONGEST_LINE: u64 = 1 << 20;

#[derive(Deserialize)]
struct Seen {
    kind: String,
    step: Option<u64>,
    #[serde(rename = "type")]
    kind_of_step: Option<String>,
    name: Option<String>,
    status: Option<String>,
    message: Option<String>,
    text: Option<String>,
    #[serde(default)]
    load: bool,
}

/// Reads the events and what the run printed as errors.
pub(crate) fn observe(events: &Path, stderr: &Path) -> Observed {
    let mut watch = Watch::default();
    if let Ok(file) = File::open(events) {
        let mut reader = BufReader::new(file);
        let mut line = Vec::new();
        loop {
            line.clear();
            match (&mut reader)
                .take(LONGEST_LINE)
                .read_until(b'\n', &mut line)
            {
                Ok(0) | Err(_) => break,
                Ok(_) => {
                    if let Ok(seen) = serde_json::from_slice::<Seen>(&line) {
                        watch.note(seen);
                    }
                }
            }
        }
    }
    let printed = std::fs::read(stderr).unwrap_or_default();
    let printed = String::from_utf8_lossy(&printed);
    watch.observed.printed = last_lines(&printed);
    watch.observed
}

#[derive(Default)]
struct Watch {
    observed: Observed,
    steps: BTreeMap<u64, (String, String)>,
    /// Keywords that began: a load error before the first of them is the robot's form.
    keywords: u64,
}

impl Watch {
    fn note(&mut self, seen: Seen) {
        let kind_of_step = seen.kind_of_step.unwrap_or_default();
        match seen.kind.as_str() {
            "open" => self.observed.opened = true,
            "log" if seen.load && self.keywords == 0 => {
                self.observed
                    .invalid
                    .get_or_insert(seen.text.unwrap_or_default());
            }
            "stepStarted" => {
                if matches!(kind_of_step.as_str(), "keyword" | "setup" | "teardown") {
                    self.keywords += 1;
                }
                if let Some(step) = seen.step {
                    let name = seen.name.unwrap_or_default();
                    self.steps.insert(step, (kind_of_step, name));
                }
            }
            "stepEnded" => {
                let ended = seen.step.and_then(|step| self.steps.remove(&step));
                let Some((kind_of_step, name)) = ended else {
                    return;
                };
                if seen.status.as_deref() == Some("fail") {
                    self.failed(&kind_of_step, &name, seen.message.unwrap_or_default());
                }
            }
            _ => {}
        }
    }

    fn failed(&mut self, kind_of_step: &str, name: &str, message: String) {
        match kind_of_step {
            "task" => {
                self.observed.failed_tasks += 1;
                if self.observed.message.is_none() && !message.is_empty() {
                    self.observed.message = Some(message);
                }
            }
            "suite" | "environment" => {}
            // The innermost step that fails is the first to end.
            _ => {
                if self.observed.failed_tasks == 0 && self.observed.step.is_none() {
                    self.observed.step = Some(name.to_owned()).filter(|name| !name.is_empty());
                }
            }
        }
    }
}

/// The end of what was printed, short enough to be read in one look.
fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let first = lines.len().saturating_sub(20);
    let mut tail = lines[first..].join("\n");
    if tail.len() > 4000 {
        let mut cut = tail.len() - 4000;
        while !tail.is_char_boundary(cut) {
            cut += 1;
        }
        tail.drain(..cut);
    }
    tail
}
