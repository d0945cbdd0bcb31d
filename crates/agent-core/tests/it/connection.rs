//! Joins, claims, renewals, refusals and cuts.

use std::time::Duration;

use agent_core::{Closed, Effect, ExitReason, Input, JoinRefused, RobotNews, TailOffsets};
use model::{StopMode, Timestamp};
use wire::agent::{
    AgentMessage, Answer, DropReason, Goodbye, GoodbyeReason, HeldState, Nothing, RunningThen,
    ServerMessage,
};
use wire::{ErrorBody, ErrorCode};

use crate::script::{AHEAD_MS, Script, drop, event, keep, key, offer, refused, slow_down};

#[test]
fn a_claim_whose_answer_was_lost_keeps_its_id_across_connections() {
    let mut script = Script::new(2);
    script.join(Vec::new(), Vec::new(), Vec::new());
    let first = claim_id(&script.take("claim").1);
    script.close();
    script.join(Vec::new(), Vec::new(), Vec::new());
    assert_eq!(claim_id(&script.calls.first().unwrap().1), first);
    script.lose("claim");
    script.pass(1_000);
    assert_eq!(claim_id(&script.calls.first().unwrap().1), first);
    script.offer(vec![offer(1)]);
    script.give(Input::Push(ServerMessage::Work));
    assert_ne!(claim_id(&script.take("claim").1), first);
}

#[test]
fn work_is_asked_for_every_30_s() {
    let mut script = Script::new(1);
    script.join(Vec::new(), Vec::new(), Vec::new());
    script.offer(Vec::new());
    script.pass(29_000);
    assert!(!script.is_asking("claim"));
    script.pass(1_000);
    assert!(script.is_asking("claim"));
}

#[test]
fn a_join_names_all_that_is_held() {
    let mut script = Script::running();
    script.robot_says(1, 3);
    script.give(Input::Push(ServerMessage::Work));
    script.offer(vec![offer(2)]);
    script.close();
    script.give(Input::Connected);
    let (_, AgentMessage::Join(join)) = script.take("join") else {
        panic!("that is no join")
    };
    let states: Vec<_> = join
        .holding
        .iter()
        .map(|held| (held.state, held.last_seq))
        .collect();
    assert_eq!(states, [(HeldState::Running, 3), (HeldState::Accepted, 0)]);
}

#[test]
fn a_renewal_names_all_that_is_held() {
    let mut script = Script::finishing_one();
    script.give(Input::Push(ServerMessage::Work));
    script.offer(vec![offer(2)]);
    script.pass(10_000);
    let (_, AgentMessage::Renew(renew)) = script.take("renew") else {
        panic!("that is no renewal")
    };
    assert_eq!(renew.running.len(), 2);
    assert_eq!(renew.free, 0);
}

#[test]
fn a_connection_that_has_not_joined_is_followed_by_another() {
    for name in ["confirm", "finish"] {
        let mut script = match name {
            "confirm" => Script::confirming(),
            _ => Script::finishing_one(),
        };
        script.refuse(name, ErrorCode::NotJoined);
        assert!(script.has_reconnected());
        assert!(
            script.calls.is_empty(),
            "nothing more is said on it: {:?}",
            script.calls
        );
        script.give(Input::Closed(Closed::Broke));
        script.join(vec![keep(key(1), 0)], Vec::new(), Vec::new());
        assert!(script.is_asking(name));
    }
    let mut script = Script::running();
    script.robot_says(1, 1);
    script.synced();
    let batch = script.batch();
    script.give(refused(
        batch.call,
        ErrorBody::new(ErrorCode::NotJoined, "no"),
    ));
    assert!(script.has_reconnected());
    assert!(script.batches.is_empty());
    script.join(vec![keep(key(1), 0)], Vec::new(), Vec::new());
    assert_eq!(script.batch().first, 1);
}

#[test]
fn a_join_that_the_server_cannot_answer_now_is_repeated_later() {
    let mut script = Script::new(1);
    script.give(Input::Connected);
    let (call, _) = script.take("join");
    let mut error = slow_down(Duration::from_secs(5));
    error.code = ErrorCode::TryAgain;
    script.give(refused(call, error));
    assert!(!script.has_reconnected());
    script.pass(4_000);
    assert!(!script.is_asking("join"));
    script.pass(1_000);
    assert!(script.is_asking("join"));
}

