//! Running a tool while somebody may ask for the end.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::clock;
use crate::process::{Exit, Group, end_tree, reap};

/// Who knows whether to go on.
pub(crate) trait Watcher {
    /// Whether somebody asked for the end.
    fn interrupted(&mut self) -> bool;
}

/// Somebody asked for the end.
#[derive(Debug)]
pub(crate) struct Interrupted;

/// What a tool printed.
pub(super) struct Output {
    pub(super) stdout: String,
}

/// Runs a tool to its end. The inner error is what it said when it failed.
pub(super) fn run(
    command: &mut Command,
    watcher: &mut (impl Watcher + ?Sized),
) -> Result<Result<Output, String>, Interrupted> {
    for name in python_variables() {
        command.env_remove(name);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let program = command.get_program().to_string_lossy().into_owned();
    let mut group = match Group::start(command) {
        Ok(group) => group,
        Err(error) => return Ok(Err(format!("`{program}` cannot be started: {error}"))),
    };
    let pid = group.id();
    let stdout = collect(group.stdout());
    let stderr = collect(group.stderr());
    let exit = loop {
        if let Some(exit) = reap(Some(pid)) {
            break exit;
        }
        if watcher.interrupted() {
            end_tree(
                std::process::id(),
                Some(&mut group),
                Duration::from_secs(20),
                || {
                    reap(None);
                },
            );
            return Err(Interrupted);
        }
        clock::pause(Duration::from_millis(10));
    };
    let limit = Duration::from_secs(5);
    let stdout = stdout.recv_timeout(limit).unwrap_or_default();
    let stderr = stderr.recv_timeout(limit).unwrap_or_default();
    Ok(match exit {
        Exit::Code(0) => Ok(Output { stdout }),
        exit => {
            let said = stderr.trim();
            Err(if said.is_empty() {
                format!("`{program}` failed ({exit:?})")
            } else {
                said.to_owned()
            })
        }
    })
}

fn collect(from: Option<impl Read + Send + 'static>) -> std::sync::mpsc::Receiver<String> {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut from) = from {
            // What was read before an error is still what it said.
            from.read_to_end(&mut bytes).ok();
        }
        tell.send(String::from_utf8_lossy(&bytes).into_owned()).ok();
    });
    told
}

/// Variables that would change the Python of a tool.
fn python_variables() -> impl Iterator<Item = std::ffi::OsString> {
    std::env::vars_os()
        .map(|(name, _)| name)
        .filter(|name| name.to_string_lossy().starts_with("PYTHON") || name == "VIRTUAL_ENV")
}
