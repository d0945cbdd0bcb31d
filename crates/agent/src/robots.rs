//! The robots of this computer: workspaces and supervisors as the agent's mind sees them.
//!
//! Nothing here holds a process. A watcher for each attempt looks into its workspace, reads what
//! is new there and tells it; it can be stopped and begun again at any moment.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use agent_core::{
    Artifact, EventText, Input, Mode, Prepare, PrepareFailure, RobotNews, Start, TailOffsets,
};
use model::parameter::ParameterType;
use model::{AttemptKey, Failure, Timestamp};
use runner::{
    Folders, Mask, Offsets, ParameterValue, RobotSource, Settings, Spec, Survey, Tail, Workspace,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use wire::agent::Offer;

use crate::folder::Folder;
use crate::server_api::{ApiError, Credential, ServerApi};

/// The hidden command under which this program is its own supervisor.
pub const SUPERVISE: &str = "supervise";

/// How often a workspace is looked into while its robot works.
const LOOK: Duration = Duration::from_millis(40);
/// How long to wait before a file is brought again to a server that is not there.
const UPLOAD_AGAIN: Duration = Duration::from_secs(5);

/// The robots.
pub struct Robots {
    shared: Arc<Shared>,
    attempts: BTreeMap<AttemptKey, Watched>,
}

struct Shared {
    folders: Folders,
    folder: Folder,
    program: PathBuf,
    api: ServerApi,
    credential: Credential,
    inbox: mpsc::Sender<Input>,
    clock_offset_ms: AtomicI64,
}

struct Watched {
    offsets: TailOffsets,
    watching: CancellationToken,
    uploading: CancellationToken,
}

/// What the robots are made of.
pub struct Parts {
    /// The agent's data folder.
    pub folder: Folder,
    /// The server, for packages and files.
    pub api: ServerApi,
    /// Who asks for them.
    pub credential: Credential,
    /// This program.
    pub program: PathBuf,
}

impl Robots {
    /// The robots of that folder.
    #[must_use]
    pub fn new(parts: Parts, inbox: mpsc::Sender<Input>) -> Self {
        let Parts {
            folder,
            api,
            credential,
            program,
        } = parts;
        let folders = Folders::new(folder.path().to_owned());
        let clock_offset_ms = AtomicI64::new(0);
        let shared = Shared {
            folders,
            folder,
            program,
            api,
            credential,
            inbox,
            clock_offset_ms,
        };
        Self {
            shared: Arc::new(shared),
            attempts: BTreeMap::new(),
        }
    }

    /// The server's clock minus ours, for the times in events.
    pub fn keep_clock(&self, offset_ms: i64) {
        self.shared
            .clock_offset_ms
            .store(offset_ms, Ordering::Relaxed);
    }

    /// Which of these attempts have a supervisor that lives, or has said how it ended. What is
    /// left of the others is ended.
    pub async fn survey(&self, keys: &[AttemptKey]) -> Vec<AttemptKey> {
        let mut there = Vec::new();
        for key in keys.iter().copied() {
            let workspace = self.shared.folders.workspace(key);
            let found = blocking(move || {
                let found = runner::survey(&workspace);
                if matches!(found, Ok(Survey::Gone { .. })) {
                    runner::kill_leftovers(&workspace);
                }
                found
            });
            if matches!(found.await, Some(Ok(Survey::Alive | Survey::Ended(_)))) {
                there.push(key);
            }
        }
        there
    }

    /// An attempt that was found on the disk.
    pub fn known(&mut self, key: AttemptKey, offsets: TailOffsets) {
        let watched = Watched {
            offsets,
            watching: CancellationToken::new(),
            uploading: CancellationToken::new(),
        };
        self.attempts.insert(key, watched);
    }

    /// Makes a workspace and its supervisor.
    pub fn prepare(&mut self, prepare: Prepare) {
        let Prepare { key, offer } = prepare;
        self.known(key, TailOffsets::default());
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            let result = shared.prepare(key, offer).await;
            shared.tell(Input::Prepared(key, result)).await;
        });
    }

    /// Gives the supervisor its start, and watches.
    pub fn start(&mut self, start: Start) {
        let Start { key, secrets } = start;
        let mask = Mask::new(secrets.iter().map(|secret| secret.value.as_str()));
        let workspace = self.shared.folders.workspace(key);
        let shared = Arc::clone(&self.shared);
        let watching = self.watching(key);
        tokio::spawn(async move {
            let given = workspace.clone();
            let started = blocking(move || runner::give_start(&given, &secrets)).await;
            match started {
                Some(Ok(())) => {
                    shared
                        .watch(key, workspace, Offsets::default(), mask, watching)
                        .await;
                }
                Some(Err(error)) => {
                    let message = format!("its start could not be given: {error}");
                    let outcome = model::Outcome::failed(Failure::Environment, message);
                    shared
                        .tell(Input::Robot(key, RobotNews::Ended(outcome)))
                        .await;
                }
                None => {}
            }
        });
    }

    /// Watches an attempt that was found.
    pub fn resume(&mut self, key: AttemptKey) {
        let Some(watched) = self.attempts.get(&key) else {
            return;
        };
        let offsets = Offsets {
            events: watched.offsets.events,
            stdout: watched.offsets.stdout,
            stderr: watched.offsets.stderr,
        };
        let workspace = self.shared.folders.workspace(key);
        let shared = Arc::clone(&self.shared);
        let watching = self.watching(key);
        tokio::spawn(async move {
            // Its secrets are gone with the process that was given them; the listener and the
            // supervisor have hidden them before anything reached the disk.
            shared
                .watch(key, workspace, offsets, Mask::default(), watching)
                .await;
        });
    }

    /// Asks for the end of an attempt.
    pub fn control(&self, key: AttemptKey, mode: Mode) {
        let workspace = self.shared.folders.workspace(key);
        tokio::spawn(async move {
            if let Some(Err(error)) = blocking(move || runner::control(&workspace, mode)).await {
                tracing::error!(job = %key, %error, "a robot cannot be asked to end");
            }
        });
    }

    /// Brings the files of an ended attempt to the server.
    pub fn upload(&mut self, key: AttemptKey, known: Vec<String>) {
        let Some(watched) = self.attempts.get(&key) else {
            return;
        };
        let uploading = watched.uploading.clone();
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            let done = shared.upload(key, &known);
            tokio::select! {
                biased;
                () = uploading.cancelled() => {}
                () = done => {}
            }
            shared.tell(Input::UploadsDone(key)).await;
        });
    }

    /// Brings no further files.
    pub fn stop_uploads(&self, key: AttemptKey) {
        if let Some(watched) = self.attempts.get(&key) {
            watched.uploading.cancel();
        }
    }

    /// Deletes what is left of an attempt on this computer.
    pub fn forget(&mut self, key: AttemptKey) {
        self.end_watch(key);
        let workspace = self.shared.folders.workspace(key);
        tokio::spawn(async move {
            if let Some(Err(error)) = blocking(move || runner::clear(&workspace)).await {
                tracing::warn!(job = %key, %error, "a workspace cannot be deleted");
            }
        });
    }

    /// Ends what runs of an attempt that the server does not want, and keeps its files.
    pub fn set_aside(&mut self, key: AttemptKey) {
        self.end_watch(key);
        let workspace = self.shared.folders.workspace(key);
        let target = self
            .shared
            .folder
            .join("aside")
            .join(format!("{key}.workspace"));
        tokio::spawn(async move {
            let done = blocking(move || {
                runner::control(&workspace, Mode::Stop)?;
                let ended = || !matches!(runner::survey(&workspace), Ok(Survey::Alive));
                wait_until(ended, Duration::from_secs(15));
                if !ended() {
                    runner::control(&workspace, Mode::Kill)?;
                    wait_until(ended, Duration::from_secs(25));
                }
                runner::kill_leftovers(&workspace);
                std::fs::rename(workspace.path(), target)
            });
            if let Some(Err(error)) = done.await {
                tracing::warn!(job = %key, %error, "a workspace cannot be set aside");
            }
        });
    }

    fn watching(&mut self, key: AttemptKey) -> CancellationToken {
        let fresh = CancellationToken::new();
        if let Some(watched) = self.attempts.get_mut(&key) {
            std::mem::replace(&mut watched.watching, fresh.clone()).cancel();
        }
        fresh
    }

    fn end_watch(&mut self, key: AttemptKey) {
        if let Some(watched) = self.attempts.remove(&key) {
            watched.watching.cancel();
            watched.uploading.cancel();
        }
    }
}

