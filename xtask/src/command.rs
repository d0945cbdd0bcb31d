//! Running other programs, and saying in one sentence what went wrong with them.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::JoinHandle;

use anyhow::{Context, Result, bail};

/// How many lines of a failed program's output are kept for its error message.
const KEPT_LINES: usize = 200;

/// A command that starts in the root of the repository.
pub(crate) fn in_root(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(crate::repository::root());
    command
}

/// The cargo that runs us.
pub(crate) fn cargo() -> Command {
    in_root(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// npm in the folder of the page.
pub(crate) fn npm() -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(crate::repository::root().join("web"));
    command
}

/// Runs a command with our terminal; a failure names `what` was done.
pub(crate) fn run(command: &mut Command, what: &str) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("starting {}", program(command)))?;
    if !status.success() {
        bail!("{what} failed ({status})");
    }
    Ok(())
}

/// Runs a command and gives what it wrote to stdout; what it wrote to stderr stands in the error.
pub(crate) fn output(command: &mut Command, what: &str) -> Result<String> {
    output_with_input(command, "", what)
}

/// As [`output`], with a text for its stdin.
pub(crate) fn output_with_input(command: &mut Command, input: &str, what: &str) -> Result<String> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {}", program(command)))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that has already ended says why on its stderr; a broken pipe adds nothing.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{what} failed: {}", said.trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{what} answered no text"))
}

/// Runs a command whose output is shown as it comes, and gives the end of that output when the
/// command fails, so that the caller can explain it.
pub(crate) fn run_and_keep(command: &mut Command) -> Result<std::result::Result<(), String>> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {}", program(command)))?;
    let readers = [
        child.stdout.take().map(show_and_keep),
        child.stderr.take().map(show_and_keep),
    ];
    let status = child.wait()?;
    let mut said = String::new();
    for reader in readers.into_iter().flatten() {
        for line in reader.join().unwrap_or_default() {
            said.push_str(&line);
            said.push('\n');
        }
    }
    Ok(if status.success() { Ok(()) } else { Err(said) })
}

fn show_and_keep(pipe: impl Read + Send + 'static) -> JoinHandle<VecDeque<String>> {
    std::thread::spawn(move || {
        let mut kept = VecDeque::new();
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            eprintln!("  {line}");
            if kept.len() == KEPT_LINES {
                kept.pop_front();
            }
            kept.push_back(line);
        }
        kept
    })
}

fn program(command: &Command) -> String {
    format!("`{}`", Path::new(command.get_program()).display())
}
