//! The programs that must be there before anything is built, and where to get them.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::command;

/// The oldest Node that the page's tools run on.
const NODE: Version = Version(20, 19);
/// The oldest Python that Robot Framework and the environments of robots run on.
const PYTHON: Version = Version(3, 10);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32);

/// Whose absence is reported.
#[derive(Clone, Copy)]
pub(crate) enum Tool {
    Node,
    Npm,
    Python,
}

impl Tool {
    /// Why this tool cannot be used, in one sentence with what to do.
    fn problem(self) -> Option<String> {
        match self {
            Tool::Node => too_old(said("node", &["--version"]), NODE).map(|found| {
                format!(
                    "node {}.{} or newer builds the page and speaks for it in the demo; {found}. \
                     Get it from https://nodejs.org or your package manager",
                    NODE.0, NODE.1
                )
            }),
            Tool::Npm => {
                let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
                said(npm, &["--version"]).is_none().then(|| {
                    "npm fetches what the page is built with; it was not found. It comes with \
                     node (https://nodejs.org), on Debian in a package `npm` of its own"
                        .to_owned()
                })
            }
            Tool::Python => python_problem(),
        }
    }
}

/// Installs packages of Debian or Ubuntu where that may be done without asking; elsewhere it does
/// nothing, and the caller says what to install.
pub(crate) fn apt_install(packages: &[&str]) -> Result<()> {
    let is_root = said("id", &["-u"]).as_deref() == Some("0");
    if !is_root || !Path::new("/usr/bin/apt-get").is_file() {
        return Ok(());
    }
    eprintln!("Installing {} (apt-get) …", packages.join(", "));
    let apt = |arguments: &[&str]| {
        let mut apt = command::in_root("apt-get");
        apt.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        command::run(&mut apt, "apt-get")
    };
    apt(&["update", "-q"])?;
    let mut install = vec!["install", "-q", "-y", "--no-install-recommends"];
    install.extend(packages);
    apt(&install)
}

/// Stops with all that is missing at once, so that a person goes shopping only once.
pub(crate) fn require(tools: &[Tool]) -> Result<()> {
    let problems: Vec<String> = tools.iter().filter_map(|tool| tool.problem()).collect();
    match problems.as_slice() {
        [] => Ok(()),
        [one] => bail!("a tool is missing: {one}"),
        several => bail!(
            "{} tools are missing:\n  {}",
            several.len(),
            several.join("\n  ")
        ),
    }
}

fn python_problem() -> Option<String> {
    const ASK: &str = "import sys; print('Python %d.%d' % sys.version_info[:2])";
    const GET: &str = "Get it from https://python.org or your package manager";
    let names = if cfg!(windows) {
        ["python", "py"]
    } else {
        ["python3", "python"]
    };
    let found = names
        .into_iter()
        .find_map(|name| Some((name, said(name, &["-c", ASK])?)));
    let Some((name, version)) = found else {
        return Some(format!(
            "Python {}.{} or newer runs the robots; it was not found. {GET}",
            PYTHON.0, PYTHON.1
        ));
    };
    if let Some(found) = too_old(Some(version), PYTHON) {
        return Some(format!(
            "Python {}.{} or newer runs the robots; {found}. {GET}",
            PYTHON.0, PYTHON.1
        ));
    }
    said(name, &["-c", "import venv, ensurepip"])
        .is_none()
        .then(|| {
            "Python is there without its module `venv`, which makes the environments of robots. \
         On Debian and Ubuntu: apt install python3-venv"
                .to_owned()
        })
}

/// What a program writes to stdout when it ends well.
pub(crate) fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

fn too_old(said: Option<String>, wanted: Version) -> Option<String> {
    let Some(said) = said else {
        return Some("it was not found".to_owned());
    };
    match version(&said) {
        Some(found) if found >= wanted => None,
        Some(Version(major, minor)) => Some(format!("here is {major}.{minor}")),
        None => Some(format!("it says `{said}` for its version")),
    }
}

/// The first two numbers of a text such as `v20.19.1` or `Python 3.12`.
fn version(text: &str) -> Option<Version> {
    let digits = text.find(|letter: char| letter.is_ascii_digit())?;
    let mut numbers = text[digits..].split('.');
    let major = numbers.next()?.parse().ok()?;
    let minor: String = numbers
        .next()?
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    Some(Version(major, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_from_what_tools_say() {
        assert_eq!(version("v20.19.1"), Some(Version(20, 19)));
        assert_eq!(version("Python 3.12"), Some(Version(3, 12)));
        assert_eq!(version("nothing"), None);
    }

    #[test]
    fn an_old_or_absent_tool_is_a_problem_and_a_new_one_is_none() {
        assert_eq!(
            too_old(Some("v18.3.0".into()), NODE),
            Some("here is 18.3".into())
        );
        assert_eq!(too_old(None, NODE), Some("it was not found".into()));
        assert_eq!(too_old(Some("v22.1.0".into()), NODE), None);
    }
}
