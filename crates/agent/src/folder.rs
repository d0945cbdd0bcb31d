//! The data folder of one agent: one process at a time, readable by its user only.
//!
//! ```text
//! DATA/agent.toml      what was asked at the first start, and who this computer became
//! DATA/key             the key of this computer
//! DATA/lock            held while the agent runs
//! DATA/status.json     what the running agent does, for `arkwright-agent status`
//! DATA/spool/          what is not yet delivered
//! DATA/aside/          what the server did not want, and what is damaged, for 30 days
//! DATA/workspaces/  DATA/environments/  DATA/packages/  DATA/uv-cache/
//! ```

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{AgentId, Ids, Label, Name, PairingId, UserId};
use nix::fcntl::{Flock, FlockArg};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::server_url::ServerUrl;

/// The data folder.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

/// The right to be the agent of a folder; it ends when this is dropped.
#[derive(Debug)]
pub struct Held {
    _lock: Flock<File>,
}

/// A data folder that cannot be used.
#[derive(Debug, Error)]
pub enum FolderError {
    /// The system names no place for application data.
    #[error("this system names no folder for application data; say where with `--data DIR`")]
    NoPlace,
    /// Something in it cannot be read or written.
    #[error("`{path}` cannot be {doing}")]
    Io {
        /// What.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// Another agent has it.
    #[error("another agent{} runs on the data folder `{path}`", pid.map(|pid| format!(" (process {pid})")).unwrap_or_default())]
    InUse {
        /// Which folder.
        path: PathBuf,
        /// Its process.
        pid: Option<u32>,
    },
    /// A file of ours that cannot be understood.
    #[error("`{path}` is damaged: {reason}")]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// What is kept of who this agent is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The server.
    pub server: ServerUrl,
    /// The user whose robots it runs.
    pub user_id: UserId,
    /// The name that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// The labels that were asked for.
    #[serde(default)]
    pub labels: Vec<Label>,
    /// The most attempts at once.
    #[serde(default = "one")]
    pub slots: u32,
    /// Somebody said that the unencrypted way to the server is safe.
    #[serde(default)]
    pub insecure_http: bool,
    /// The pairing that waits for an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pairing_id: Option<PairingId>,
    /// Who this computer became.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
}

fn one() -> u32 {
    1
}

/// The key of this computer: 256 random bits. Its `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct AgentKey([u8; 32]);

impl AgentKey {
    /// The key as it is sent.
    #[must_use]
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// The digest that the server keeps.
    #[must_use]
    pub fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.0))
    }
}

impl std::fmt::Debug for AgentKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AgentKey(…)")
    }
}

