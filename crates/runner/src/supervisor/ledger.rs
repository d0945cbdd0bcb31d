//! What the supervisor itself adds to the events: the steps of the preparation.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock;
use crate::control::{Ear, Mode};
use crate::environment::{Steps, Watcher};
use crate::workspace::Workspace;

pub(super) struct Ledger<'ear> {
    file: File,
    ear: &'ear mut Ear,
    steps: u64,
    begun: Duration,
}

impl<'ear> Ledger<'ear> {
    pub(super) fn open(workspace: &Workspace, ear: &'ear mut Ear) -> io::Result<Self> {
        let mut options = File::options();
        options.append(true).create(true).mode(0o600);
        let file = options.open(workspace.join("events.jsonl"))?;
        Ok(Self {
            file,
            ear,
            steps: 0,
            begun: Duration::ZERO,
        })
    }

    /// How many steps were told: the robot's follow behind them.
    pub(super) fn steps(&self) -> u64 {
        self.steps
    }

    /// The highest mode that was asked for.
    pub(super) fn mode(&self) -> Option<Mode> {
        self.ear.mode
    }

    fn tell(&mut self, kind: &str, mut event: Value) {
        if let Some(object) = event.as_object_mut() {
            object.insert("kind".into(), json!(kind));
            object.insert("at".into(), json!(clock::wall()));
        }
        // An event that cannot be written leaves the robot working; people see it fail later.
        writeln!(self.file, "{event}").ok();
    }

    fn end(&mut self, status: &str, message: Option<&str>) {
        let elapsed = clock::awake().saturating_sub(self.begun);
        let elapsed = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let mut event = json!({ "step": self.steps, "status": status, "elapsedMs": elapsed });
        if let (Some(message), Some(object)) = (message, event.as_object_mut()) {
            object.insert("message".into(), json!(message));
        }
        self.tell("stepEnded", event);
    }
}

impl Watcher for Ledger<'_> {
    fn interrupted(&mut self) -> bool {
        self.ear.listen();
        self.ear.mode.is_some()
    }
}

impl Steps for Ledger<'_> {
    fn begin(&mut self, name: &str) {
        self.steps += 1;
        self.begun = clock::awake();
        let event = json!({ "step": self.steps, "type": "environment", "name": name });
        self.tell("stepStarted", event);
    }

    fn passed(&mut self) {
        self.end("pass", None);
    }

    fn failed(&mut self, message: &str) {
        self.end("fail", Some(message));
    }

    fn log(&mut self, text: &str) {
        let event = json!({ "step": self.steps, "level": "info", "text": text });
        self.tell("log", event);
    }
}
