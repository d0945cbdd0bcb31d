//! The workspace of an attempt: what is to be run, and where everything of it lies.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use model::parameter::ParameterType;
use model::{AttemptKey, package};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::give_up::{delete, seize};
use crate::robot_framework;

/// Where attempts keep what they share: the agent's data folder.
#[derive(Debug, Clone)]
pub struct Folders {
    root: PathBuf,
}

impl Folders {
    /// The folders below `root`.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The workspace of an attempt.
    #[must_use]
    pub fn workspace(&self, key: AttemptKey) -> Workspace {
        Workspace {
            path: self.workspaces().join(key.to_string()),
        }
    }

    pub(crate) fn workspaces(&self) -> PathBuf {
        self.root.join("workspaces")
    }
}

/// What is to be run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Spec {
    /// The attempt.
    pub key: AttemptKey,
    /// The robot's name, for its log.
    pub robot_name: String,
    /// The values that were entered. Secrets are named here and given with the start.
    pub parameters: Vec<ParameterValue>,
    /// Limits.
    pub settings: Settings,
}

/// One parameter of an attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParameterValue {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: ParameterType,
    /// Its value; absent for secrets, and for what is optional and was not entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<serde_json::Value>,
}

/// Limits of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// The longest time from the start of the robot's process, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// How long a stopped robot may clean up, in milliseconds.
    pub stop_grace_ms: u64,
}

/// Where the robot's files come from.
#[derive(Debug, Clone, Copy)]
pub enum RobotSource<'a> {
    /// The text of a single `.robot` file.
    File(&'a str),
    /// A zip on this computer, whose digest was checked.
    Package(&'a Path),
}

/// What a supervisor reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttemptFile {
    #[serde(flatten)]
    pub(crate) spec: Spec,
    /// The agent's data folder.
    pub(crate) root: PathBuf,
    /// The `.robot` file that is run, below `robot/`.
    pub(crate) main: String,
    /// What it needs, one requirement a line.
    pub(crate) requirements: Vec<String>,
    /// Which Python it needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) requires_python: Option<String>,
}

/// The folder of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    path: PathBuf,
}

impl Workspace {
    /// The workspace at `path`: for its supervisor, which is told where it is.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Something in it.
    #[must_use]
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(crate) fn attempt(&self) -> io::Result<AttemptFile> {
        let bytes = fs::read(self.join("attempt.json"))?;
        serde_json::from_slice(&bytes).map_err(io::Error::other)
    }
}

