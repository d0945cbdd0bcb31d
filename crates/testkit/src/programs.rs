//! The two programs, built once for each run of the tests.

use std::fs::{self, File};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use nix::fcntl::{Flock, FlockArg};

/// Says that the programs are built already, so that no test asks cargo.
const ALREADY_BUILT: &str = "ARKWRIGHT_TESTKIT_BUILT";

/// The folder in which cargo puts programs: that of this test or program, without `deps`.
pub(crate) fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let test = std::env::current_exe().expect("a test knows where it is");
        let folder = test.parent().expect("a program lies in a folder");
        let folder = match folder.file_name() {
            // Tests lie one deeper than the programs that they start.
            Some(name) if name == "deps" => folder.parent().expect("`deps` lies in a folder"),
            _ => folder,
        };
        build(folder);
        folder.to_owned()
    })
}

/// What all tests share: the environment of Robot Framework, and the folders of the tests.
pub(crate) fn cache() -> PathBuf {
    let target = folder()
        .parent()
        .expect("a profile lies in the target folder");
    target.join("e2e-cache")
}

/// Builds the programs, unless another test of the same run has done so.
fn build(folder: &Path) {
    if std::env::var_os(ALREADY_BUILT).is_some() {
        return;
    }
    let cache = folder.with_file_name("e2e-cache");
    fs::create_dir_all(&cache).expect("the target folder can be written");
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    let file = options
        .open(cache.join("built-by"))
        .expect("a lock can be made");
    let mut built_by = Flock::lock(file, FlockArg::LockExclusive)
        .map_err(|(_, error)| error)
        .expect("a lock can be waited for");
    let run = std::env::var("NEXTEST_RUN_ID").unwrap_or_default();
    let mut last = String::new();
    built_by
        .read_to_string(&mut last)
        .expect("the lock can be read");
    if !run.is_empty() && last == run {
        return;
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--locked", "--bins"]);
    command.args([
        "--package",
        "arkwright-server",
        "--package",
        "arkwright-agent",
    ]);
    if folder.ends_with("release") {
        command.arg("--release");
    }
    let built = command.status().expect("cargo can be started");
    assert!(
        built.success(),
        "the programs cannot be built; see `cargo build`"
    );
    built_by.set_len(0).expect("the lock can be written");
    built_by.rewind().expect("the lock can be written");
    built_by
        .write_all(run.as_bytes())
        .expect("the lock can be written");
}