impl Shared {
    async fn tell(&self, input: Input) {
        // The program ends when its inbox is gone.
        self.inbox.send(input).await.ok();
    }

    async fn prepare(&self, key: AttemptKey, offer: Offer) -> Result<(), PrepareFailure> {
        let package = match &offer.robot.source {
            Some(_) => None,
            None => Some(self.package(&offer).await.map_err(not_fetched)?),
        };
        let spec = spec_of(key, &offer)?;
        let (folders, program) = (self.folders.clone(), self.program.clone());
        let made = blocking(move || {
            let read;
            let source = match (&offer.robot.source, &package) {
                (Some(text), _) => RobotSource::File(text),
                (None, Some(Fetched::Package(path))) => RobotSource::Package(path),
                (None, Some(Fetched::Source(path))) => {
                    read = std::fs::read_to_string(path).map_err(|error| disk(&error))?;
                    RobotSource::File(&read)
                }
                (None, None) => RobotSource::File(""),
            };
            let workspace = runner::prepare(&folders, &spec, source).map_err(|error| {
                let failure = if error.is_the_robots() {
                    Failure::InvalidRobot
                } else {
                    Failure::Environment
                };
                PrepareFailure {
                    failure,
                    message: chain(&error),
                }
            })?;
            runner::spawn_supervisor(&program, &[SUPERVISE], &workspace)
                .map_err(|error| disk(&error))
        });
        made.await.unwrap_or_else(|| {
            let message = "the preparation of the robot was broken off".to_owned();
            Err(PrepareFailure {
                failure: Failure::Internal,
                message,
            })
        })
    }

