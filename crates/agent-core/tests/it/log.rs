//! Events: numbers, syncs, deliveries, gaps; and the files and the outcome behind them.

use agent_core::{Artifact, Effect, Input, SpoolRecord};
use serde_json::Value;
use wire::agent::AgentMessage;

use crate::script::{Script, invalid, keep, key, missing, refused};

#[test]
fn events_are_sent_only_when_they_are_synced_and_trimmed_only_when_they_are_stored() {
    let mut script = Script::running();
    script.effects.clear();
    script.robot_says(1, 2);
    assert!(script.batches.is_empty());
    script.robot_says(1, 1);
    script.synced();
    let batch = script.batch();
    assert_eq!(
        (batch.first, batch.last),
        (1, 2),
        "the third is on its way to the disk"
    );
    assert!(!script.happened(|effect| matches!(effect, Effect::Trim(..))));
    script.stored(&batch, 2);
    assert!(script.happened(|effect| matches!(effect, Effect::Trim(_, 2))));
    script.synced();
    assert_eq!(script.batch().first, 3);
}

#[test]
fn a_lost_answer_to_events_sends_them_again() {
    let mut script = Script::running();
    script.robot_says(1, 2);
    script.synced();
    script.batch();
    script.close();
    script.join(vec![keep(key(1), 1)], Vec::new(), Vec::new());
    assert_eq!(script.batch().first, 2, "the server says what it has");
}

#[test]
fn missing_events_are_sent_again() {
    let mut script = Script::running();
    script.robot_says(1, 4);
    script.synced();
    let batch = script.batch();
    script.stored(&batch, 4);
    script.robot_says(1, 1);
    script.synced();
    let batch = script.batch();
    assert_eq!(batch.first, 5);
    script.give(refused(batch.call, missing(2)));
    let batch = script.batch();
    assert_eq!((batch.first, batch.last), (3, 5));
    // The same again and again is not asked without a pause.
    script.give(refused(batch.call, missing(2)));
    assert!(script.batches.is_empty());
}

#[test]
fn an_end_before_which_events_are_missing_sends_them() {
    let mut script = Script::running();
    script.robot_says(1, 2);
    script.synced();
    let batch = script.batch();
    script.stored(&batch, 2);
    script.robot_ends();
    script.give(Input::UploadsDone(key(1)));
    script.synced();
    let (call, _) = script.take("finish");
    script.give(refused(call, missing(1)));
    assert_eq!(script.batch().first, 2);
}

#[test]
fn an_event_that_the_server_calls_invalid_is_replaced_by_a_gap() {
    let mut script = Script::running();
    script.robot_says(1, 5);
    script.synced();
    let batch = script.batch();
    script.give(refused(batch.call, invalid("events[2].at")));
    let batch = script.batch();
    assert_eq!((batch.first, batch.replaced.clone()), (1, vec![3]));
    script.give(refused(batch.call, invalid("events[2].at")));
    assert!(script.batches.is_empty(), "it is not asked again at once");
    script.pass(1_000);
    let batch = script.batch();
    script.stored(&batch, 5);
    script.robot_says(1, 1);
    script.synced();
    assert!(script.batch().replaced.is_empty());
}

#[test]
fn events_that_do_not_fit_the_disk_become_one_gap_with_their_count() {
    let mut script = Script::running();
    script.robot_says(1, 2);
    script.synced();
    script.written();
    script.robot_says(1, 3);
    script.disk_is_full();
    script.robot_says(1, 4);
    script.disk_is_full();
    script.robot_says(1, 1);
    let written = script.written();
    let [SpoolRecord::Events { first, events, .. }] = &written[..] else {
        panic!("{written:?}")
    };
    assert_eq!((*first, events.len()), (3, 2));
    let gap: Value = serde_json::from_str(&events[0].0).unwrap();
    assert_eq!(gap["kind"], "gap");
    assert_eq!(gap["count"], 7);
    assert_eq!(gap["reason"], "disk_full");
    assert_eq!(gap["seq"], 3);
    let event: Value = serde_json::from_str(&events[1].0).unwrap();
    assert_eq!(event["seq"], 4);
}

#[test]
fn an_end_behind_events_that_do_not_fit_the_disk_waits_for_their_gap() {
    let mut script = Script::running();
    script.written();
    script.robot_says(1, 3);
    script.disk_is_full();
    script.robot_ends();
    script.give(Input::UploadsDone(key(1)));
    script.disk_is_full();
    script.synced_if_asked();
    assert!(!script.is_asking("finish"), "the gap is not written");
    script.pass(1_000);
    let written = script.written();
    let [
        SpoolRecord::Events {
            first: 1, events, ..
        },
        SpoolRecord::Ended { last_seq: 1, .. },
    ] = &written[..]
    else {
        panic!("{written:?}")
    };
    assert!(events[0].0.contains("\"count\":3"));
    script.synced_if_asked();
    let batch = script.batch();
    script.stored(&batch, 1);
    assert!(script.is_asking("finish"));
}

#[test]
fn an_end_whose_own_record_does_not_fit_the_disk_is_told_all_the_same() {
    let mut script = Script::running();
    script.written();
    script.robot_ends();
    script.give(Input::UploadsDone(key(1)));
    script.disk_is_full();
    assert!(script.is_asking("finish"));
}

#[test]
fn the_outcome_is_told_after_the_files_and_the_events() {
    let mut script = Script::running();
    script.robot_says(1, 1);
    script.robot_ends();
    script.synced();
    let batch = script.batch();
    script.stored(&batch, 1);
    assert!(!script.is_asking("finish"));
    let refusal = Artifact::Refused {
        name: "big.zip".to_owned(),
        message: "it is too large".to_owned(),
    };
    script.give(Input::Uploaded(key(1), refusal));
    script.give(Input::UploadsDone(key(1)));
    script.synced();
    script.synced();
    let batch = script.batch();
    script.stored(&batch, 2);
    let (_, AgentMessage::Finish(finish)) = script.take("finish") else {
        panic!("that is no finish")
    };
    assert_eq!(finish.last_seq, 2);
}

#[test]
fn a_stored_event_that_names_a_stored_file_stays_on_the_disk() {
    let mut script = Script::running();
    script.robot_says(1, 2);
    script.robot_ends();
    script.give(Input::Uploaded(key(1), crate::script::stored("log.html")));
    script.synced_if_asked();
    let batch = script.batch();
    script.effects.clear();
    script.stored(&batch, batch.last);
    let batch = script.batch();
    script.stored(&batch, 3);
    assert!(script.happened(|effect| matches!(effect, Effect::Trim(_, 2))));
}

#[test]
fn files_hold_the_outcome_for_10_min_at_most() {
    let mut script = Script::running();
    script.robot_ends();
    script.written();
    script.pass(599_000);
    assert!(script.written().is_empty());
    script.pass(1_000);
    assert!(script.happened(|effect| matches!(effect, Effect::StopUploads(_))));
    assert!(matches!(script.written()[..], [SpoolRecord::Ended { .. }]));
}

#[test]
fn a_server_that_is_away_costs_no_files() {
    let mut script = Script::running();
    script.robot_ends();
    script.written();
    script.pass(300_000);
    script.close();
    script.pass(3_600_000);
    assert!(script.written().is_empty(), "nobody could take the files");
    script.join(vec![keep(key(1), 0)], Vec::new(), Vec::new());
    script.pass(599_000);
    assert!(script.written().is_empty(), "the time counts anew");
    script.pass(1_000);
    assert!(matches!(script.written()[..], [SpoolRecord::Ended { .. }]));
}
