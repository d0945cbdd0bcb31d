//! What the agent tells of the computer that it runs on, and what it looks at there.

use std::path::Path;
use std::process::Stdio;

use model::Check;

/// The computer's own name.
#[must_use]
pub fn host() -> String {
    let name = nix::unistd::gethostname()
        .ok()
        .and_then(|name| name.into_string().ok());
    name.filter(|name| !name.is_empty())
        .unwrap_or_else(|| "computer".to_owned())
}

/// The operating system, as the wire names it.
#[must_use]
pub fn operating_system() -> &'static str {
    std::env::consts::OS
}

/// Who is signed in.
#[must_use]
pub fn user() -> String {
    let user = nix::unistd::User::from_uid(nix::unistd::Uid::effective())
        .ok()
        .flatten();
    user.map_or_else(|| "unknown".to_owned(), |user| user.name)
}

/// The program's version.
#[must_use]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Looks at what robots need: Python, the tool that builds environments, disk.
pub async fn checks(folder: &Path) -> Vec<Check> {
    let (python, environments) = tokio::join!(python(), environments(folder));
    vec![python, environments, disk(folder)]
}

async fn python() -> Check {
    for name in ["python3", "python"] {
        let Some(said) = output_of(name, &["--version"]).await else {
            continue;
        };
        let version = said.trim().trim_start_matches("Python ").to_owned();
        let ok = is_new_enough(&version);
        let text = if ok {
            format!("Python {version}")
        } else {
            format!("Python {version} is too old; 3.10 or newer is needed")
        };
        return Check {
            code: "python".to_owned(),
            ok,
            text,
        };
    }
    let text = "Python was not found; install Python 3.10 or newer".to_owned();
    Check {
        code: "python".to_owned(),
        ok: false,
        text,
    }
}

fn is_new_enough(version: &str) -> bool {
    let mut parts = version
        .split('.')
        .map_while(|part| part.parse::<u32>().ok());
    matches!((parts.next(), parts.next()), (Some(3), Some(minor)) if minor >= 10)
}

async fn environments(folder: &Path) -> Check {
    let own = folder.join("environments");
    let ready = own.is_dir();
    let (ok, text) = match output_of("uv", &["--version"]).await {
        Some(said) => (true, said.trim().to_owned()),
        None if ready => (true, "environments ready".to_owned()),
        None => (
            true,
            "environments are made with the first robot".to_owned(),
        ),
    };
    Check {
        code: "environments".to_owned(),
        ok,
        text,
    }
}

fn disk(folder: &Path) -> Check {
    const GIB: u64 = 1024 * 1024 * 1024;
    let code = "disk".to_owned();
    match nix::sys::statvfs::statvfs(folder) {
        Ok(stat) => {
            #[cfg_attr(
                target_os = "linux",
                expect(clippy::useless_conversion, reason = "macOS counts blocks in 32 bits")
            )]
            let free = u64::from(stat.blocks_available()) * u64::from(stat.fragment_size());
            let ok = free >= GIB;
            let shown = if free >= 10 * GIB {
                format!("{} GB free", free / GIB)
            } else {
                format!("{} MB free", free / (1024 * 1024))
            };
            Check {
                code,
                ok,
                text: shown,
            }
        }
        Err(errno) => Check {
            code,
            ok: false,
            text: format!("the disk cannot be asked: {errno}"),
        },
    }
}

async fn output_of(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = tokio::process::Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let limit = std::time::Duration::from_secs(10);
    let output = tokio::time::timeout(limit, command.output())
        .await
        .ok()?
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_pythons_are_too_old() {
        assert!(is_new_enough("3.10.0") && is_new_enough("3.14.0rc1"));
        assert!(!is_new_enough("3.9.18") && !is_new_enough("2.7.18") && !is_new_enough(""));
    }
}
