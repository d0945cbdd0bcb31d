//! The Python environment of a robot: resolved once, kept, shared.
//!
//! `environments/specs/<spec>.json` remembers for each (requirements, Python, platform) which
//! environment serves it, with its lock beside it; `environments/<key>/` is one environment for
//! each distinct lock. A robot whose environment is ready starts no other program and needs no
//! network. Builds hold a lock of their own, so that two jobs never build the same one at once; a
//! build happens in a folder of its own that is renamed when it is whole.

mod build;
mod python;
mod run;
mod spec;

use std::path::{Path, PathBuf};

pub(crate) use run::{Interrupted, Watcher};

use crate::workspace::AttemptFile;

/// A step of the preparation, as people see it.
pub(crate) trait Steps: Watcher {
    /// A step begins.
    fn begin(&mut self, name: &str);
    /// The step that began ended well.
    fn passed(&mut self);
    /// The step that began failed.
    fn failed(&mut self, message: &str);
    /// Something worth a line in the log.
    fn log(&mut self, text: &str);
}

/// An environment that is not to be had.
#[derive(Debug)]
pub(crate) enum NotReady {
    /// Why, in the words of who said it.
    Failed(String),
    /// Somebody asked for the end meanwhile.
    Interrupted,
}

impl From<Interrupted> for NotReady {
    fn from(_: Interrupted) -> Self {
        Self::Interrupted
    }
}

/// The Python that runs the robot, building its environment if it is not there yet.
pub(crate) fn ready(attempt: &AttemptFile, steps: &mut dyn Steps) -> Result<PathBuf, NotReady> {
    let root = Environments::new(&attempt.root);
    let spec = spec::Spec::of(&attempt.requirements, attempt.requires_python.as_deref());
    if let Some(python) = root.find(&spec) {
        return Ok(python);
    }
    build::build(&root, &spec, steps)
}

/// Where environments lie.
pub(crate) struct Environments {
    root: PathBuf,
    folder: PathBuf,
}

impl Environments {
    fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            folder: root.join("environments"),
        }
    }

    /// The Python of a ready environment.
    fn find(&self, spec: &spec::Spec) -> Option<PathBuf> {
        let remembered = spec::Remembered::read(&self.folder, spec)?;
        self.python_of(&remembered.key)
    }

    /// The Python of the environment with that key, if it is whole.
    fn python_of(&self, key: &str) -> Option<PathBuf> {
        let environment = self.folder.join(key);
        let python = environment.join("bin").join("python");
        (environment.join("ready").exists() && python.exists()).then_some(python)
    }
}
