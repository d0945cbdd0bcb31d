//! What the agent says to a supervisor: lines in the file `control`, which only grows.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use model::parameter::{ParameterType, SecretValue};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::Moment;
use crate::robot_framework;
use crate::workspace::{Workspace, write_private};

/// How a robot is to be ended.
pub type Mode = model::StopMode;

/// Gives `start`: from now on the robot may run at any moment. The values lie in a file that only
/// this user can read and that the robot's process deletes as it reads it.
///
/// # Errors
/// The disk. The start was not given then.
pub fn give_start(workspace: &Workspace, secrets: &[SecretValue]) -> io::Result<()> {
    let attempt = workspace.attempt()?;
    let source = std::fs::read_to_string(workspace.join("robot").join(&attempt.main))?;
    let types = robot_framework::declared_types(&source);
    let values: Vec<Value> = attempt
        .spec
        .parameters
        .iter()
        .filter_map(|parameter| {
            let name = &parameter.name;
            if parameter.kind == ParameterType::Secret {
                let secret = secrets.iter().find(|secret| secret.name == *name)?;
                return Some(json!({ "name": name, "secret": true, "value": secret.value }));
            }
            let declared = types.get(&robot_framework::normalised(name));
            Some(json!({ "name": name, "value": parameter.value, "as": declared }))
        })
        .collect();
    let json = serde_json::to_vec(&values).map_err(io::Error::other)?;
    write_private(&workspace.join("values.json"), &json)?;
    say(workspace, &Line::Start { at: Moment::now() })
}

/// Asks for the end of an attempt. Repeating it does no harm.
///
/// # Errors
/// The disk.
pub fn control(workspace: &Workspace, mode: Mode) -> io::Result<()> {
    let line = match mode {
        Mode::Stop => Line::Stop,
        Mode::Kill => Line::Kill,
    };
    say(workspace, &line)
}

/// Whether `start` was given.
pub(crate) fn was_given_start(workspace: &Workspace) -> io::Result<bool> {
    let said = match std::fs::read_to_string(workspace.join("control")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        read => read?,
    };
    let mut lines = said
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'));
    Ok(lines.any(|line| matches!(serde_json::from_str(line), Ok(Line::Start { .. }))))
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "camelCase")]
pub(crate) enum Line {
    Start { at: Moment },
    Stop,
    Kill,
}

fn say(workspace: &Workspace, line: &Line) -> io::Result<()> {
    let mut options = File::options();
    let mut file = options
        .append(true)
        .create(true)
        .mode(0o600)
        .open(workspace.join("control"))?;
    let mut text = serde_json::to_string(line).map_err(io::Error::other)?;
    text.push('\n');
    file.write_all(text.as_bytes())
}

/// The supervisor's ear.
pub(crate) struct Ear {
    path: PathBuf,
    read_to: u64,
    /// When `start` was given.
    pub(crate) start: Option<Moment>,
    /// The highest mode that was asked for.
    pub(crate) mode: Option<Mode>,
}

impl Ear {
    pub(crate) fn new(workspace: &Workspace) -> Self {
        Self {
            path: workspace.join("control"),
            read_to: 0,
            start: None,
            mode: None,
        }
    }

    /// Hears what was said since the last time. What cannot be understood is passed over.
    pub(crate) fn listen(&mut self) {
        let Ok(mut file) = File::open(&self.path) else {
            return;
        };
        let length = file.metadata().map(|metadata| metadata.len()).unwrap_or(0);
        if length <= self.read_to || file.seek(SeekFrom::Start(self.read_to)).is_err() {
            return;
        }
        let mut text = String::new();
        if file.take(1 << 20).read_to_string(&mut text).is_err() {
            return;
        }
        let Some(whole) = text.rfind('\n').map(|end| &text[..=end]) else {
            return;
        };
        self.read_to += u64::try_from(whole.len()).unwrap_or(0);
        for line in whole.lines() {
            match serde_json::from_str(line) {
                Ok(Line::Start { at }) => self.start = self.start.take().or(Some(at)),
                Ok(Line::Stop) => self.mode = self.mode.max(Some(Mode::Stop)),
                Ok(Line::Kill) => self.mode = Some(Mode::Kill),
                Err(_) => {}
            }
        }
    }
}