#[test]
fn whoever_was_replaced_exits() {
    let mut script = Script::running();
    script.pass(10_000);
    script.refuse("renew", ErrorCode::Replaced);
    assert_eq!(script.exited(), Some(ExitReason::Replaced));

    let mut script = Script::running();
    script.give(goodbye(GoodbyeReason::Replaced, None));
    assert_eq!(script.exited(), Some(ExitReason::Replaced));
    assert_eq!(script.core.wake_at(), None);
    script.robot_ends();
    assert!(script.effects.is_empty());
}

#[test]
fn a_removed_agent_stops_what_runs_and_exits() {
    for input in [
        goodbye(GoodbyeReason::Revoked, Some(RunningThen::Stop)),
        Input::Closed(Closed::Refused(JoinRefused::Revoked)),
    ] {
        let mut script = Script::running();
        script.give(input);
        let stopped = script
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Control(_, StopMode::Stop)));
        assert!(stopped);
        assert_eq!(script.exited(), Some(ExitReason::Revoked));
    }
    let mut script = Script::running();
    script.give(goodbye(GoodbyeReason::Revoked, Some(RunningThen::Finish)));
    assert!(
        !script
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Control(..)))
    );
    assert_eq!(script.exited(), Some(ExitReason::Revoked));
}

#[test]
fn a_removed_agent_deletes_what_has_not_started() {
    let mut script = Script::confirming();
    script.give(goodbye(GoodbyeReason::Revoked, None));
    assert!(script.has_forgotten());
}

#[test]
fn an_answer_that_the_agent_was_removed_waits_for_the_goodbye_with_the_rest() {
    let mut script = Script::finishing_one();
    script.refuse("finish", ErrorCode::Revoked);
    assert!(!script.has_reconnected());
    assert!(!script.is_asking("finish"));
    script.give(goodbye(GoodbyeReason::Revoked, None));
    assert_eq!(script.exited(), Some(ExitReason::Revoked));
}

#[test]
fn refusals_that_a_person_must_mend_end_the_program() {
    let cases = [
        (
            JoinRefused::Unauthenticated("who".to_owned()),
            ExitReason::Unauthenticated("who".to_owned()),
        ),
        (
            JoinRefused::UnsupportedVersion("old".to_owned()),
            ExitReason::TooOld("old".to_owned()),
        ),
    ];
    for (refusal, exit) in cases {
        let mut script = Script::new(1);
        script.give(Input::Closed(Closed::Refused(refusal)));
        assert_eq!(script.exited(), Some(exit));
    }
    let mut script = Script::new(1);
    let busy = JoinRefused::TryAgain("busy".to_owned());
    script.give(Input::Closed(Closed::Refused(busy)));
    assert_eq!(script.exited(), None);
}

#[test]
fn what_the_server_drops_is_deleted_or_set_aside() {
    let mut script = Script::confirming();
    script.pass(10_000);
    script.renewed(vec![drop(1, DropReason::Stale)], Vec::new());
    assert!(script.has_forgotten());

    let mut script = Script::finishing_one();
    script.pass(10_000);
    script.renewed(vec![drop(1, DropReason::Ended)], Vec::new());
    assert!(script.has_forgotten());

    let mut script = Script::finishing_one();
    script.pass(10_000);
    script.renewed(vec![drop(1, DropReason::Unknown)], Vec::new());
    assert!(script.has_set_aside(), "its outcome is not stored");
}

#[test]
fn a_dropped_robot_that_runs_is_stopped_and_set_aside() {
    let mut script = Script::running();
    script.pass(10_000);
    script.renewed(vec![drop(1, DropReason::Unknown)], Vec::new());
    assert!(
        script
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Control(..)))
    );
    assert!(script.has_set_aside());
    assert!(script.holds_nothing());
}

#[test]
fn stale_events_and_ends_are_set_aside() {
    let mut script = Script::finishing_one();
    script.refuse("finish", ErrorCode::StaleAttempt);
    assert!(script.has_set_aside());

    let mut script = Script::running();
    script.robot_says(1, 1);
    script.synced();
    let batch = script.batch();
    script.give(refused(
        batch.call,
        ErrorBody::new(ErrorCode::StaleAttempt, "no"),
    ));
    assert!(script.has_set_aside());
}

#[test]
fn a_stale_decline_is_as_good() {
    let mut script = Script::offered();
    script.disk_is_full();
    script.refuse("decline", ErrorCode::StaleAttempt);
    assert!(script.has_forgotten());
}

