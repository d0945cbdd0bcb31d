//! Measures what telling every step costs: one robot of many empty keywords, run as an attempt and
//! run by Robot Framework alone, in the same environment.
//!
//! `cargo run -p arkwright-runner --example listener_overhead -- DATA_FOLDER [KEYWORDS]`
//!
//! `DATA_FOLDER` keeps the environment for the next time. Times are of this computer at this
//! moment: compare the two of one run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use model::{AttemptKey, JobId, ObjectId};
use runner::{Folders, Mask, Offsets, RobotSource, Settings, Spec, Survey, Tail};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let first = arguments
        .next()
        .context("usage: listener_overhead DATA_FOLDER [KEYWORDS]")?;
    if first == "supervise" {
        let workspace = arguments.next().context("no workspace")?;
        return Ok(runner::run_supervisor(Path::new(&workspace))?);
    }
    let keywords = arguments.next().map_or(Ok(20_000), |text| text.parse())?;
    measure(std::path::absolute(PathBuf::from(first))?, keywords)
}

fn measure(data: PathBuf, keywords: u32) -> anyhow::Result<()> {
    let robot = format!(
        "*** Tasks ***\nMany\n    FOR    ${{i}}    IN RANGE    {keywords}\n        \
         No Operation\n    END\n"
    );
    let key = AttemptKey {
        job: JobId(ObjectId::from_bytes([1; 12])),
        attempt: 1,
    };
    let folders = Folders::new(data.clone());
    let workspace = folders.workspace(key);
    runner::clear(&workspace)?;
    let spec = Spec {
        key,
        robot_name: "Many".to_owned(),
        parameters: Vec::new(),
        settings: Settings {
            timeout_ms: None,
            stop_grace_ms: 10_000,
        },
    };
    runner::prepare(&folders, &spec, RobotSource::File(&robot))?;
    runner::spawn_supervisor(&std::env::current_exe()?, &["supervise"], &workspace)?;
    wait(|| Ok(matches!(runner::survey(&workspace)?, Survey::Alive)))?;
    runner::give_start(&workspace, &[])?;
    let mut tail = Tail::new(workspace.clone(), Offsets::default(), Mask::default());
    let (mut events, mut bytes) = (0, 0);
    let outcome = loop {
        let survey = runner::survey(&workspace)?;
        let read = tail.read(&|at| at, !matches!(survey, Survey::Alive))?;
        events += read.events.len();
        bytes += read.events.iter().map(String::len).sum::<usize>();
        match survey {
            _ if read.more => {}
            Survey::Alive => pause(),
            Survey::Ended(outcome) => break outcome,
            other => bail!("the attempt was lost: {other:?}"),
        }
    };
    let with = Duration::from_millis(outcome.ran_ms.unwrap_or(0));
    let without = alone(&data, &workspace.join("robot"))?;
    println!(
        "{keywords} keywords, {events} events, {bytes} bytes: {:?}",
        outcome.ending
    );
    println!("as an attempt       {with:?}");
    println!("Robot Framework     {without:?}");
    println!(
        "ratio               {:.2}",
        with.as_secs_f64() / without.as_secs_f64()
    );
    Ok(runner::clear(&workspace)?)
}

/// How long the same robot takes without us.
fn alone(data: &Path, robot: &Path) -> anyhow::Result<Duration> {
    let environments = std::fs::read_dir(data.join("environments"))?;
    let ready = environments
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.join("ready").exists())
        .context("no environment")?;
    let begun = now();
    let status = Command::new(ready.join("bin/python"))
        .args([
            "-m",
            "robot",
            "--console",
            "quiet",
            "--outputdir",
            "../alone",
            "main.robot",
        ])
        .current_dir(robot)
        .stdin(Stdio::null())
        .status()?;
    if !status.success() {
        bail!("Robot Framework failed: {status}");
    }
    Ok(now().duration_since(begun))
}

fn wait(mut holds: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    for _ in 0..1_000 {
        if holds()? {
            return Ok(());
        }
        pause();
    }
    bail!("waited too long")
}

#[expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
fn now() -> Instant {
    Instant::now()
}

#[expect(
    clippy::disallowed_methods,
    reason = "waiting for a process has no other means here"
)]
fn pause() {
    std::thread::sleep(Duration::from_millis(10));
}
