//! Finding a Python, and the tool that builds environments.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::run::run;
use super::{NotReady, Steps};

/// The version of uv that is fetched when the computer has none.
const UV: &str = "uv==0.13.9";
/// The oldest Python that our listener and Robot Framework run on.
const OLDEST: (u32, u32) = (3, 10);

/// The first usable Python of this computer, as an absolute path, and its version.
pub(super) fn find_python(steps: &mut dyn Steps) -> Result<(PathBuf, String), NotReady> {
    let mut too_old = None;
    for name in ["python3", "python"] {
        let mut command = Command::new(name);
        command.args([
            "-c",
            "import sys; print(sys.executable); print('%d.%d.%d' % sys.version_info[:3])",
        ]);
        let Ok(output) = run(&mut command, steps)? else {
            continue;
        };
        let mut lines = output.stdout.lines();
        let (Some(path), Some(version)) = (lines.next(), lines.next()) else {
            continue;
        };
        if is_new_enough(version) {
            return Ok((PathBuf::from(path), version.to_owned()));
        }
        too_old = Some(version.to_owned());
    }
    Err(NotReady::Failed(match too_old {
        Some(version) => {
            format!(
                "Python {version} is too old; install Python {}.{} or newer",
                OLDEST.0, OLDEST.1
            )
        }
        None => format!(
            "Python was not found; install Python {}.{} or newer and start the job again",
            OLDEST.0, OLDEST.1
        ),
    }))
}

fn is_new_enough(version: &str) -> bool {
    let mut parts = version
        .split('.')
        .map_while(|part| part.parse::<u32>().ok());
    matches!((parts.next(), parts.next()), (Some(major), Some(minor)) if (major, minor) >= OLDEST)
}

/// uv: from the setting, the path, or our own folder, where it is put when it is missing.
pub(super) fn find_uv(
    root: &Path,
    python: &Path,
    steps: &mut dyn Steps,
) -> Result<PathBuf, NotReady> {
    if let Some(set) = std::env::var_os("ARKWRIGHT_UV").map(PathBuf::from) {
        return Ok(set);
    }
    let own = root.join("environments").join("uv").join("bin").join("uv");
    if own.exists() {
        return Ok(own);
    }
    if let Some(found) = on_path("uv") {
        return Ok(found);
    }
    steps.begin("Install the tool that prepares environments");
    match install_uv(root, python, steps) {
        Ok(()) => {
            steps.passed();
            Ok(own)
        }
        Err(NotReady::Failed(message)) => {
            steps.failed(&message);
            Err(NotReady::Failed(message))
        }
        Err(interrupted) => Err(interrupted),
    }
}

fn install_uv(root: &Path, python: &Path, steps: &mut dyn Steps) -> Result<(), NotReady> {
    let folder = root.join("environments");
    let _held = super::build::hold(&folder.join("uv.lock"), steps)?;
    let target = folder.join("uv");
    if target.join("bin").join("uv").exists() {
        return Ok(());
    }
    let mut venv = Command::new(python);
    venv.args(["-m", "venv", "--clear"]).arg(&target);
    run(&mut venv, steps)?.map_err(NotReady::Failed)?;
    let mut pip = Command::new(target.join("bin").join("python"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        UV,
    ]);
    let installed = run(&mut pip, steps)?;
    if let Err(message) = installed {
        // A half-made folder would be taken for a whole one.
        std::fs::remove_dir_all(&target).ok();
        return Err(NotReady::Failed(message));
    }
    Ok(())
}

fn on_path(name: &str) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|candidate| {
            candidate
                .metadata()
                .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
        })
}
