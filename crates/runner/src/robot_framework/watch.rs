//! What the events of a run tell about how it ended.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use serde::Deserialize;

use crate::outcome::Observed;

/// Lines that are longer were not written by our listener.
const LONGEST_LINE: u64 = 1 << 20;

#[derive(Deserialize)]
struct Seen {
    kind: String,
    step: Option<u64>,
    parent: Option<u64>,
    library: Option<String>,
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
    watch.observed.printed = last_lines(&end_of(stderr));
    watch.observed
}

/// The last of what stands in a file.
fn end_of(path: &Path) -> String {
    let mut bytes = Vec::new();
    if let Ok(mut file) = File::open(path) {
        let length = file.metadata().map(|found| found.len()).unwrap_or(0);
        let from = SeekFrom::Start(length.saturating_sub(64 * 1024));
        // What cannot be read is not shown; the outcome has its kind all the same.
        if file.seek(from).is_ok() {
            file.read_to_end(&mut bytes).ok();
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Deeper trees are not our listener's; what lies below is not remembered.
const MOST_OPEN_STEPS: usize = 10_000;

/// A step that began and has not ended.
struct Open {
    kind: String,
    name: String,
    library: Option<String>,
    parent: Option<u64>,
    /// Robot Framework could not read it.
    unreadable: bool,
    /// The first failure below it that it has not dealt with yet.
    failed: Option<Failed>,
}

/// Where a failure began.
struct Failed {
    step: String,
    unreadable: bool,
    /// The step only says that something is wrong: who called it says what.
    only_says: bool,
}

#[derive(Default)]
struct Watch {
    observed: Observed,
    steps: BTreeMap<u64, Open>,
    /// Keywords that began: a load error before the first of them is the robot's form.
    keywords: u64,
}

impl Watch {
    fn note(&mut self, seen: Seen) {
        match seen.kind.as_str() {
            "open" => self.observed.opened = true,
            "log" if seen.load && self.keywords == 0 => {
                self.observed
                    .invalid
                    .get_or_insert(seen.text.unwrap_or_default());
            }
            "stepStarted" => self.began(seen),
            "stepEnded" => self.ended(&seen),
            _ => {}
        }
    }

    fn began(&mut self, seen: Seen) {
        let kind = seen.kind_of_step.unwrap_or_default();
        if is_keyword(&kind) {
            self.keywords += 1;
        }
        if let Some(step) = seen.step
            && self.steps.len() < MOST_OPEN_STEPS
        {
            let short = |text: String| text.chars().take(200).collect::<String>();
            let open = Open {
                kind,
                name: seen.name.map(short).unwrap_or_default(),
                library: seen.library,
                parent: seen.parent,
                unreadable: seen.load,
                failed: None,
            };
            self.steps.insert(step, open);
        }
    }

    fn ended(&mut self, seen: &Seen) {
        let Some(step) = seen.step.and_then(|step| self.steps.remove(&step)) else {
            return;
        };
        // What failed below a step that passed was expected there.
        if seen.status.as_deref() != Some("fail") {
            return;
        }
        match step.kind.as_str() {
            "task" => self.task_failed(step, seen.message.clone().unwrap_or_default()),
            "suite" | "environment" => {}
            _ => {
                let parent = step.parent.and_then(|parent| self.steps.get_mut(&parent));
                let failed = origin(step);
                if let Some(parent) = parent
                    && parent.failed.is_none()
                {
                    parent.failed = Some(failed);
                }
            }
        }
    }

    fn task_failed(&mut self, task: Open, message: String) {
        self.observed.failed_tasks += 1;
        if self.observed.failed_tasks > 1 {
            return;
        }
        let unreadable = task.unreadable || task.failed.as_ref().is_some_and(|at| at.unreadable);
        if unreadable && self.observed.invalid.is_none() {
            self.observed.invalid = Some(message.clone());
        }
        self.observed.message = Some(message).filter(|message| !message.is_empty());
        let step = task.failed.map(|failed| failed.step);
        self.observed.step = step.filter(|step| !step.is_empty());
    }
}

/// Where the failure of a step began: in itself, or below it.
fn origin(step: Open) -> Failed {
    let keyword = is_keyword(&step.kind);
    match step.failed {
        // An unreadable structure is told by the branch in it that would have run.
        Some(below) if !(below.only_says && keyword) => Failed {
            unreadable: below.unreadable || step.unreadable,
            ..below
        },
        Some(below) => Failed {
            step: step.name,
            only_says: false,
            ..below
        },
        None => Failed {
            only_says: keyword
                && step.library.as_deref() == Some("BuiltIn")
                && (step.name == "Fail" || step.name.starts_with("Should ")),
            step: step.name,
            unreadable: step.unreadable,
        },
    }
}

fn is_keyword(kind: &str) -> bool {
    matches!(kind, "keyword" | "setup" | "teardown")
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

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(lines: &str) -> Observed {
        let mut watch = Watch::default();
        for line in lines.lines() {
            watch.note(serde_json::from_str(line).unwrap());
        }
        watch.observed
    }

    #[test]
    fn an_expected_failure_is_not_where_it_went_wrong() {
        let observed = observed(
            r#"{"kind":"open"}
{"kind":"stepStarted","step":1,"type":"task","name":"One"}
{"kind":"stepStarted","step":2,"parent":1,"type":"keyword","name":"Try It","library":"x"}
{"kind":"stepStarted","step":3,"parent":2,"type":"keyword","name":"Break","library":"x"}
{"kind":"stepEnded","step":3,"status":"fail","message":"expected"}
{"kind":"stepEnded","step":2,"status":"pass"}
{"kind":"stepStarted","step":4,"parent":1,"type":"for","name":"FOR"}
{"kind":"stepStarted","step":5,"parent":4,"type":"keyword","name":"Open Workbook","library":"x"}
{"kind":"stepEnded","step":5,"status":"fail","message":"no file"}
{"kind":"stepEnded","step":4,"status":"fail","message":"no file"}
{"kind":"stepEnded","step":1,"status":"fail","message":"no file"}"#,
        );
        assert_eq!(observed.step.as_deref(), Some("Open Workbook"));
        assert_eq!(observed.message.as_deref(), Some("no file"));
        assert_eq!((observed.failed_tasks, observed.invalid), (1, None));
    }

    #[test]
    fn a_step_that_cannot_be_read_makes_the_robot_invalid() {
        let observed = observed(
            r#"{"kind":"open"}
{"kind":"stepStarted","step":1,"type":"task","name":"One"}
{"kind":"stepStarted","step":2,"parent":1,"type":"if","name":"IF","load":true}
{"kind":"stepEnded","step":2,"status":"fail","message":"IF must have closing END."}
{"kind":"stepEnded","step":1,"status":"fail","message":"IF must have closing END."}"#,
        );
        assert_eq!(
            observed.invalid.as_deref(),
            Some("IF must have closing END.")
        );
    }
}
