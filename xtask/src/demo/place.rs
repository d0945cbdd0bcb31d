//! The folders and the address of one demo, and what it remembers from the last time.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::repository::{self, Profile};

/// The folder that the interactive demo uses again and again.
pub(super) fn reused() -> PathBuf {
    repository::target().join("demo")
}

/// Where one demo lives.
pub(crate) struct Place {
    folder: PathBuf,
    port: u16,
    profile: Profile,
}

/// What was done in this folder before; absent in a new one.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Memory {
    /// The owner account was made.
    pub(super) has_account: bool,
    /// Digest of each sample robot as it was last added, by name.
    pub(super) samples: BTreeMap<String, String>,
}

impl Place {
    /// Makes the folder, and makes sure that the port is free.
    pub(crate) fn new(folder: PathBuf, port: u16, profile: Profile) -> Result<Self> {
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("making the folder `{}`", folder.display()))?;
        if let Err(error) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            if error.kind() == std::io::ErrorKind::AddrInUse {
                bail!(
                    "port {port} is taken, perhaps by another demo\n\
                     hint: stop what uses it, or choose another: `cargo xtask demo --port {}`",
                    port.saturating_add(1)
                );
            }
            bail!("port {port} cannot be used: {error}");
        }
        let folder = folder.canonicalize().unwrap_or(folder);
        Ok(Self {
            folder,
            port,
            profile,
        })
    }

    pub(super) fn folder(&self) -> &PathBuf {
        &self.folder
    }

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        repository::binary(name, self.profile)
    }

    pub(super) fn listen(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(super) fn server_data(&self) -> PathBuf {
        self.folder.join("server")
    }

    /// An agent keeps the address of its server, so each port has an agent of its own.
    pub(super) fn agent_data(&self) -> PathBuf {
        match self.port {
            0 | super::PORT => self.folder.join("agent"),
            port => self.folder.join(format!("agent-{port}")),
        }
    }

    /// Where the agent keeps what it works on, a folder for each attempt.
    pub(crate) fn workspaces(&self) -> PathBuf {
        self.agent_data().join("workspaces")
    }

    pub(super) fn packages(&self) -> PathBuf {
        self.folder.join("samples")
    }

    pub(super) fn memory(&self) -> Memory {
        std::fs::read_to_string(self.memory_file())
            .ok()
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default()
    }

    pub(super) fn remember(&self, memory: &Memory) -> Result<()> {
        let path = self.memory_file();
        std::fs::write(&path, serde_json::to_string_pretty(memory)?)
            .with_context(|| format!("writing `{}`", path.display()))
    }

    fn memory_file(&self) -> PathBuf {
        self.folder.join("demo.json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_told_with_another_to_try() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let port = taken.local_addr().expect("it is bound").port();
        let folder = tempfile::tempdir().expect("a folder");
        let told = match Place::new(folder.path().to_path_buf(), port, Profile::Development) {
            Ok(_) => panic!("the port was taken"),
            Err(error) => error.to_string(),
        };
        assert!(told.contains(&format!("port {port} is taken")), "{told}");
        assert!(told.contains("--port"), "{told}");
    }

    #[test]
    fn each_port_has_an_agent_of_its_own_and_a_memory_that_lasts() {
        let folder = tempfile::tempdir().expect("a folder");
        let place =
            Place::new(folder.path().to_path_buf(), 0, Profile::Development).expect("a free port");
        assert!(place.agent_data().ends_with("agent"));
        let samples = BTreeMap::from([("Hello".to_owned(), "1".to_owned())]);
        place
            .remember(&Memory {
                has_account: true,
                samples,
            })
            .expect("it is written");
        assert!(place.memory().has_account);
        assert_eq!(place.memory().samples["Hello"], "1");
    }
}
