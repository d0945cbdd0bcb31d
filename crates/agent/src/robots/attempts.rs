//! The attempts of this computer, and what the agent's mind wants done with them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use agent_core::{Input, Mode, Prepare, Robot, RobotNews, Start, TailOffsets};
use model::{AttemptKey, Failure};
use runner::{Folders, Mask, Offsets, Survey, Workspace};
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use super::blocking::{blocking, wait_until};
use crate::folder::Folder;
use crate::server_api::{Credential, ServerApi};

/// The hidden command under which this program is its own supervisor.
pub const SUPERVISE: &str = "supervise";

/// The robots.
pub struct Robots {
    shared: Arc<Shared>,
    attempts: BTreeMap<AttemptKey, Watched>,
}

pub(super) struct Shared {
    pub(super) folders: Folders,
    pub(super) folder: Folder,
    pub(super) program: PathBuf,
    pub(super) api: ServerApi,
    pub(super) credential: Credential,
    inbox: mpsc::Sender<Input>,
    pub(super) clock_offset_ms: AtomicI64,
    /// Held while a package is fetched.
    pub(super) fetching: Mutex<()>,
}

struct Watched {
    offsets: TailOffsets,
    /// Its start was given, or cannot be: only then it may be asked to end.
    start_given: CancellationToken,
    watching: CancellationToken,
    fetching: CancellationToken,
    uploading: CancellationToken,
}

/// An attempt of the spool whose workspace is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    /// Which.
    pub key: AttemptKey,
    /// Its start may have been given, and its end is not known.
    pub running: bool,
}

/// What is left of an attempt beside its spool.
#[derive(Debug, Clone, Copy)]
pub struct Left {
    /// Its supervisor.
    pub robot: Robot,
    /// Its robot was started, whatever the spool says.
    pub begun: bool,
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
            fetching: Mutex::new(()),
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

    /// What is left of these attempts beside the spool. Of those without a supervisor that lives,
    /// or has said how it ended, what still runs is ended.
    pub async fn survey(&self, found: &[Found]) -> BTreeMap<AttemptKey, Left> {
        let mut left = BTreeMap::new();
        for Found { key, running } in found.iter().copied() {
            let workspace = self.shared.folders.workspace(key);
            let begun = workspace.path().join("started").exists();
            let found = blocking(move || look(&workspace, running)).await;
            let robot = match found {
                Some(Ok(Survey::Alive | Survey::Ended(_))) => Robot::There,
                Some(Ok(Survey::Gone { .. } | Survey::Absent)) | None => Robot::Gone,
                Some(Err(error)) => {
                    tracing::error!(job = %key, %error, "a workspace cannot be looked into");
                    Robot::Gone
                }
            };
            left.insert(key, Left { robot, begun });
        }
        left
    }

    /// Clears what a crash left behind: workspaces of attempts that are no longer `held`, and in
    /// which no supervisor lives. One that lives is found by a later start.
    pub async fn clear_leftovers(&self, held: &[AttemptKey]) {
        let folder = self.shared.folder.join("workspaces");
        let keys = std::fs::read_dir(&folder).into_iter().flatten();
        let keys = keys.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        let left = keys.filter(|key| !held.contains(key));
        for key in left.collect::<Vec<AttemptKey>>() {
            let workspace = self.shared.folders.workspace(key);
            let cleared = blocking(move || match runner::survey(&workspace)? {
                Survey::Alive => Ok(()),
                Survey::Ended(_) | Survey::Gone { .. } | Survey::Absent => {
                    runner::clear(&workspace)
                }
            });
            if let Some(Err(error)) = cleared.await {
                tracing::warn!(job = %key, %error, "a workspace cannot be deleted");
            }
        }
    }

    /// An attempt that was found on the disk.
    pub fn known(&mut self, key: AttemptKey, offsets: TailOffsets) {
        let watched = Watched {
            offsets,
            start_given: CancellationToken::new(),
            watching: CancellationToken::new(),
            fetching: CancellationToken::new(),
            uploading: CancellationToken::new(),
        };
        self.attempts.insert(key, watched);
    }

    /// Makes a workspace and its supervisor.
    pub fn prepare(&mut self, prepare: Prepare) {
        let Prepare { key, offer } = prepare;
        self.known(key, TailOffsets::default());
        let watched = self.attempts.get(&key);
        let fetching = watched.map(|watched| watched.fetching.clone());
        let fetching = fetching.unwrap_or_default();
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            let fetched = tokio::select! {
                biased;
                // The attempt is forgotten: nobody waits for it any more.
                () = fetching.cancelled() => return,
                fetched = shared.fetch(&offer) => fetched,
            };
            let result = match fetched {
                Ok(package) => shared.prepare(key, offer, package).await,
                Err(failure) => Err(failure),
            };
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
        let watched = self.attempts.get(&key);
        let start_given = watched.map(|watched| watched.start_given.clone());
        tokio::spawn(async move {
            let given = workspace.clone();
            let started = blocking(move || runner::give_start(&given, &secrets)).await;
            if let Some(start_given) = start_given {
                start_given.cancel();
            }
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
        watched.start_given.cancel();
        let watching = self.watching(key);
        tokio::spawn(async move {
            // Its secrets are gone with the process that was given them; the listener and the
            // supervisor have hidden them before anything reached the disk.
            shared
                .watch(key, workspace, offsets, Mask::default(), watching)
                .await;
        });
    }

    /// Asks for the end of an attempt, behind its start: a supervisor that is asked before it is
    /// given its start ends without saying how.
    pub fn control(&self, key: AttemptKey, mode: Mode) {
        let workspace = self.shared.folders.workspace(key);
        let Some(watched) = self.attempts.get(&key) else {
            return;
        };
        let start_given = watched.start_given.clone();
        tokio::spawn(async move {
            start_given.cancelled().await;
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
            watched.start_given.cancel();
            watched.watching.cancel();
            watched.fetching.cancel();
            watched.uploading.cancel();
        }
    }
}

impl Shared {
    pub(super) async fn tell(&self, input: Input) {
        // The program ends when its inbox is gone.
        self.inbox.send(input).await.ok();
    }
}

/// What is found in a workspace after a restart. A start that had not been given when the last
/// process ended never will be, so nobody waits for the supervisor that waits for it.
fn look(workspace: &Workspace, running: bool) -> std::io::Result<Survey> {
    let found = runner::survey(workspace)?;
    if found == Survey::Alive && running && runner::give_up_unstarted(workspace)? {
        return runner::survey(workspace);
    }
    if matches!(found, Survey::Gone { .. }) {
        runner::kill_leftovers(workspace);
    }
    Ok(found)
}

/// An error with its causes.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