impl Folder {
    /// The folder at `path`, or the usual one.
    ///
    /// # Errors
    /// `NoPlace`.
    pub fn at(path: Option<PathBuf>) -> Result<Self, FolderError> {
        let usual = || {
            directories::ProjectDirs::from("", "", "arkwright-agent")
                .map(|dirs| dirs.data_dir().to_owned())
        };
        path.or_else(usual).map(Self).ok_or(FolderError::NoPlace)
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Something in it.
    #[must_use]
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Makes the folder, for its user only.
    ///
    /// # Errors
    /// `Io`.
    pub fn make(&self) -> Result<(), FolderError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700);
        for folder in [self.0.clone(), self.join("spool"), self.join("workspaces")] {
            builder
                .create(&folder)
                .map_err(|source| io_error(&folder, "made", source))?;
        }
        Ok(())
    }

    /// Becomes the one agent of this folder.
    ///
    /// # Errors
    /// `InUse`, or `Io`.
    pub fn hold(&self) -> Result<Held, FolderError> {
        let path = self.join("lock");
        let mut options = File::options();
        options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600);
        let mut file = options
            .open(&path)
            .map_err(|source| io_error(&path, "opened", source))?;
        let mut text = String::new();
        // What is written there only helps to name the other process.
        file.read_to_string(&mut text).ok();
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(mut lock) => {
                let write = || -> io::Result<()> {
                    lock.set_len(0)?;
                    lock.rewind()?;
                    writeln!(lock, "{}", std::process::id())
                };
                let mut write = write;
                write().map_err(|source| io_error(&path, "written", source))?;
                Ok(Held { _lock: lock })
            }
            Err((_, nix::errno::Errno::EWOULDBLOCK)) => Err(FolderError::InUse {
                path: self.0.clone(),
                pid: text.trim().parse().ok(),
            }),
            Err((_, errno)) => Err(io_error(&path, "locked", errno.into())),
        }
    }

    /// What is kept of who this agent is; nothing before the first start.
    ///
    /// # Errors
    /// `Io`, or `Damaged`.
    pub fn settings(&self) -> Result<Option<Settings>, FolderError> {
        let path = self.join("agent.toml");
        match fs::read_to_string(&path) {
            Ok(text) => match toml::from_str(&text) {
                Ok(settings) => Ok(Some(settings)),
                Err(error) => Err(FolderError::Damaged {
                    path,
                    reason: error.message().to_owned(),
                }),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(io_error(&path, "read", source)),
        }
    }

    /// Keeps who this agent is.
    ///
    /// # Errors
    /// `Io`.
    pub fn save(&self, settings: &Settings) -> Result<(), FolderError> {
        let path = self.join("agent.toml");
        let text = toml::to_string(settings).map_err(|error| FolderError::Damaged {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        write_whole(&path, text.as_bytes()).map_err(|source| io_error(&path, "written", source))
    }

    /// The key of this computer, made when there is none.
    ///
    /// # Errors
    /// `Io`, or `Damaged`.
    pub fn key(&self, ids: &dyn Ids) -> Result<AgentKey, FolderError> {
        match self.existing_key()? {
            Some(key) => Ok(key),
            None => self.new_key(ids),
        }
    }

    /// The key of this computer, if there is one.
    ///
    /// # Errors
    /// `Io`, or `Damaged`.
    pub fn existing_key(&self) -> Result<Option<AgentKey>, FolderError> {
        let path = self.join("key");
        match fs::read_to_string(&path) {
            Ok(text) => {
                let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok();
                match bytes.and_then(|bytes| bytes.try_into().ok()) {
                    Some(key) => Ok(Some(AgentKey(key))),
                    None => {
                        let reason = "it does not hold a key of 32 bytes".to_owned();
                        Err(FolderError::Damaged { path, reason })
                    }
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(io_error(&path, "read", source)),
        }
    }

    /// Makes another key: the old one names a pairing that was answered with no.
    ///
    /// # Errors
    /// `Io`.
    pub fn new_key(&self, ids: &dyn Ids) -> Result<AgentKey, FolderError> {
        let mut key = [0; 32];
        ids.fill_secret(&mut key);
        let key = AgentKey(key);
        let path = self.join("key");
        write_whole(&path, format!("{}\n", key.text()).as_bytes())
            .map_err(|source| io_error(&path, "written", source))?;
        Ok(key)
    }

    /// Forgets who this agent is.
    ///
    /// # Errors
    /// `Io`.
    pub fn forget(&self) -> Result<(), FolderError> {
        for name in ["agent.toml", "key", "status.json"] {
            let path = self.join(name);
            match fs::remove_file(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(source) => return Err(io_error(&path, "deleted", source)),
            }
        }
        Ok(())
    }
}

/// Writes a file so that a crash leaves the old or the new one, readable by its user only.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut options = File::options();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    match path.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

fn io_error(path: &Path, doing: &'static str, source: io::Error) -> FolderError {
    FolderError::Io {
        path: path.to_owned(),
        doing,
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::clock::SystemIds;

    fn folder() -> (tempfile::TempDir, Folder) {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::at(Some(root.path().join("agent"))).unwrap();
        folder.make().unwrap();
        (root, folder)
    }

    #[test]
    fn the_settings_are_read_back_as_they_were_saved() {
        let (_root, folder) = folder();
        assert_eq!(folder.settings().unwrap(), None);
        let settings = Settings {
            server: ServerUrl::parse("http://127.0.0.1:7777").unwrap(),
            user_id: "64f0c1000000000000009ab2".parse().unwrap(),
            name: Some(Name::parse("RECEPTION-PC").unwrap()),
            labels: vec![Label::parse("sap").unwrap()],
            slots: 2,
            insecure_http: false,
            pairing_id: None,
            agent_id: None,
        };
        folder.save(&settings).unwrap();
        assert_eq!(folder.settings().unwrap(), Some(settings));
    }

    #[test]
    fn the_key_is_made_once_and_only_its_user_can_read_it() {
        let (_root, folder) = folder();
        let key = folder.key(&SystemIds).unwrap();
        assert_eq!(folder.key(&SystemIds).unwrap(), key);
        let mode = fs::metadata(folder.join("key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_second_agent_is_refused_and_told_who_the_first_is() {
        let (_root, folder) = folder();
        let first = folder.hold().unwrap();
        let said = folder.hold().unwrap_err().to_string();
        assert!(
            said.contains(&format!("(process {})", std::process::id())),
            "{said}"
        );
        drop(first);
        folder.hold().unwrap();
    }

    #[test]
    fn a_damaged_file_is_named() {
        let (_root, folder) = folder();
        fs::write(folder.join("agent.toml"), "server = 7").unwrap();
        assert!(
            folder
                .settings()
                .unwrap_err()
                .to_string()
                .contains("agent.toml")
        );
    }
}
