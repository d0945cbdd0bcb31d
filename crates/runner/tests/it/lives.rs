//! What an attempt survives, and that it starts once.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use model::{Ending, Failure};
use runner::{Mode, RobotSource, Survey};

use crate::harness::{Attempt, failure, lives, until};

#[test]
fn a_second_supervisor_starts_nothing() {
    let attempt = Attempt::at("One\n    Say    ready\n    Nap    1\n");
    attempt.start_until("ready");
    assert!(!second(&attempt), "beside a living one");
    assert_eq!(attempt.end().ending, Ending::Success);
    assert!(!second(&attempt), "after the end");
    fs::remove_file(attempt.workspace.join("exit.json")).unwrap();
    assert!(!second(&attempt), "after a start");
    assert_eq!(attempt.read("output/ready"), "1\n");
}

/// Runs another supervisor to its end, and whether it was content.
fn second(attempt: &Attempt) -> bool {
    let program = Path::new(env!("CARGO_BIN_EXE_arkwright-supervise"));
    Command::new(program)
        .arg(attempt.workspace.path())
        .status()
        .unwrap()
        .success()
}

#[test]
fn an_attempt_goes_on_when_who_started_it_is_killed() {
    let attempt = Attempt::at("One\n    Say    ready\n    Nap    1\n    Say    done\n");
    // A shell in place of the agent: it starts the supervisor and is killed with its whole group.
    let program = env!("CARGO_BIN_EXE_arkwright-supervise");
    let workspace = attempt.workspace.path().display().to_string();
    let mut agent = Command::new("setsid")
        .args([
            "sh",
            "-c",
            "setsid \"$0\" \"$1\" & wait",
            program,
            &workspace,
        ])
        .spawn()
        .unwrap();
    until("a supervisor", || matches!(attempt.survey(), Survey::Alive));
    runner::give_start(&attempt.workspace, &[]).unwrap();
    until("the robot", || !attempt.read("output/ready").is_empty());
    agent.kill().unwrap();
    agent.wait().unwrap();
    assert_eq!(attempt.survey(), Survey::Alive);
    assert_eq!(attempt.end().ending, Ending::Success);
    assert_eq!(attempt.read("output/done"), "1\n");
}

#[test]
fn a_killed_supervisor_is_found_gone_and_its_robot_is_ended() {
    let attempt = Attempt::at("One\n    Start Stubborn    child\n    Say    ready\n    Nap\n");
    attempt.start_until("ready");
    let supervisor: serde_json::Value =
        serde_json::from_str(&attempt.read("supervisor.json")).unwrap();
    let pid = supervisor["pid"].to_string();
    assert!(
        Command::new("kill")
            .args(["-9", &pid])
            .status()
            .unwrap()
            .success()
    );
    until("its death", || {
        attempt.survey() == Survey::Gone { started: true }
    });
    let child = attempt.workspace.join("output/child");
    assert!(lives(&child));
    runner::kill_leftovers(&attempt.workspace);
    until("the end of its tree", || !lives(&child));
}

#[test]
fn a_start_that_was_given_before_a_long_sleep_starts_nothing() {
    let attempt = Attempt::at("One\n    Say    ran\n");
    attempt.supervise();
    let elsewhere = Attempt::at("One\n    Say    ran\n");
    runner::give_start(&elsewhere.workspace, &[]).unwrap();
    let line = elsewhere.read("control");
    let mut said: serde_json::Value = serde_json::from_str(&line).unwrap();
    // As if 40 of the seconds since then had been slept through.
    let awake = said["at"]["awakeMs"].as_u64().unwrap();
    said["at"]["awakeMs"] = (awake + 40_000).into();
    said["at"]["bootMs"] = said["at"]["bootMs"]
        .as_u64()
        .unwrap()
        .saturating_sub(40_000)
        .into();
    fs::write(attempt.workspace.join("control"), format!("{said}\n")).unwrap();
    assert_eq!(failure(&attempt.end()).0, Failure::AgentLost);
    assert!(!attempt.workspace.join("started").exists());
}

#[test]
fn a_cleared_attempt_leaves_neither_files_nor_processes() {
    let attempt = Attempt::at("One\n    Start Stubborn    child\n    Say    ready\n    Nap\n");
    attempt.start_until("ready");
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.pid", attempt.spec.key));
    fs::copy(attempt.workspace.join("output/child"), &kept).unwrap();
    runner::clear(&attempt.workspace).unwrap();
    assert_eq!(attempt.survey(), Survey::Absent);
    until("the end of its tree", || !lives(&kept));
    fs::remove_file(kept).unwrap();
}

#[test]
fn an_attempt_that_was_started_is_not_made_anew() {
    let source = RobotSource::File("*** Tasks ***\nOne\n    Log    1\n");
    let attempt = Attempt::at("One\n    Say    ready\n    Nap    1\n");
    attempt.supervise();
    attempt.prepare(RobotSource::Package(&attempt.package()));
    assert_eq!(attempt.survey(), Survey::Gone { started: false });
    attempt.start_until("ready");
    let refused = |attempt: &Attempt| attempt.try_prepare(source).unwrap_err().to_string();
    assert!(refused(&attempt).contains("was started before"));
    assert_eq!(attempt.end().ending, Ending::Success);
    assert!(refused(&attempt).contains("was started before"));
}

