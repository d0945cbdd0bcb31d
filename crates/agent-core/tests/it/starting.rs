//! From an offer to the start of its robot.

use agent_core::{Input, PrepareFailure, SpoolRecord};
use model::{Ending, Failure};
use wire::ErrorCode;
use wire::agent::AgentMessage;

use crate::script::{Script, key, offer};

#[test]
fn an_offer_is_confirmed_only_after_its_record_is_synced() {
    let mut script = Script::offered();
    assert!(matches!(
        script.written()[..],
        [SpoolRecord::Accepted { .. }]
    ));
    script.give(Input::Prepared(key(1), Ok(())));
    assert!(!script.is_asking("confirm"));
    script.synced();
    assert!(script.is_asking("confirm"));
}

#[test]
fn a_robot_starts_only_after_answer_workspace_and_synced_record_in_any_order() {
    let mut script = Script::confirming();
    script.written();
    script.give(Input::Prepared(key(1), Ok(())));
    assert!(!script.has_started() && script.written().is_empty());
    script.confirmed();
    assert!(!script.has_started());
    assert_eq!(script.written(), [SpoolRecord::Running]);
    script.synced();
    assert!(script.has_started());

    let mut script = Script::confirming();
    script.written();
    script.confirmed();
    assert!(script.written().is_empty(), "it is not prepared");
    script.give(Input::Prepared(key(1), Ok(())));
    assert_eq!(script.written(), [SpoolRecord::Running]);
    assert!(!script.has_started());
    script.synced();
    assert!(script.has_started());
}

#[test]
fn leave_to_start_lasts_30_s_from_the_question() {
    let mut script = Script::confirming();
    script.sleep(20_000);
    script.confirmed();
    script.sleep(10_000);
    script.give(Input::Prepared(key(1), Ok(())));
    assert!(script.is_asking("confirm"), "it asks again");
    assert!(!script.has_started());
    script.confirmed();
    script.synced();
    assert!(script.has_started());
}

#[test]
fn a_computer_that_slept_while_the_record_was_synced_asks_again() {
    let mut script = Script::confirming();
    script.confirmed();
    script.give(Input::Prepared(key(1), Ok(())));
    script.sleep(31_000);
    script.synced();
    assert!(!script.has_started());
    assert!(script.is_asking("confirm"));
    script.refuse("confirm", ErrorCode::StaleAttempt);
    assert!(script.has_forgotten(), "nothing of it ran");
    assert!(script.holds_nothing());
}

#[test]
fn a_stale_answer_after_a_cancelled_start_leaves_its_outcome_to_be_told() {
    let mut script = Script::confirming();
    script.confirmed();
    script.give(Input::Prepared(key(1), Ok(())));
    script.sleep(31_000);
    script.synced();
    script.cancel(1);
    script.refuse("confirm", ErrorCode::StaleAttempt);
    assert!(!script.has_set_aside());
    script.synced();
    assert!(script.is_asking("finish"));
}

#[test]
fn a_question_is_repeated_until_it_has_a_definite_answer() {
    let mut script = Script::confirming();
    script.lose("confirm");
    assert!(!script.is_asking("confirm"), "not at once");
    script.pass(1_000);
    script.refuse("confirm", ErrorCode::TryAgain);
    script.pass(1_000);
    assert!(script.is_asking("confirm"));
    script.close();
    script.join(vec![crate::script::keep(key(1), 0)], Vec::new(), Vec::new());
    assert!(script.is_asking("confirm"));
    script.refuse("confirm", ErrorCode::StaleAttempt);
    assert!(script.has_forgotten());
}

#[test]
fn a_workspace_that_cannot_be_made_declines_what_is_not_asked_for() {
    let mut script = Script::offered();
    script.give(Input::Prepared(key(1), Err(failure())));
    script.synced();
    let (_, message) = script.calls.first().unwrap();
    let AgentMessage::Decline(decline) = message else {
        panic!("{message:?}")
    };
    assert_eq!(decline.reason, "environment");
    assert!(!script.has_forgotten(), "only after the answer");
    script.declined();
    assert!(script.has_forgotten());
    assert!(script.is_asking("claim"));
}

#[test]
fn a_robot_that_is_no_valid_one_is_not_passed_from_computer_to_computer() {
    let mut script = Script::offered();
    let failure = PrepareFailure {
        failure: Failure::InvalidRobot,
        message: "it has no tasks".to_owned(),
    };
    script.give(Input::Prepared(key(1), Err(failure)));
    script.synced();
    assert!(!script.is_asking("decline"));
    script.confirmed();
    script.synced();
    let (_, AgentMessage::Finish(finish)) = script.take("finish") else {
        panic!("that is no finish")
    };
    assert!(matches!(
        finish.outcome.ending,
        Ending::Failed {
            failure: Failure::InvalidRobot,
            ..
        }
    ));
}

#[test]
fn a_workspace_that_cannot_be_made_ends_what_was_confirmed() {
    let mut script = Script::confirming();
    script.give(Input::Prepared(key(1), Err(failure())));
    script.written();
    script.confirmed();
    let [SpoolRecord::Ended { outcome, .. }] = &script.written()[..] else {
        panic!("it has not ended")
    };
    assert!(matches!(
        &outcome.ending,
        Ending::Failed {
            failure: Failure::Environment,
            ..
        }
    ));
    assert!(!script.is_asking("finish"), "not before it is synced");
    script.synced();
    assert!(script.is_asking("finish"));
}

#[test]
fn a_declined_offer_that_was_confirmed_after_all_is_asked_for() {
    let mut script = Script::offered();
    script.give(Input::Prepared(key(1), Err(failure())));
    script.synced();
    script.refuse("decline", ErrorCode::Conflict);
    script.confirmed();
    script.synced();
    assert!(script.is_asking("finish"));
}

#[test]
fn an_offer_whose_record_does_not_fit_the_disk_is_declined() {
    let mut script = Script::offered();
    script.disk_is_full();
    let (_, AgentMessage::Decline(decline)) = script.take("decline") else {
        panic!("that is no decline")
    };
    assert_eq!(decline.reason, "disk_full");
    assert!(!script.is_asking("confirm"));
}

#[test]
fn a_start_whose_record_does_not_fit_the_disk_does_not_happen() {
    let mut script = Script::confirming();
    script.confirmed();
    script.written();
    script.give(Input::Prepared(key(1), Ok(())));
    script.disk_is_full();
    script.synced();
    assert!(!script.has_started());
    script.synced();
    assert!(script.is_asking("finish"));
}

#[test]
fn slots_are_never_exceeded() {
    let mut script = Script::new(2);
    script.join(Vec::new(), Vec::new(), Vec::new());
    let (_, AgentMessage::Claim(claim)) = script.calls.first().cloned().unwrap() else {
        panic!("that is no claim")
    };
    assert_eq!(claim.free, 2);
    script.offer(vec![offer(1), offer(2), offer(3)]);
    assert_eq!(script.core.holding().count(), 2);
    script.pass(60_000);
    assert!(!script.is_asking("claim"), "no slot is free");
}

#[test]
fn an_offer_that_is_held_already_is_not_taken_twice() {
    let mut script = Script::confirming();
    script.written();
    script.give(Input::Push(wire::agent::ServerMessage::Work));
    script.offer(vec![offer(1)]);
    assert!(script.written().is_empty());
    assert_eq!(script.core.holding().count(), 1);
}

fn failure() -> PrepareFailure {
    PrepareFailure {
        failure: Failure::Environment,
        message: "the package could not be had".to_owned(),
    }
}
