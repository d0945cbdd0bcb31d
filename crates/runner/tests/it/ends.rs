//! How attempts end.

use std::time::Duration;

use model::{CancelledHow, Ending, Failure};
use runner::Mode;

use crate::harness::{Attempt, failure, lives, timed, until};

fn cancelled(how: CancelledHow) -> Ending {
    Ending::Cancelled { how, by: None }
}

#[test]
fn a_robot_that_does_its_work_succeeds_and_leaves_its_files() {
    let attempt = Attempt::at("One\n    Log    hello\n    Say    report.txt\n");
    let outcome = attempt.run();
    assert_eq!(outcome.ending, Ending::Success);
    assert!(outcome.ran_ms.is_some_and(|ms| ms > 0));
    let files = runner::artifacts(&attempt.workspace);
    let mut names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["log.html", "output.xml", "report.html", "report.txt"]
    );
    assert!(!attempt.workspace.join("values.json").exists());
}

#[test]
fn a_package_brings_its_own_files_and_gets_what_it_requires() {
    let attempt = Attempt::at_robot("*** Tasks ***\nOne\n    Log    1\n").with_files(&[
        (
            "main.robot",
            "*** Settings ***\nLibrary    ours/words.py\n*** Tasks ***\nOne\n    \
             ${version}=    Version\n    Should Be Equal    ${version}    1.17.0\n",
        ),
        (
            "ours/words.py",
            "import six\n\n\ndef version():\n    return six.__version__\n",
        ),
        (
            "requirements.txt",
            "# what it needs\nsix==1.17.0  # a small package\n",
        ),
    ]);
    let outcome = attempt.run();
    assert_eq!(outcome.ending, Ending::Success, "{outcome:?}");
}

#[test]
fn a_task_that_fails_is_told_with_its_message_and_step() {
    let attempt = Attempt::at_robot(
        "*** Tasks ***\nOne\n    Run Keyword And Ignore Error    Fail    harmless\n    \
         Read Invoice\n*** Keywords ***\nRead Invoice\n    Fail    no such row\n",
    );
    let (kind, message, step) = failure(&attempt.run());
    assert_eq!(kind, Failure::Robot);
    assert_eq!(message, "no such row");
    assert_eq!(step.as_deref(), Some("Read Invoice"));
}

#[test]
fn a_robot_that_cannot_be_read_is_invalid_in_robot_frameworks_words() {
    let broken = [
        ("*** Tasks ***\n", "contains no tests or tasks"),
        (
            "*** Settings ***\nLibrary    no_such_library\n*** Tasks ***\nOne\n    Log    1\n",
            "No module named 'no_such_library'",
        ),
        (
            "*** Tasks ***\nOne\n    IF    1\n    Log    1\n",
            "IF must have closing END",
        ),
    ];
    for (text, words) in broken {
        let (kind, message, _) = failure(&Attempt::at_robot(text).run());
        assert_eq!(kind, Failure::InvalidRobot, "{message}");
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn what_no_index_has_is_told_in_the_words_of_the_tool() {
    let attempt = Attempt::at_robot(
        "# /// script\n# dependencies = [\"arkwright-no-such-thing==1.0\"]\n# ///\n\
         *** Tasks ***\nOne\n    Say    ran\n",
    );
    let (kind, message, _) = failure(&attempt.run());
    assert_eq!(kind, Failure::Environment);
    assert!(message.contains("arkwright-no-such-thing"), "{message}");
    assert!(!attempt.workspace.join("started").exists());
    assert!(!attempt.workspace.join("values.json").exists());
}

#[test]
fn a_robot_that_takes_too_long_is_stopped_with_its_teardowns() {
    let attempt = Attempt::at("One\n    Nap\n    [Teardown]    Say    torn\n")
        .with_limits(Some(2_000), 5_000);
    let outcome = attempt.run();
    let (kind, message, _) = failure(&outcome);
    assert_eq!(
        (kind, message.as_str()),
        (Failure::Timeout, "its limit of 2 s was over")
    );
    assert!(attempt.workspace.join("output/torn").exists());
}

#[test]
fn a_stopped_robot_runs_its_teardowns() {
    let attempt = Attempt::at(
        "One\n    Start Stubborn    child\n    Say    ready\n    Nap\n    [Teardown]    Say    torn\n",
    );
    attempt.start_until("ready");
    attempt.control(Mode::Stop);
    assert_eq!(attempt.end().ending, cancelled(CancelledHow::Stop));
    assert!(attempt.workspace.join("output/torn").exists());
    assert!(!lives(&attempt.workspace.join("output/child")));
}

#[test]
fn a_robot_that_swallows_the_stop_ends_within_its_grace() {
    let attempt = Attempt::at("One\n    Say    ready\n    Swallow\n").with_limits(None, 3_000);
    attempt.start_until("ready");
    let (took, outcome) = timed(|| {
        attempt.control(Mode::Stop);
        attempt.end()
    });
    assert!(
        matches!(outcome.ending, Ending::Cancelled { .. }),
        "{outcome:?}"
    );
    assert!(took < Duration::from_secs(4), "{took:?}");
}

#[test]
fn a_killed_robot_takes_its_whole_tree_with_it() {
    let attempt = Attempt::at(
        "One\n    Start Stubborn    child\n    Daemonise    daemon\n    Say    ready\n    Nap\n    \
         [Teardown]    Say    torn\n",
    );
    attempt.start_until("ready");
    let (child, daemon) = (
        attempt.workspace.join("output/child"),
        attempt.workspace.join("output/daemon"),
    );
    assert!(lives(&child) && lives(&daemon));
    // The robot and its child; the daemon has emptied its environment.
    assert_eq!(attempt.processes(), 2);
    let (took, outcome) = timed(|| {
        attempt.control(Mode::Kill);
        attempt.end()
    });
    assert_eq!(outcome.ending, cancelled(CancelledHow::Kill));
    assert!(!lives(&child) && !lives(&daemon));
    assert_eq!(attempt.processes(), 0);
    assert!(!attempt.workspace.join("output/torn").exists());
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_daemon_does_not_outlive_a_robot_that_ends_well() {
    let attempt = Attempt::at("One\n    Daemonise    daemon\n");
    assert_eq!(attempt.run().ending, Ending::Success);
    assert!(!lives(&attempt.workspace.join("output/daemon")));
}

#[test]
fn a_robot_that_ends_its_own_process_has_failed() {
    for (keyword, words) in [
        ("Kill Self", "its process ended by signal 9"),
        ("Leave    255", "its process ended with code 255"),
    ] {
        let attempt = Attempt::at(&format!("One\n    {keyword}\n"));
        let (kind, message, _) = failure(&attempt.run());
        assert_eq!((kind, message.as_str()), (Failure::Robot, words));
    }
}

#[test]
fn a_cancel_before_the_start_starts_nothing() {
    let attempt = Attempt::at("One\n    Say    ran\n");
    attempt.supervise();
    attempt.control(Mode::Stop);
    until("its end", || {
        !matches!(attempt.survey(), runner::Survey::Alive)
    });
    assert!(!attempt.workspace.join("started").exists());
    assert!(!attempt.workspace.join("output/ran").exists());
}