#[test]
fn an_attempt_that_was_never_given_its_start_is_given_up_for_good() {
    let attempt = Attempt::at("One\n    Say    ran\n");
    attempt.supervise();
    assert!(runner::give_up_unstarted(&attempt.workspace).unwrap());
    assert_eq!(attempt.survey(), Survey::Gone { started: false });
    assert!(runner::give_start(&attempt.workspace, &[]).is_err());
    // A supervisor that comes late finds a start that somebody else had given, and no attempt.
    let elsewhere = Attempt::at("One\n    Say    ran\n");
    runner::give_start(&elsewhere.workspace, &[]).unwrap();
    fs::write(attempt.workspace.join("control"), elsewhere.read("control")).unwrap();
    assert!(!second(&attempt), "a late supervisor");
    assert!(!attempt.workspace.join("started").exists());
}

#[test]
fn an_attempt_that_was_given_its_start_is_not_given_up_as_unstarted() {
    let attempt = Attempt::at("One\n    Say    ran\n");
    attempt.start();
    assert!(!runner::give_up_unstarted(&attempt.workspace).unwrap());
    assert_eq!(attempt.end().ending, Ending::Success);
    assert!(!runner::give_up_unstarted(&attempt.workspace).unwrap());
}

#[test]
fn a_supervisor_that_has_not_said_who_it_is_is_waited_for_and_ended() {
    let attempt = Attempt::at("One\n    Say    ran\n");
    // It holds the lock, and is slow to write down its number.
    let script = "exec 9>attempt.lock; flock 9; echo locked; read go; \
                  start=$(sed 's/.*) //' /proc/$$/stat | cut -d' ' -f20); \
                  echo \"{\\\"pid\\\":$$,\\\"start_time\\\":$start}\" > supervisor.json; \
                  sleep 600";
    let mut slow = Command::new("sh")
        .args(["-c", script])
        .current_dir(attempt.workspace.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut locked = [0; 7];
    slow.stdout.take().unwrap().read_exact(&mut locked).unwrap();
    std::thread::scope(|scope| {
        let anew = scope.spawn(|| attempt.prepare(RobotSource::Package(&attempt.package())));
        slow.stdin.take().unwrap().write_all(b"go\n").unwrap();
        anew.join().unwrap();
    });
    let ended = slow.try_wait().unwrap();
    slow.kill().ok();
    slow.wait().unwrap();
    assert!(ended.is_some(), "the slow supervisor lives on");
    assert_eq!(attempt.survey(), Survey::Gone { started: false });
}

#[test]
fn a_robot_whose_end_was_asked_for_with_its_start_is_not_started() {
    let attempt = Attempt::at("One\n    Say    ran\n");
    attempt.run();
    let again = Attempt::at("One\n    Say    ran\n");
    runner::give_start(&again.workspace, &[]).unwrap();
    again.control(Mode::Stop);
    let program = Path::new(env!("CARGO_BIN_EXE_arkwright-supervise"));
    runner::spawn_supervisor(program, &[], &again.workspace).unwrap();
    until("an end", || matches!(again.survey(), Survey::Ended(_)));
    assert!(matches!(again.end().ending, Ending::Cancelled { .. }));
    assert!(!again.workspace.join("started").exists());
}

#[test]
fn two_attempts_build_one_environment_and_its_lock_is_kept() {
    let data = tempfile::tempdir().unwrap();
    let robot = "*** Tasks ***\nOne\n    Log    1\n";
    let both = [
        Attempt::below(data.path(), robot),
        Attempt::below(data.path(), robot),
    ];
    for attempt in &both {
        attempt.start();
    }
    for attempt in &both {
        let outcome = attempt.end();
        assert_eq!(outcome.ending, Ending::Success, "{outcome:?}");
    }
    let environments = environments(data.path());
    assert_eq!(environments.len(), 1, "{environments:?}");
    let built = both.iter().filter(|attempt| {
        attempt
            .steps()
            .iter()
            .any(|step| step.starts_with("Install") && step.ends_with("packages"))
    });
    assert_eq!(built.count(), 1);

    fs::remove_dir_all(&environments[0]).unwrap();
    let again = Attempt::below(data.path(), robot);
    assert_eq!(again.run().ending, Ending::Success);
    assert!(
        !again.steps().contains(&"Choose versions".to_owned()),
        "{:?}",
        again.steps()
    );
}

/// The ready environments of a data folder.
fn environments(data: &Path) -> Vec<PathBuf> {
    let folders = fs::read_dir(data.join("environments")).unwrap();
    folders
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("ready").exists())
        .collect()
}

#[test]
fn a_ready_environment_needs_no_network_and_no_tool() {
    let attempt = Attempt::at_robot("*** Tasks ***\nOne\n    Log    1\n");
    attempt.run();
    let again = Attempt::at_robot("*** Tasks ***\nOne\n    Log    2\n");
    again.run();
    assert_eq!(again.steps(), ["Test", "One", "Log"]);
}

#[test]
fn a_single_file_robot_runs_too_and_a_stop_is_heard_while_it_is_prepared() {
    let attempt = Attempt::at_robot("*** Tasks ***\nOne\n    Log    1\n");
    attempt.prepare(RobotSource::File("*** Tasks ***\nSingle\n    Log    1\n"));
    assert_eq!(attempt.run().ending, Ending::Success);
    assert!(attempt.steps().contains(&"Single".to_owned()));
    let slow = Attempt::at_robot(
        "# /// script\n# dependencies = [\"robotframework==7.4.1\"]\n# ///\n\
         *** Tasks ***\nOne\n    Sleep    600\n",
    );
    slow.start();
    slow.control(Mode::Kill);
    assert!(matches!(slow.end().ending, Ending::Cancelled { .. }));
}