/// A workspace that cannot be made.
#[derive(Debug, Error)]
pub enum PrepareError {
    /// The disk.
    #[error("the workspace `{path}` cannot be made")]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The robot of this attempt may have been started before.
    #[error("the attempt `{key}` was started before")]
    Started {
        /// The attempt.
        key: AttemptKey,
    },
    /// The package breaks a rule.
    #[error("the package cannot be used: {0}")]
    Package(#[from] package::PackageProblem),
    /// The package is no zip, or damaged.
    #[error("the package cannot be read: {0}")]
    Zip(String),
    /// The robot cannot be read.
    #[error("the robot cannot be read: {0}")]
    Robot(String),
}

impl PrepareError {
    /// Whether the robot is to blame, not this computer.
    #[must_use]
    pub fn is_the_robots(&self) -> bool {
        !matches!(self, Self::Io { .. } | Self::Started { .. })
    }
}

/// Makes the workspace of an attempt. One that is there and was never started is made anew; its
/// supervisor, if it has one, is ended.
///
/// # Errors
/// The disk, the robot, or an attempt that was started before.
pub fn prepare(
    folders: &Folders,
    spec: &Spec,
    source: RobotSource<'_>,
) -> Result<Workspace, PrepareError> {
    let workspace = folders.workspace(spec.key);
    let io_error = |source| PrepareError::Io {
        path: workspace.path.clone(),
        source,
    };
    if workspace.path.exists() {
        let marks = ["started", "exit.json"];
        let started = || marks.iter().any(|mark| workspace.join(mark).exists());
        if started() {
            return Err(PrepareError::Started { key: spec.key });
        }
        if let Some(lock) = seize(&workspace).map_err(io_error)? {
            // Between the first look and its end the supervisor may have started it.
            if started() {
                return Err(PrepareError::Started { key: spec.key });
            }
            delete(&workspace, lock).map_err(io_error)?;
        }
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700);
    for folder in ["robot", "output", "support"] {
        builder.create(workspace.join(folder)).map_err(io_error)?;
    }
    robot_framework::write_support(&workspace.join("support")).map_err(io_error)?;
    let robot = workspace.join("robot");
    let (main, text, listed) = match source {
        RobotSource::File(text) => {
            fs::write(robot.join("main.robot"), text).map_err(io_error)?;
            ("main.robot".to_owned(), text.to_owned(), None)
        }
        RobotSource::Package(zip) => unpack(zip, &robot, &io_error)?,
    };
    let read = model::robot_source::read(&text);
    let script = read.script.unwrap_or_default();
    let requirements = listed.unwrap_or(script.dependencies);
    let attempt = AttemptFile {
        spec: spec.clone(),
        root: folders.root.clone(),
        main,
        requirements,
        requires_python: script.requires_python,
    };
    let json = serde_json::to_vec(&attempt).map_err(|error| io_error(io::Error::other(error)))?;
    write_private(&workspace.join("attempt.json"), &json).map_err(io_error)?;
    Ok(workspace)
}

/// Main file, its text, and the lines of `requirements.txt`.
type Unpacked = (String, String, Option<Vec<String>>);

fn unpack(
    path: &Path,
    robot: &Path,
    io_error: &dyn Fn(io::Error) -> PrepareError,
) -> Result<Unpacked, PrepareError> {
    let file = File::open(path).map_err(io_error)?;
    let packed_bytes = file.metadata().map_err(io_error)?.len();
    let zip_error = |error: zip::result::ZipError| PrepareError::Zip(error.to_string());
    let mut archive = zip::ZipArchive::new(file).map_err(zip_error)?;
    let mut entries = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(zip_error)?;
        entries.push(entry_of(&entry));
    }
    let layout = package::check(&entries, packed_bytes)?;
    let mut left = package::MOST_UNPACKED_BYTES;
    for file in &layout.files {
        let target = robot.join(&file.name);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(io_error)?;
        }
        let entry = archive.by_name(&file.name).map_err(zip_error)?;
        // The sizes in a zip are what it claims; what comes out is what counts.
        let mut bounded = entry.take(left + 1);
        let mut out = File::create(&target).map_err(io_error)?;
        let written = io::copy(&mut bounded, &mut out).map_err(io_error)?;
        left = left.checked_sub(written).ok_or_else(|| {
            PrepareError::Zip("it is larger when unpacked than it says".to_owned())
        })?;
    }
    let bytes = fs::read(robot.join(&layout.main)).map_err(io_error)?;
    let text = model::robot_source::decode(&bytes)
        .map_err(|problem| PrepareError::Robot(problem.message))?;
    let listed = match &layout.requirements {
        None => None,
        Some(name) => {
            let text = fs::read_to_string(robot.join(name)).map_err(io_error)?;
            Some(requirement_lines(&text))
        }
    };
    Ok((layout.main, text, listed))
}

fn entry_of<R: Read>(entry: &zip::read::ZipFile<'_, R>) -> package::Entry {
    let mode = entry.unix_mode().unwrap_or(0) & 0o170_000;
    let kind = match mode {
        0o120_000 => package::EntryKind::Link,
        0o020_000 | 0o060_000 | 0o010_000 | 0o140_000 => package::EntryKind::Device,
        _ if entry.is_dir() => package::EntryKind::Folder,
        _ => package::EntryKind::File,
    };
    package::Entry {
        name: entry.name().to_owned(),
        size_bytes: entry.size(),
        kind,
    }
}

/// The lines that name something, without comments.
fn requirement_lines(text: &str) -> Vec<String> {
    let without_comment = |line: &str| {
        let line = line.split(" #").next().unwrap_or_default().trim();
        (!line.is_empty() && !line.starts_with('#')).then(|| line.to_owned())
    };
    text.lines().filter_map(without_comment).collect()
}

/// Writes a file that only its user can read, and syncs it.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Writes a file that is there as a whole or not at all, and syncs it and its folder.
pub(crate) fn write_by_rename(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    write_private(&new, bytes)?;
    fs::rename(&new, path)?;
    sync_parent(path)
}

pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent()
        .map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_read_without_their_comments() {
        let text = "# what it needs\nopenpyxl==3.1.5  # Excel\n\n  pypdf>=5 \n";
        assert_eq!(requirement_lines(text), ["openpyxl==3.1.5", "pypdf>=5"]);
    }
}
