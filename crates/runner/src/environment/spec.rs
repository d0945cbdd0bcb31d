//! What an environment is for, and which one serves it.

use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::robot_framework;
use crate::workspace::write_by_rename;

/// Raised when environments are built otherwise: old ones are then not used.
const LAYOUT: u32 = 1;

/// What a robot needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spec {
    /// Its requirements, one each, Robot Framework among them.
    pub(crate) requirements: Vec<String>,
    /// Which Python.
    pub(crate) requires_python: Option<String>,
}

/// The environment that serves a spec.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remembered {
    /// The environment's key.
    pub(crate) key: String,
    /// What was resolved.
    pub(crate) lock: String,
    /// The Python that it was resolved for.
    pub(crate) python: String,
}

impl Spec {
    pub(crate) fn of(requirements: &[String], requires_python: Option<&str>) -> Self {
        let mut requirements = requirements.to_vec();
        if !requirements.iter().any(|line| names_robot_framework(line)) {
            requirements.push(robot_framework::PINNED.to_owned());
        }
        requirements.sort();
        requirements.dedup();
        Self {
            requirements,
            requires_python: requires_python.map(str::to_owned),
        }
    }

    /// The name under which it is remembered.
    pub(crate) fn name(&self) -> String {
        let mut digest = Sha256::new();
        for line in &self.requirements {
            digest.update(line.as_bytes());
            digest.update(b"\n");
        }
        digest.update(self.requires_python.as_deref().unwrap_or_default());
        digest.update(format!(
            "\n{LAYOUT} {} {}",
            std::env::consts::OS,
            std::env::consts::ARCH
        ));
        short(&digest.finalize())
    }
}

impl Remembered {
    pub(crate) fn read(environments: &Path, spec: &Spec) -> Option<Self> {
        let path = environments
            .join("specs")
            .join(format!("{}.json", spec.name()));
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }

    pub(crate) fn write(&self, environments: &Path, spec: &Spec) -> std::io::Result<()> {
        let folder = environments.join("specs");
        std::fs::create_dir_all(&folder)?;
        let json = serde_json::to_vec_pretty(self).map_err(std::io::Error::other)?;
        write_by_rename(&folder.join(format!("{}.json", spec.name())), &json)
    }
}

/// The key of the environment of a lock.
pub(crate) fn key(lock: &str, python: &str) -> String {
    let mut digest = Sha256::new();
    // Comments say how it was resolved, not what.
    for line in lock
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
    {
        digest.update(line.trim_end().as_bytes());
        digest.update(b"\n");
    }
    digest.update(python.as_bytes());
    digest.update(format!(
        "\n{LAYOUT} {} {}",
        std::env::consts::OS,
        std::env::consts::ARCH
    ));
    short(&digest.finalize())
}

fn short(digest: &[u8]) -> String {
    digest
        .iter()
        .take(12)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn names_robot_framework(line: &str) -> bool {
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c)));
    let name = line[..end.unwrap_or(line.len())]
        .to_lowercase()
        .replace(['.', '_'], "-");
    name == "robotframework"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn robot_framework_is_added_when_it_is_not_named() {
        let plain = Spec::of(&["openpyxl==3.1.5".into()], None);
        assert!(
            plain
                .requirements
                .contains(&robot_framework::PINNED.to_owned())
        );
        let own = Spec::of(&["RobotFramework>=7.4".into()], None);
        assert_eq!(own.requirements, ["RobotFramework>=7.4"]);
        let other = Spec::of(&["robotframework-seleniumlibrary".into()], None);
        assert_eq!(other.requirements.len(), 2);
    }

    #[test]
    fn the_key_is_that_of_what_was_resolved() {
        let key = |lock| key(lock, "3.12.1");
        assert_eq!(key("# by uv\na==1\n"), key("a==1\n"));
        assert_ne!(key("a==1\n"), key("a==2\n"));
    }
}
