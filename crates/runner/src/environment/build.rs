//! Building an environment, as steps that people see.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nix::fcntl::{Flock, FlockArg};

use super::python::{find_python, find_uv};
use super::run::run;
use super::spec::{self, Remembered, Spec};
use super::{Environments, NotReady, Steps};
use crate::clock;
use crate::workspace::write_by_rename;

pub(super) fn build(
    root: &Environments,
    spec: &Spec,
    steps: &mut dyn Steps,
) -> Result<PathBuf, NotReady> {
    let (python, version) = step(steps, "Find Python", |steps| find_python(steps))?;
    steps.log(&format!("Python {version} at {}", python.display()));
    fs::create_dir_all(&root.folder).map_err(|error| disk(&root.folder, &error))?;
    let uv = find_uv(&root.root, &python, steps)?;
    let wanted = spec
        .requires_python
        .clone()
        .unwrap_or_else(|| python.display().to_string());
    let tool = Tool {
        uv,
        cache: root.root.join("uv-cache"),
        python: wanted,
    };
    // Only one job resolves and builds the same: the others find it ready.
    let _held = hold(&root.folder.join(format!("{}.lock", spec.name())), steps)?;
    if let Some(ready) = root.find(spec) {
        return Ok(ready);
    }
    let lock = match Remembered::read(&root.folder, spec) {
        Some(remembered) => remembered.lock,
        None => step(steps, "Choose versions", |steps| {
            resolve(root, &tool, spec, steps)
        })?,
    };
    let key = spec::key(&lock, &version);
    let remembered = Remembered {
        key: key.clone(),
        lock: lock.clone(),
        python: version,
    };
    let _building = hold(&root.folder.join(format!("{key}.lock")), steps)?;
    let packages = lock.lines().filter(|line| line.contains("==")).count();
    if root.python_of(&key).is_none() {
        let name = format!("Install {packages} packages");
        step(steps, &name, |steps| {
            install(root, &tool, &key, &lock, steps)
        })?;
    }
    remembered
        .write(&root.folder, spec)
        .map_err(|error| disk(&root.folder, &error))?;
    root.python_of(&key).ok_or_else(|| {
        NotReady::Failed("the environment was built, but its Python is not there".to_owned())
    })
}

struct Tool {
    uv: PathBuf,
    cache: PathBuf,
    python: String,
}

impl Tool {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.uv);
        command.args(arguments).arg("--cache-dir").arg(&self.cache);
        command.args(["--no-progress", "--color", "never"]);
        command
    }
}

fn resolve(
    root: &Environments,
    tool: &Tool,
    spec: &Spec,
    steps: &mut dyn Steps,
) -> Result<String, NotReady> {
    let input = root.folder.join(format!("{}.in", spec.name()));
    fs::write(&input, spec.requirements.join("\n") + "\n").map_err(|error| disk(&input, &error))?;
    let mut command = tool.command(&["pip", "compile", "--quiet", "--generate-hashes"]);
    command.args(["--python", &tool.python]).arg(&input);
    let compiled = run(&mut command, steps)?;
    // The input only served this resolution; the lock is what is kept.
    fs::remove_file(&input).ok();
    compiled
        .map(|output| output.stdout)
        .map_err(NotReady::Failed)
}

fn install(
    root: &Environments,
    tool: &Tool,
    key: &str,
    lock: &str,
    steps: &mut dyn Steps,
) -> Result<(), NotReady> {
    let target = root.folder.join(key);
    let building = root.folder.join(format!("{key}.tmp"));
    for old in [&building, &target] {
        if old.exists() {
            fs::remove_dir_all(old).map_err(|error| disk(old, &error))?;
        }
    }
    let mut venv = tool.command(&["venv", "--quiet", "--relocatable"]);
    venv.args(["--python", &tool.python]).arg(&building);
    run(&mut venv, steps)?.map_err(NotReady::Failed)?;
    let lock_file = building.join("requirements.lock");
    fs::write(&lock_file, lock).map_err(|error| disk(&lock_file, &error))?;
    let sync = |offline: Option<&str>| {
        let mut sync = tool.command(&["pip", "sync", "--quiet", "--require-hashes"]);
        sync.args(offline).arg("--python");
        sync.arg(building.join("bin").join("python"))
            .arg(&lock_file);
        sync
    };
    // What was downloaded before is enough more often than not, and then no network is needed.
    if run(&mut sync(Some("--offline")), steps)?.is_err() {
        run(&mut sync(None), steps)?.map_err(NotReady::Failed)?;
    }
    fs::rename(&building, &target).map_err(|error| disk(&target, &error))?;
    write_by_rename(&target.join("ready"), b"").map_err(|error| disk(&target, &error))
}

fn step<T>(
    steps: &mut dyn Steps,
    name: &str,
    work: impl FnOnce(&mut dyn Steps) -> Result<T, NotReady>,
) -> Result<T, NotReady> {
    steps.begin(name);
    let done = work(steps);
    match &done {
        Ok(_) => steps.passed(),
        Err(NotReady::Failed(message)) => steps.failed(message),
        Err(NotReady::Interrupted) => steps.failed("it was ended"),
    }
    done
}

/// Waits for the lock at `path`; it ends when the answer is dropped.
pub(super) fn hold(path: &Path, steps: &mut dyn Steps) -> Result<Flock<File>, NotReady> {
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    let mut file = options.open(path).map_err(|error| disk(path, &error))?;
    loop {
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => return Ok(lock),
            Err((back, nix::errno::Errno::EWOULDBLOCK)) => file = back,
            Err((_, errno)) => return Err(disk(path, &errno.into())),
        }
        if steps.interrupted() {
            return Err(NotReady::Interrupted);
        }
        clock::pause(Duration::from_millis(50));
    }
}

fn disk(path: &Path, error: &std::io::Error) -> NotReady {
    NotReady::Failed(format!("`{}` cannot be used: {error}", path.display()))
}
