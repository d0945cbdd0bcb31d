//! The end of the program.

use agent_core::{ExitReason, Input, Shutdown};
use wire::agent::AgentMessage;

use crate::script::{Script, offer};

#[test]
fn an_agent_that_holds_nothing_ends_at_once() {
    let mut script = Script::new(1);
    script.join(Vec::new(), Vec::new(), Vec::new());
    script.offer(Vec::new());
    script.give(Input::Shutdown(Shutdown::Finish));
    assert_eq!(script.exited(), Some(ExitReason::Done));
}

#[test]
fn an_open_offer_is_declined_and_a_robot_is_waited_for() {
    let mut script = Script::running();
    script.give(Input::Push(wire::agent::ServerMessage::Work));
    script.offer(vec![offer(2)]);
    script.give(Input::Shutdown(Shutdown::Finish));
    script.synced();
    let (call, AgentMessage::Decline(decline)) = script.take("decline") else {
        panic!("that is no decline")
    };
    assert_eq!(decline.reason, "shutting_down");
    let nothing = wire::agent::Answer::Decline(wire::agent::Nothing {});
    script.give(Input::Answer(call, Ok(nothing)));
    assert_eq!(script.exited(), None);
    assert!(!script.is_asking("claim"), "nothing new is taken");
    script.robot_ends();
    script.give(Input::UploadsDone(crate::script::key(1)));
    script.synced();
    script.finished();
    assert_eq!(script.exited(), Some(ExitReason::Done));
}

#[test]
fn an_offer_that_may_be_confirmed_is_not_declined() {
    let mut script = Script::confirming();
    script.give(Input::Shutdown(Shutdown::Finish));
    script.lose("confirm");
    script.pass(1_000);
    assert!(script.is_asking("confirm"));
}

#[test]
fn what_an_unanswered_claim_brings_is_declined_first() {
    let mut script = Script::new(1);
    script.join(Vec::new(), Vec::new(), Vec::new());
    script.give(Input::Shutdown(Shutdown::Finish));
    assert_eq!(script.exited(), None);
    script.offer(vec![offer(1)]);
    script.synced();
    script.declined();
    assert_eq!(script.exited(), Some(ExitReason::Done));
}

#[test]
fn a_program_that_must_end_now_leaves_its_robots_alone() {
    let mut script = Script::running();
    script.effects.clear();
    script.give(Input::Shutdown(Shutdown::Now));
    assert_eq!(script.effects.len(), 1);
    assert_eq!(script.exited(), Some(ExitReason::Done));
}
