//! What the tests share: attempts, and waiting for what they do.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use model::parameter::{ParameterType, SecretValue};
use model::{AttemptKey, Ending, Failure, JobId, ObjectId, Outcome};
use runner::{
    Folders, Mask, Mode, Offsets, ParameterValue, PrepareError, RobotSource, Settings, Spec,
    Survey, Tail, Workspace,
};
use serde_json::Value;

/// Longer than anything here takes on a busy computer.
const LIMIT: Duration = Duration::from_secs(90);

/// Keywords that do what robots should not.
const EVIL: &str = include_str!("evil.py");

/// An attempt in the making.
pub(crate) struct Attempt {
    pub(crate) spec: Spec,
    pub(crate) workspace: Workspace,
    pub(crate) secrets: Vec<SecretValue>,
    folders: Folders,
}

impl Attempt {
    /// An attempt at a robot with these tasks, that may use the keywords of `evil.py`.
    pub(crate) fn at(tasks: &str) -> Self {
        Self::at_robot(&format!(
            "*** Settings ***\nLibrary    evil.py\n*** Tasks ***\n{tasks}"
        ))
    }

    /// An attempt at a robot with this text.
    pub(crate) fn at_robot(text: &str) -> Self {
        Self::below(
            &PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("data"),
            text,
        )
    }

    /// An attempt of an agent with another data folder.
    pub(crate) fn below(data: &Path, text: &str) -> Self {
        let folders = Folders::new(data.to_owned());
        let mut bytes = [0; 12];
        for part in bytes.chunks_mut(4) {
            let random = RandomState::new().build_hasher().finish().to_le_bytes();
            part.copy_from_slice(&random[..4]);
        }
        let key = AttemptKey {
            job: JobId(ObjectId::from_bytes(bytes)),
            attempt: 1,
        };
        let attempt = Self {
            spec: Spec {
                key,
                robot_name: "Test".to_owned(),
                parameters: Vec::new(),
                settings: Settings {
                    timeout_ms: None,
                    stop_grace_ms: 10_000,
                },
            },
            workspace: folders.workspace(key),
            secrets: Vec::new(),
            folders,
        };
        let zip = attempt.zip(&[("main.robot", text), ("evil.py", EVIL)]);
        attempt.prepare(RobotSource::Package(&zip));
        attempt
    }

    /// Prepares it anew from these files.
    pub(crate) fn with_files(self, files: &[(&str, &str)]) -> Self {
        let zip = self.zip(files);
        self.prepare(RobotSource::Package(&zip));
        self
    }

    /// The zip that it was made from.
    pub(crate) fn package(&self) -> PathBuf {
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.zip", self.spec.key))
    }

