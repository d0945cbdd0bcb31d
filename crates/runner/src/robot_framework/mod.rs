//! Robot Framework, unmodified: how it is started, what it declares, what its run tells.

mod declared;
mod watch;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::{fs, io};

pub(crate) use declared::{declared_types, normalised};
pub(crate) use watch::observe;

/// The version that runs robots which do not ask for another.
pub(crate) const PINNED: &str = "robotframework==7.5";

const LISTENER: &str = include_str!("arkwright_listener.py");
const PARAMETERS: &str = include_str!("arkwright_params.py");

/// Writes our listener and our variable file.
pub(crate) fn write_support(folder: &Path) -> io::Result<()> {
    fs::write(folder.join("arkwright_listener.py"), LISTENER)?;
    fs::write(folder.join("arkwright_params.py"), PARAMETERS)
}

/// The arguments behind `python`.
pub(crate) fn arguments(workspace: &Path, main: &str, name: &str) -> Vec<OsString> {
    let support = workspace.join("support");
    let output = workspace.join("output");
    let robot = workspace.join("robot");
    let mut arguments: Vec<OsString> = vec!["-m".into(), "robot".into(), "--exitonerror".into()];
    let mut option = |option: &str, value: OsString| {
        arguments.push(option.into());
        arguments.push(value);
    };
    option("--console", "quiet".into());
    option("--listener", support.join("arkwright_listener.py").into());
    option("--variablefile", support.join("arkwright_params.py").into());
    option("--outputdir", output.into());
    option("--pythonpath", robot.clone().into());
    option("--name", name.into());
    arguments.push("--".into());
    arguments.push(robot.join(main).into());
    arguments
}

/// The environment of the robot's process: ours without what would change its Python.
pub(crate) fn variables(workspace: &Path, python: &Path) -> BTreeMap<OsString, OsString> {
    let mut variables: BTreeMap<OsString, OsString> = std::env::vars_os()
        .filter(|(name, _)| {
            let name = name.to_string_lossy();
            !name.starts_with("PYTHON")
                && !name.starts_with("ARKWRIGHT_")
                && !name.starts_with("UV_")
                && !name.starts_with("ROBOT_")
        })
        .collect();
    let bin = python.parent().map(Path::to_owned).unwrap_or_default();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(bin.clone()).chain(std::env::split_paths(&path));
    if let Ok(joined) = std::env::join_paths(paths) {
        variables.insert("PATH".into(), joined);
    }
    if let Some(environment) = bin.parent() {
        variables.insert("VIRTUAL_ENV".into(), environment.into());
    }
    variables.insert("PYTHONUNBUFFERED".into(), "1".into());
    variables.insert("PYTHONUTF8".into(), "1".into());
    variables.insert("ARKWRIGHT_WORKSPACE".into(), workspace.into());
    variables
}