    /// The package or long source of an offer, from the cache or the server.
    async fn package(&self, offer: &Offer) -> Result<Fetched, ApiError> {
        let folder = self.folder.join("packages");
        let target = folder.join(offer.robot.sha256.to_string());
        if !target.exists() {
            let file_error = |source| ApiError::File {
                path: folder.display().to_string(),
                source,
            };
            tokio::fs::create_dir_all(&folder)
                .await
                .map_err(file_error)?;
            let path = offer.robot.package_url.clone().unwrap_or_default();
            self.api
                .package(&path, offer.robot.sha256, &self.credential, &target)
                .await?;
        }
        let mut head = [0; 2];
        let is_zip = std::fs::File::open(&target)
            .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut head))
            .is_ok()
            && &head == b"PK";
        Ok(if is_zip {
            Fetched::Package(target)
        } else {
            Fetched::Source(target)
        })
    }

    async fn watch(
        self: &Arc<Self>,
        key: AttemptKey,
        workspace: Workspace,
        offsets: Offsets,
        mask: Mask,
        watching: CancellationToken,
    ) {
        let mut tail = Tail::new(workspace.clone(), offsets, mask);
        loop {
            if watching.is_cancelled() {
                return;
            }
            // The state first: what a supervisor wrote before it ended is then read whole.
            let looked = workspace.clone();
            let offset = self.clock_offset_ms.load(Ordering::Relaxed);
            let step = blocking(move || {
                let survey = runner::survey(&looked);
                let at_end = !matches!(survey, Ok(Survey::Alive) | Err(_));
                let server_time = |at: Timestamp| Timestamp::from_millis(at.as_millis() + offset);
                let read = tail.read(&server_time, at_end);
                (tail, survey, read)
            });
            let Some((back, survey, read)) = step.await else {
                return;
            };
            tail = back;
            let more = match read {
                Ok(read) => {
                    if !read.events.is_empty() {
                        let news = RobotNews::Events {
                            events: read.events.into_iter().map(EventText).collect(),
                            offsets: TailOffsets {
                                events: read.offsets.events,
                                stdout: read.offsets.stdout,
                                stderr: read.offsets.stderr,
                            },
                        };
                        self.tell(Input::Robot(key, news)).await;
                    }
                    read.more
                }
                Err(error) => {
                    tracing::error!(job = %key, %error, "what a robot says cannot be read");
                    false
                }
            };
            match survey {
                _ if more => {}
                Ok(Survey::Ended(outcome)) => {
                    return self
                        .tell(Input::Robot(key, RobotNews::Ended(outcome)))
                        .await;
                }
                Ok(Survey::Gone { .. } | Survey::Absent) => {
                    // A supervisor between its spawning and its lock looks like none.
                    let gone = workspace.clone();
                    let still = blocking(move || {
                        let there = || !matches!(runner::survey(&gone), Ok(Survey::Gone { .. }));
                        wait_until(there, Duration::from_secs(2));
                        let found = runner::survey(&gone);
                        if matches!(found, Ok(Survey::Gone { .. } | Survey::Absent)) {
                            runner::kill_leftovers(&gone);
                            return true;
                        }
                        false
                    });
                    if still.await == Some(true) {
                        return self.tell(Input::Robot(key, RobotNews::Died)).await;
                    }
                }
                Ok(Survey::Alive) | Err(_) => tokio::time::sleep(LOOK).await,
            }
        }
    }

    async fn upload(&self, key: AttemptKey, known: &[String]) {
        let workspace = self.folders.workspace(key);
        let files = blocking(move || runner::artifacts(&workspace))
            .await
            .unwrap_or_default();
        for file in files.into_iter().filter(|file| !known.contains(&file.name)) {
            let artifact = loop {
                match self
                    .api
                    .artifact(key, &file.name, &file.path, &self.credential)
                    .await
                {
                    Ok(stored) => {
                        break Artifact::Stored {
                            id: stored.id,
                            name: file.name.clone(),
                            size_bytes: stored.size_bytes,
                            media_type: stored.media_type,
                        };
                    }
                    Err(error) if error.is_passing() => tokio::time::sleep(UPLOAD_AGAIN).await,
                    Err(error) => {
                        break Artifact::Refused {
                            name: file.name.clone(),
                            message: chain(&error),
                        };
                    }
                }
            };
            self.tell(Input::Uploaded(key, artifact)).await;
        }
    }
}

