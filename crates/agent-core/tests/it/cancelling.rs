//! Ends that somebody asked for.

use agent_core::{Effect, Input, SpoolRecord};
use model::{CancelledHow, Ending, StopMode};
use wire::ErrorCode;

use crate::script::{Script, cancel, keep, key};

#[test]
fn a_cancel_before_the_confirmation_ends_with_the_servers_refusal() {
    let mut script = Script::offered();
    script.cancel(1);
    script.synced();
    script.refuse("confirm", ErrorCode::StaleAttempt);
    assert!(script.has_forgotten());
}

#[test]
fn a_cancel_between_confirmation_and_start_starts_nothing() {
    let mut script = Script::confirming();
    script.written();
    script.cancel(1);
    script.confirmed();
    assert_cancelled_before_start(&script.written());
    script.give(Input::Prepared(key(1), Ok(())));
    script.synced();
    assert!(!script.has_started());
    assert!(script.is_asking("finish"));
}

#[test]
fn a_cancel_while_the_start_is_written_starts_nothing() {
    let mut script = Script::confirming();
    script.confirmed();
    script.give(Input::Prepared(key(1), Ok(())));
    script.written();
    script.cancel(1);
    assert_cancelled_before_start(&script.written());
    script.synced();
    script.synced();
    assert!(!script.has_started());
    assert!(script.is_asking("finish"));
}

#[test]
fn a_cancel_while_it_runs_is_passed_on_and_its_mode_only_rises() {
    let mut script = Script::running();
    script.cancel(1);
    assert!(script.happened(|effect| matches!(effect, Effect::Control(_, StopMode::Stop))));
    script.cancel(1);
    assert!(!script.happened(|effect| matches!(effect, Effect::Control(..))));
    script.pass(10_000);
    script.renewed(Vec::new(), vec![cancel(1, StopMode::Kill)]);
    assert!(script.happened(|effect| matches!(effect, Effect::Control(_, StopMode::Kill))));
    script.cancel(1);
    assert!(!script.happened(|effect| matches!(effect, Effect::Control(..))));
}

#[test]
fn a_cancel_in_the_answer_to_a_join_is_passed_on() {
    let mut script = Script::running();
    script.close();
    let cancels = vec![cancel(1, StopMode::Stop)];
    script.join(vec![keep(key(1), 0)], Vec::new(), cancels);
    assert!(script.happened(|effect| matches!(effect, Effect::Control(_, StopMode::Stop))));
}

#[test]
fn a_cancel_after_the_end_means_nothing() {
    let mut script = Script::finishing_one();
    script.effects.clear();
    script.cancel(1);
    script.cancel(2);
    assert!(script.effects.is_empty(), "{:?}", script.effects);
    script.finished();
    assert!(script.has_forgotten());
}

fn assert_cancelled_before_start(written: &[SpoolRecord]) {
    let [SpoolRecord::Ended { outcome, .. }] = written else {
        panic!("{written:?}")
    };
    let how = CancelledHow::BeforeStart;
    assert_eq!(outcome.ending, Ending::Cancelled { how, by: None });
}