    fn zip(&self, files: &[(&str, &str)]) -> PathBuf {
        let path = self.package();
        let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
        for (name, text) in files {
            zip.start_file(*name, zip::write::SimpleFileOptions::default())
                .unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
        path
    }

    /// Prepares it anew, from another source or with what was changed in its `spec`.
    pub(crate) fn prepare(&self, source: RobotSource<'_>) {
        self.try_prepare(source).unwrap();
    }

    pub(crate) fn try_prepare(&self, source: RobotSource<'_>) -> Result<Workspace, PrepareError> {
        runner::prepare(&self.folders, &self.spec, source)
    }

    /// Prepares it anew with other limits.
    pub(crate) fn with_limits(self, timeout_ms: Option<u64>, stop_grace_ms: u64) -> Self {
        let text = self.main();
        let mut attempt = self;
        attempt.spec.settings = Settings {
            timeout_ms,
            stop_grace_ms,
        };
        let zip = attempt.zip(&[("main.robot", &text), ("evil.py", EVIL)]);
        attempt.prepare(RobotSource::Package(&zip));
        attempt
    }

    /// Prepares it anew with a value for one more parameter.
    pub(crate) fn with(mut self, name: &str, kind: ParameterType, value: Value) -> Self {
        let value = if kind == ParameterType::Secret {
            let value = value.as_str().unwrap().to_owned();
            self.secrets.push(SecretValue {
                name: name.to_owned(),
                value,
            });
            None
        } else {
            Some(value)
        };
        self.spec.parameters.push(ParameterValue {
            name: name.to_owned(),
            kind,
            value,
        });
        let limits = self.spec.settings;
        self.with_limits(limits.timeout_ms, limits.stop_grace_ms)
    }

    fn main(&self) -> String {
        fs::read_to_string(self.workspace.join("robot/main.robot")).unwrap()
    }

    /// Starts a supervisor and waits until it is there.
    pub(crate) fn supervise(&self) {
        let program = Path::new(env!("CARGO_BIN_EXE_arkwright-supervise"));
        runner::spawn_supervisor(program, &[], &self.workspace).unwrap();
        until("a supervisor", || matches!(self.survey(), Survey::Alive));
    }

    /// Starts the robot.
    pub(crate) fn start(&self) {
        self.supervise();
        runner::give_start(&self.workspace, &self.secrets).unwrap();
    }

    /// Starts the robot and waits until it has made `file`.
    pub(crate) fn start_until(&self, file: &str) -> PathBuf {
        self.start();
        let file = self.workspace.join("output").join(file);
        until("the robot's file", || {
            assert!(
                matches!(self.survey(), Survey::Alive),
                "{:?}",
                self.survey()
            );
            fs::read_to_string(&file).is_ok_and(|text| text.ends_with('\n'))
        });
        file
    }

    /// Starts the robot and waits for its end.
    pub(crate) fn run(&self) -> Outcome {
        self.start();
        self.end()
    }

    pub(crate) fn control(&self, mode: Mode) {
        runner::control(&self.workspace, mode).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn end(&self) -> Outcome {
        let mut outcome = None;
        until("an end", || match self.survey() {
            Survey::Ended(found) => {
                outcome = Some(found);
                true
            }
            Survey::Alive => false,
            other => panic!("{other:?}: {}", self.read("supervisor.log")),
        });
        outcome.unwrap()
    }

    pub(crate) fn survey(&self) -> Survey {
        runner::survey(&self.workspace).unwrap()
    }

    /// How many living processes carry its workspace in their environment.
    pub(crate) fn processes(&self) -> usize {
        marked(self.workspace.path()).len()
    }

    /// Living processes that name its workspace in their command line or carry it in their
    /// environment: the supervisor, the robot, and what they started.
    pub(crate) fn traces(&self) -> Vec<PathBuf> {
        let mut found = marked(self.workspace.path());
        let path = self.workspace.path().as_os_str().as_encoded_bytes();
        let processes = fs::read_dir("/proc").unwrap().flatten();
        found.extend(processes.map(|entry| entry.path()).filter(|process| {
            let line = fs::read(process.join("cmdline")).unwrap_or_default();
            line.windows(path.len()).any(|part| part == path)
        }));
        found
    }

    /// A file of the workspace, or nothing.
    pub(crate) fn read(&self, name: &str) -> String {
        let bytes = fs::read(self.workspace.join(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// All events, as an agent reads them that knows no secret any more.
    pub(crate) fn events(&self) -> Vec<Value> {
        let mut tail = Tail::new(self.workspace.clone(), Offsets::default(), Mask::default());
        let mut events = Vec::new();
        loop {
            let read = tail.read(&|at| at, true).unwrap();
            events.extend(
                read.events
                    .iter()
                    .map(|event| serde_json::from_str(event).unwrap()),
            );
            if !read.more {
                return events;
            }
        }
    }

    /// The names of the steps that began.
    pub(crate) fn steps(&self) -> Vec<String> {
        let events = self.events();
        let names = events.iter().filter(|event| event["kind"] == "stepStarted");
        names
            .map(|event| event["name"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("events: {}", self.read("events.jsonl"));
            eprintln!("stderr: {}", self.read("stderr"));
        }
        // Before the clearing, which would end what an ended attempt must not have left.
        let ended = matches!(runner::survey(&self.workspace), Ok(Survey::Ended(_)));
        let left = marked(self.workspace.path());
        runner::clear(&self.workspace).ok();
        fs::remove_file(self.package()).ok();
        let kept = marked(self.workspace.path());
        if !std::thread::panicking() {
            assert!(!ended || left.is_empty(), "the attempt left {left:?}");
            assert!(kept.is_empty(), "the test left {kept:?}");
        }
    }
}

/// The failure, its message and its step.
pub(crate) fn failure(outcome: &Outcome) -> (Failure, String, Option<String>) {
    match &outcome.ending {
        Ending::Failed {
            failure,
            message,
            step,
        } => (failure.clone(), message.clone(), step.clone()),
        other => panic!("{other:?}"),
    }
}

/// Waits until something holds.
#[expect(clippy::disallowed_methods, reason = "tests wait for real processes")]
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = std::time::Instant::now();
    while !holds() {
        assert!(begun.elapsed() < LIMIT, "waited too long for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// How long something took.
#[expect(clippy::disallowed_methods, reason = "tests measure real processes")]
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let begun = std::time::Instant::now();
    let done = work();
    (begun.elapsed(), done)
}

/// The living processes that carry a workspace's path in their environment.
fn marked(workspace: &Path) -> Vec<PathBuf> {
    let mark = format!("ARKWRIGHT_WORKSPACE={}", workspace.display());
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let ours = processes.map(|entry| entry.path()).filter(|path| {
        let environment = fs::read(path.join("environ")).unwrap_or_default();
        environment
            .split(|byte| *byte == 0)
            .any(|variable| variable == mark.as_bytes())
    });
    ours.collect()
}

/// Whether the process whose number stands in `file` is there and has not ended.
pub(crate) fn lives(file: &Path) -> bool {
    let pid = fs::read_to_string(file).unwrap();
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    stat.rsplit(')')
        .next()
        .is_some_and(|rest| !rest.trim().is_empty() && !rest.trim_start().starts_with(['Z', 'X']))
}
