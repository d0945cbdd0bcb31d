//! Compares history, log and witness with the promises. It knows nothing of our code.

use serde_json::Value;
use testkit::Person;

/// The attempt's log begins at 1, has no hole, no gap and nothing twice, and ends where the
/// server says; every line of the robot that went through its gate is in it once, in order.
pub(crate) async fn log_is_whole(person: &Person, job: &str, attempt: u64) {
    log_is_whole_to(person, job, attempt, 40).await;
}

/// The same of a robot that wrote so many lines.
pub(crate) async fn log_is_whole_to(person: &Person, job: &str, attempt: u64, lines: u32) {
    let expected: Vec<String> = (1..=lines).map(|line| format!("line {line}")).collect();
    let events = log_has_no_hole(person, job, attempt).await;
    let lines = events.iter().filter(|event| event["kind"] == "log");
    let lines: Vec<&str> = lines
        .filter_map(|event| event["text"].as_str())
        .filter(|text| text.starts_with("line "))
        .collect();
    assert_eq!(lines, expected, "the robot's own lines");
    let names = events.iter().filter(|event| event["kind"] == "artifact");
    let names: Vec<&str> = names.filter_map(|event| event["name"].as_str()).collect();
    assert!(
        names.contains(&"log.html"),
        "the files are told of: {names:?}"
    );
}

/// The attempt's log begins at 1, has no hole and no gap, and ends where the server says.
pub(crate) async fn log_has_no_hole(person: &Person, job: &str, attempt: u64) -> Vec<Value> {
    let events = person.events(job, attempt).await;
    let numbers: Vec<u64> = events
        .iter()
        .filter_map(|event| event["seq"].as_u64())
        .collect();
    let last = u64::try_from(numbers.len()).expect("a length fits");
    let expected: Vec<u64> = (1..=last).collect();
    assert_eq!(numbers, expected, "the numbers of the events");
    let gaps: Vec<_> = events
        .iter()
        .filter(|event| event["kind"] == "gap")
        .collect();
    assert!(gaps.is_empty(), "nothing was dropped: {gaps:?}");
    let told = attempt_of(person, job, attempt).await;
    assert_eq!(told["lastSeq"], last, "{told}");
    assert_eq!(told["missing"].as_u64().unwrap_or(0), 0, "{told}");
    events
}

/// What the history says about one attempt.
pub(crate) async fn attempt_of(person: &Person, job: &str, attempt: u64) -> Value {
    let attempts = attempts(person, job).await;
    let found = attempts.into_iter().find(|told| told["n"] == attempt);
    found.expect("the attempt is in the history")
}

/// The attempts of a job, oldest first.
pub(crate) async fn attempts(person: &Person, job: &str) -> Vec<Value> {
    let told = person.get(&format!("/jobs/{job}/attempts")).await;
    let list = if told.is_array() {
        &told
    } else {
        &told["items"]
    };
    list.as_array().expect("attempts are a list").clone()
}
