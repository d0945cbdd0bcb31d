//! Robot Framework's own parser, asked about many sources at once.
//!
//! It is installed by pip into `target/oracle` when it is not there yet.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::Value;

const ROBOT_FRAMEWORK: &str = "robotframework==7.5";

/// What Robot Framework says about one source.
#[derive(Debug, Deserialize)]
pub(crate) struct Verdict {
    pub(crate) tasks: Vec<String>,
    pub(crate) variables: Vec<VerdictVariable>,
    /// Lines of headers of sections that do not exist.
    pub(crate) headers: Vec<u32>,
    /// Lines of settings that do not exist.
    pub(crate) settings: Vec<u32>,
    /// Lines of blocks and words that are out of order, or of empty blocks.
    /// Nothing where Robot Framework itself takes a statement for a comment.
    pub(crate) structure: Option<Vec<u32>>,
}

/// One statement of a `*** Variables ***` section.
#[derive(Debug, Deserialize)]
pub(crate) struct VerdictVariable {
    pub(crate) line: u32,
    /// `$`, `@`, `&`, or empty when the name is invalid.
    pub(crate) sign: String,
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) written_type: Option<String>,
    /// Whether its name and its type are valid.
    pub(crate) valid: bool,
    /// Its value without regard to the type.
    pub(crate) raw: Resolved,
    /// Its value, converted to its type.
    pub(crate) typed: Resolved,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Resolved {
    pub(crate) ok: bool,
    #[serde(default)]
    pub(crate) value: Value,
}

/// Asks about each of `sources`, in order.
pub(crate) fn ask(sources: &[String]) -> Vec<Verdict> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/oracle.py");
    let mut child = Command::new(python())
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let question = serde_json::to_vec(sources).unwrap();
    // It answers only when it has read everything, so that this cannot block.
    input.write_all(&question).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "the oracle failed: {}",
        output.status
    );
    let verdicts: Vec<Verdict> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(verdicts.len(), sources.len());
    verdicts
}

/// The Python that has Robot Framework, installed first if need be.
fn python() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../oracle");
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let environment = folder.join("venv");
    let python = if cfg!(windows) {
        environment.join("Scripts/python.exe")
    } else {
        environment.join("bin/python")
    };
    let ready = folder.join("ready");
    if fs::read_to_string(&ready).is_ok_and(|installed| installed == ROBOT_FRAMEWORK) {
        return python;
    }
    let system = if cfg!(windows) { "python" } else { "python3" };
    run(Command::new(system).arg("-m").arg("venv").arg(&environment));
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", ROBOT_FRAMEWORK]));
    fs::write(ready, ROBOT_FRAMEWORK).unwrap();
    python
}

fn run(command: &mut Command) {
    let status = command.status().unwrap();
    assert!(status.success(), "{command:?} failed: {status}");
}