/// What was fetched for an offer.
enum Fetched {
    Package(PathBuf),
    Source(PathBuf),
}

fn spec_of(key: AttemptKey, offer: &Offer) -> Result<Spec, PrepareFailure> {
    let mut parameters = Vec::new();
    for parameter in &offer.parameters {
        let kind: ParameterType = serde_json::from_value(serde_json::json!(parameter.r#type))
            .map_err(|_| PrepareFailure {
                failure: Failure::Environment,
                message: format!(
                    "this computer does not know parameters of type `{}`; update its agent",
                    parameter.r#type
                ),
            })?;
        let (name, value) = (parameter.name.clone(), parameter.value.clone());
        parameters.push(ParameterValue { name, kind, value });
    }
    Ok(Spec {
        key,
        robot_name: offer.robot.name.clone(),
        parameters,
        settings: Settings {
            timeout_ms: offer.settings.timeout_ms,
            stop_grace_ms: offer.settings.stop_grace_ms,
        },
    })
}

fn not_fetched(error: ApiError) -> PrepareFailure {
    let message = format!("the robot could not be fetched: {}", chain(&error));
    PrepareFailure {
        failure: Failure::Environment,
        message,
    }
}

fn disk(error: &std::io::Error) -> PrepareFailure {
    let message = format!("the workspace cannot be used: {error}");
    PrepareFailure {
        failure: Failure::Environment,
        message,
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Waits on a thread for blocking work until `done`, for `limit` at most.
#[expect(
    clippy::disallowed_methods,
    reason = "a thread for blocking work waits for a process"
)]
fn wait_until(done: impl Fn() -> bool, limit: Duration) {
    let step = Duration::from_millis(20);
    let mut waited = Duration::ZERO;
    while waited < limit && !done() {
        std::thread::sleep(step);
        waited += step;
    }
}

/// Work for a thread that may wait; nothing if it was broken off.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}
