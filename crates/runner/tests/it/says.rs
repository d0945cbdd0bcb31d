//! What attempts say, and what they keep to themselves.

use std::fs;
use std::process::Command;

use model::Ending;
use model::parameter::ParameterType;
use serde_json::json;

use crate::harness::Attempt;

#[test]
fn events_have_the_shape_of_the_wire_and_steps_count_from_one() {
    let attempt = Attempt::at_robot(
        "*** Tasks ***\nOne\n    Log    hello\n    FOR    ${i}    IN    1    2\n        \
         No Operation\n    END\n",
    );
    attempt.run();
    let events = attempt.events();
    let started: Vec<_> = events
        .iter()
        .filter(|event| event["kind"] == "stepStarted")
        .collect();
    let numbers: Vec<u64> = started
        .iter()
        .map(|event| event["step"].as_u64().unwrap())
        .collect();
    let expected: Vec<u64> = (1..=u64::try_from(numbers.len()).unwrap()).collect();
    assert_eq!(numbers, expected);
    let one_of = |kind: &str| started.iter().find(|event| event["type"] == kind).unwrap();
    assert_eq!(one_of("suite")["name"], "Test");
    assert_eq!(one_of("task")["parent"], one_of("suite")["step"]);
    let log = one_of("keyword");
    assert_eq!(log["name"], "Log");
    assert_eq!(log["library"], "BuiltIn");
    assert_eq!(log["args"], json!(["hello"]));
    assert_eq!(log["line"], 3);
    assert_eq!(one_of("iteration")["name"], "${i} = 1");
    let ended: Vec<_> = events
        .iter()
        .filter(|event| event["kind"] == "stepEnded")
        .collect();
    assert_eq!(ended.len(), started.len());
    assert!(
        ended
            .iter()
            .all(|event| event["elapsedMs"].is_u64() && event["status"] == "pass")
    );
    let text = events
        .iter()
        .find(|event| event["kind"] == "log" && event["text"] == "hello");
    assert_eq!(text.unwrap()["step"], log["step"]);
    assert!(
        events
            .iter()
            .all(|event| event.get("n").is_none() && event["at"].is_string())
    );
}

#[test]
fn parameters_arrive_with_their_types() {
    let attempt = Attempt::at_robot(
        "*** Variables ***\n${CUSTOMER: str}    ${EMPTY}\n${COUNT: int}    3\n\
         ${RATE: float}    0.5\n${DRY: bool}    ${False}\n${DUE: date}    ${EMPTY}\n\
         ${REGION: Literal[\"EU\", \"US\"]}    EU\n${NOTE: str | None}    ${None}\n\
         ${TOKEN: Secret}    %{TOKEN=}\n*** Tasks ***\nOne\n    \
         Should Be True    $CUSTOMER == '12' and type($CUSTOMER) is str\n    \
         Should Be True    $COUNT == 5 and type($COUNT) is int\n    \
         Should Be True    $RATE == 2 and type($RATE) is float\n    \
         Should Be True    $DRY is True\n    \
         Should Be True    $DUE.year == 2026 and type($DUE).__name__ == 'date'\n    \
         Should Be True    $REGION == 'US'\n    Should Be True    $NOTE is None\n    \
         Should Be True    $TOKEN.value == 'hunter2-long'\n",
    )
    .with("CUSTOMER", ParameterType::Text, json!("12"))
    .with("COUNT", ParameterType::Number, json!(5))
    .with("RATE", ParameterType::Number, json!(2))
    .with("DRY", ParameterType::Boolean, json!(true))
    .with("DUE", ParameterType::Date, json!("2026-10-01"))
    .with("REGION", ParameterType::Choice, json!("US"))
    .with("TOKEN", ParameterType::Secret, json!("hunter2-long"));
    let outcome = attempt.run();
    assert_eq!(outcome.ending, Ending::Success, "{outcome:?}");
}

#[test]
fn a_secret_is_nowhere_but_in_the_robots_memory() {
    let secret = "hunter2-very-long";
    let attempt = Attempt::at_robot(
        "*** Settings ***\nLibrary    evil.py\n*** Variables ***\n${TOKEN: Secret}    %{TOKEN=}\n\
         *** Tasks ***\nOne\n    ${seen}=    Environment And Arguments\n    \
         Should Not Contain    ${seen}    ${TOKEN.value}\n    Log    ${TOKEN}\n    \
         Log To Console    printed ${TOKEN.value}\n",
    )
    .with("TOKEN", ParameterType::Secret, json!(secret));
    let outcome = attempt.run();
    assert_eq!(outcome.ending, Ending::Success, "{outcome:?}");
    assert!(attempt.read("stdout").contains("printed ***"));
    let found = Command::new("grep")
        .args(["-rl", secret])
        .arg(attempt.workspace.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "");
}

#[test]
fn a_logged_secret_is_masked_in_the_events() {
    let attempt = Attempt::at_robot(
        "*** Variables ***\n${TOKEN: Secret}    %{TOKEN=}\n*** Tasks ***\nOne\n    \
         Log    it is ${TOKEN.value}\n    Fail    bad ${TOKEN.value}\n",
    )
    .with("TOKEN", ParameterType::Secret, json!("hunter2-long"));
    let outcome = attempt.run();
    assert!(!attempt.read("events.jsonl").contains("hunter2-long"));
    assert!(!format!("{outcome:?}").contains("hunter2-long"));
    assert!(
        attempt
            .events()
            .iter()
            .any(|event| event["text"] == "it is ***")
    );
}

#[test]
fn a_robot_that_prints_without_end_fills_no_disk() {
    let attempt = Attempt::at("One\n    Print Much    100\n");
    assert_eq!(attempt.run().ending, Ending::Success);
    let size = fs::metadata(attempt.workspace.join("stdout"))
        .unwrap()
        .len();
    assert!(size < 11 * 1024 * 1024, "{size}");
    let events = attempt.events();
    let said = events
        .iter()
        .rev()
        .find(|event| event["kind"] == "output")
        .unwrap();
    assert!(
        said["text"]
            .as_str()
            .unwrap()
            .contains("bytes were not kept"),
        "{said}"
    );
}

#[test]
fn a_robot_that_closes_all_files_is_still_heard() {
    let attempt = Attempt::at("One\n    Close Files\n    Log    still here\n");
    attempt.run();
    assert!(
        attempt
            .events()
            .iter()
            .any(|event| event["text"] == "still here")
    );
    for n in 0..20 {
        assert!(attempt.read(&format!("output/own-{n}")).is_empty());
    }
}

#[test]
fn what_a_robot_writes_into_our_file_is_only_text() {
    let attempt = Attempt::at("One\n    Write Into Events\n    Log    after\n");
    assert_eq!(attempt.run().ending, Ending::Success);
    let events = attempt.events();
    assert!(events.iter().all(|event| event["kind"] != "artifact"));
    assert!(events.iter().any(|event| event["text"] == "after"));
}