#[test]
fn one_call_about_an_attempt_is_in_flight() {
    let mut script = Script::running();
    script.robot_says(1, 1);
    script.synced();
    script.robot_says(1, 1);
    script.synced();
    let batch = script.batch();
    assert_eq!((batch.first, batch.last), (1, 1));
    script.stored(&batch, 1);
    let batch = script.batch();
    assert_eq!((batch.first, batch.last), (2, 2));
}

#[test]
fn one_batch_of_an_attempt_is_in_flight_however_much_waits_and_however_often_it_connects() {
    let mut script = Script::running();
    script.close();
    for _ in 0..50 {
        script.robot_says(1, 1_000);
        script.synced_if_asked();
    }
    for _ in 0..3 {
        script.join(vec![keep(key(1), 0)], Vec::new(), Vec::new());
        script.robot_says(1, 1);
        script.synced_if_asked();
        script.pass(5_000);
        let batch = script.batch();
        assert_eq!(batch.first, 1);
        assert!(script.batches.is_empty());
        script.close();
    }
}

#[test]
fn what_the_server_has_lost_since_is_sent_from_where_it_says() {
    let mut script = Script::new(1);
    let trimmed = agent_core::Recovered {
        trimmed_to: 5,
        ..crate::script::found_running(7, agent_core::Robot::There)
    };
    script.give(Input::Found(vec![trimmed]));
    script.join(vec![keep(key(1), 2)], Vec::new(), Vec::new());
    let batch = script.batch();
    assert_eq!((batch.first, batch.last), (3, 7));
}

#[test]
fn who_is_told_to_slow_down_waits_and_does_not_spin() {
    let mut script = Script::running();
    script.robot_says(1, 1);
    script.synced();
    let batch = script.batch();
    script.give(refused(batch.call, slow_down(Duration::from_secs(3))));
    script.pass(2_900);
    assert!(script.batches.is_empty());
    script.pass(100);
    let batch = script.batch();
    script.stored(&batch, 1);
    // `give` sees to it that nothing stays due.
    script.pass(5_000);
}

#[test]
fn a_server_that_says_strange_things_does_no_harm() {
    let mut script = Script::finishing_one();
    script.answer("finish", Answer::Decline(Nothing {}));
    assert!(script.has_reconnected());
    script.join(vec![keep(key(1), u64::MAX)], Vec::new(), Vec::new());
    script.robot_says(1, 1);
    let mut script = Script::running();
    script.robot_says(1, 2);
    script.synced();
    let batch = script.batch();
    script.stored(&batch, 0);
    assert!(script.batches.is_empty(), "not at once");
    script.pass(1_000);
    let batch = script.batch();
    script.stored(&batch, u64::MAX);
    script.robot_says(1, 1);
}

#[test]
fn events_are_dated_by_the_servers_clock() {
    let mut script = Script::running();
    let here = Timestamp::from_millis(1_000);
    assert_eq!(script.core.server_time(here).as_millis(), 1_000 + AHEAD_MS);
    let news = RobotNews::Events {
        events: vec![event()],
        offsets: TailOffsets::default(),
    };
    script.written();
    script.give(Input::Robot(key(1), news));
    script.disk_is_full();
    script.robot_says(1, 1);
    let expected = script.core.server_time(script.at().now).to_string();
    let written = format!("{:?}", script.written());
    assert!(written.contains(&expected), "{written}");
}

fn claim_id(message: &AgentMessage) -> String {
    match message {
        AgentMessage::Claim(claim) => claim.claim_id.clone(),
        other => panic!("{other:?}"),
    }
}

fn goodbye(reason: GoodbyeReason, running: Option<RunningThen>) -> Input {
    Input::Push(ServerMessage::Goodbye(Goodbye {
        reason,
        reconnect_in_ms: None,
        running,
    }))
}

#[test]
fn connections_that_are_of_no_use_are_made_ever_more_slowly() {
    let mut script = Script::new(1);
    let mut waits = Vec::new();
    for _ in 0..9 {
        script.give(Input::Connected);
        script.refuse("join", ErrorCode::NotJoined);
        let mut waited = 0;
        while !script.has_reconnected() {
            script.pass(500);
            waited += 500;
            assert!(waited <= 60_000, "no connection is made any more");
        }
        script.effects.clear();
        waits.push(waited);
    }
    assert_eq!(
        waits,
        [
            0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000
        ]
    );
    // One that lasted is replaced at once.
    script.join(Vec::new(), Vec::new(), Vec::new());
    script.pass(60_000);
    script.effects.clear();
    script.refuse("renew", ErrorCode::NotJoined);
    assert!(script.has_reconnected());
}
