//! Builds the page: npm packages when their lock changed, then messages, bundle and compression.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::{command, repository, tools};

/// Builds the page into `web/dist` if it is not that of the present sources.
pub(crate) fn build() -> Result<()> {
    tools::require(&[tools::Tool::Node, tools::Tool::Npm])?;
    packages()?;
    let stamp = stamp();
    let sources = digest_of_sources()?;
    let dist = folder().join("dist");
    let built = std::fs::read_to_string(&stamp).unwrap_or_default();
    if built == sources && dist.join("index.html").is_file() {
        eprintln!("The page is built already.");
        return Ok(());
    }
    eprintln!("Building the page …");
    command::run(
        command::npm().args(["run", "--silent", "build"]),
        "building the page",
    )?;
    // The build may write generated sources, so the digest is that of afterwards.
    write(&stamp, &digest_of_sources()?)
}

/// Lets the next [`build`] build, whatever lies in `web/dist`.
pub(crate) fn forget_build() -> Result<()> {
    match std::fs::remove_file(stamp()) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Names the sources that the built page was made of.
fn stamp() -> PathBuf {
    repository::target().join("xtask").join("page-built-from")
}

/// `npm ci`, when what is installed is not what the lock names.
pub(crate) fn packages() -> Result<()> {
    let lock = repository::read(&folder().join("package-lock.json"))?;
    let stamp = folder().join("node_modules").join(".installed-lock.json");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    eprintln!("Fetching the packages that the page is built with (npm ci) …");
    let mut npm = command::npm();
    npm.args(["ci", "--no-audit", "--no-fund", "--no-progress"]);
    if let Err(said) = command::run_and_keep(&mut npm)? {
        bail!("{}", explain_npm(&said));
    }
    write(&stamp, &lock)
}

fn folder() -> PathBuf {
    repository::root().join("web")
}

fn explain_npm(said: &str) -> String {
    const NETWORK: [&str; 6] = [
        "ENOTFOUND",
        "EAI_AGAIN",
        "ETIMEDOUT",
        "ECONNREFUSED",
        "ECONNRESET",
        "ENETUNREACH",
    ];
    if NETWORK.iter().any(|code| said.contains(code)) {
        "npm could not reach its registry: this computer needs the network once, for about 100 \
         packages\nhint: behind a proxy, set `npm config set https-proxy http://…` or a registry \
         of your own"
            .to_owned()
    } else if said.contains("ENOSPC") {
        "npm could not install the page's packages: the disk is full".to_owned()
    } else {
        "npm could not install the page's packages; what it said stands above".to_owned()
    }
}

/// One number for all that the page is made of.
fn digest_of_sources() -> Result<String> {
    let mut digest = DefaultHasher::new();
    for path in repository::files(&folder())? {
        repository::shown(&path).hash(&mut digest);
        std::fs::read(&path)
            .with_context(|| format!("reading `{}`", repository::shown(&path)))?
            .hash(&mut digest);
    }
    Ok(format!("{:016x}", digest.finish()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text).with_context(|| format!("writing `{}`", repository::shown(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_network_is_told_from_other_failures_of_npm() {
        let offline = explain_npm("npm error code EAI_AGAIN\nnpm error syscall getaddrinfo");
        assert!(
            offline.contains("could not reach its registry"),
            "{offline}"
        );
        let other = explain_npm("npm error code EINTEGRITY");
        assert!(other.contains("stands above"), "{other}");
    }
}
