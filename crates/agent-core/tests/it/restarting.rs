//! What a new process makes of what it finds on its disk.

use agent_core::{Effect, Input, Recovered, Robot, RobotNews, SpoolRecord};
use model::{Ending, Failure};
use wire::agent::{AgentMessage, DropReason};

use crate::script::{Script, drop, found, found_running, keep, key, stored, success};

#[test]
fn an_accepted_offer_that_is_kept_goes_on_to_its_start() {
    let mut script = Script::recovered(vec![found()]);
    assert!(script.happened(|effect| matches!(effect, Effect::Prepare(_))));
    script.confirmed();
    script.give(Input::Prepared(key(1), Ok(())));
    script.synced();
    assert!(script.has_started());
}

#[test]
fn an_accepted_offer_that_is_dropped_is_deleted() {
    let mut script = Script::new(1);
    script.give(Input::Found(vec![found()]));
    script.join(Vec::new(), vec![drop(1, DropReason::Unknown)], Vec::new());
    assert!(script.has_forgotten());
    assert!(!script.is_asking("confirm"));
}

#[test]
fn a_running_robot_is_looked_after_and_never_started_again() {
    let mut script = Script::new(1);
    script.give(Input::Found(vec![found_running(4, Robot::There)]));
    assert!(
        script.effects.is_empty(),
        "nothing before the server is asked"
    );
    script.join(vec![keep(key(1), 2)], Vec::new(), Vec::new());
    assert!(
        !script
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Start(_)))
    );
    assert!(script.happened(|effect| matches!(effect, Effect::Resume(_))));
    let batch = script.batch();
    assert_eq!((batch.first, batch.last), (3, 4));
    assert!(!script.is_asking("confirm"));
}

#[test]
fn a_robot_that_died_ends_as_lost_and_only_after_the_server_has_kept_it() {
    let mut script = Script::new(1);
    script.give(Input::Found(vec![found_running(0, Robot::Gone)]));
    assert!(script.written().is_empty());
    script.join(vec![keep(key(1), 0)], Vec::new(), Vec::new());
    assert!(script.happened(|effect| matches!(effect, Effect::Resume(_))));
    script.robot_says(1, 1);
    script.give(Input::Robot(key(1), RobotNews::Died));
    script.give(Input::UploadsDone(key(1)));
    let [
        SpoolRecord::Events { first: 1, .. },
        SpoolRecord::Ended { outcome, .. },
    ] = &script.written()[..]
    else {
        panic!("it has not ended behind what it said")
    };
    assert!(matches!(
        &outcome.ending,
        Ending::Failed {
            failure: Failure::AgentLost,
            ..
        }
    ));
    script.synced_if_asked();
    let batch = script.batch();
    script.stored(&batch, 1);
    script.finished();
    assert!(script.holds_nothing());
}

#[test]
fn an_outcome_that_was_not_delivered_is() {
    let ended = Recovered {
        ended: Some((success(), 2)),
        ..found_running(2, Robot::There)
    };
    let mut script = Script::recovered(vec![ended]);
    let (_, AgentMessage::Finish(finish)) = script.take("finish") else {
        panic!("that is no finish")
    };
    assert_eq!((finish.last_seq, finish.outcome), (2, success()));
}

#[test]
fn a_disk_that_is_older_than_what_was_sent_numbers_on_behind_a_gap() {
    let mut script = Script::new(1);
    script.give(Input::Found(vec![found_running(2, Robot::There)]));
    script.join(vec![keep(key(1), 7)], Vec::new(), Vec::new());
    let [SpoolRecord::Events { first, events, .. }] = &script.written()[..] else {
        panic!("there is no gap")
    };
    assert_eq!((*first, events.len()), (8, 1));
    assert!(events[0].0.contains("\"gap\"") && events[0].0.contains("disk_lost"));
    assert!(!events[0].0.contains("count"));
    script.synced();
    assert_eq!(script.batch().first, 8);
    script.robot_says(1, 1);
    assert!(matches!(
        script.written()[..],
        [SpoolRecord::Events { first: 9, .. }]
    ));
}

#[test]
fn an_end_on_an_older_disk_is_told_behind_a_gap() {
    let ended = Recovered {
        ended: Some((success(), 2)),
        ..found_running(2, Robot::There)
    };
    let mut script = Script::new(1);
    script.give(Input::Found(vec![ended]));
    script.join(vec![keep(key(1), 7)], Vec::new(), Vec::new());
    script.synced();
    let batch = script.batch();
    assert_eq!((batch.first, batch.last), (8, 8));
    script.stored(&batch, 8);
    let (_, AgentMessage::Finish(finish)) = script.take("finish") else {
        panic!("that is no finish")
    };
    assert_eq!(finish.last_seq, 8);
}

#[test]
fn a_server_that_has_more_at_a_later_join_is_believed() {
    let mut script = Script::finishing_one();
    let (call, _) = script.take("finish");
    script.give(crate::script::refused(
        call,
        crate::script::invalid("lastSeq"),
    ));
    assert!(script.has_reconnected());
    script.written();
    script.join(vec![keep(key(1), 3)], Vec::new(), Vec::new());
    script.synced();
    let batch = script.batch();
    assert_eq!((batch.first, batch.last), (4, 4));
    script.stored(&batch, 4);
    script.finished();
    assert!(script.holds_nothing());
}

#[test]
fn an_end_whose_events_are_damaged_is_read_again_where_the_robot_left_it() {
    let damaged = Recovered {
        ended: Some((success(), 1)),
        damaged: true,
        ..found_running(1, Robot::There)
    };
    let mut script = Script::recovered(vec![damaged]);
    assert!(script.happened(|effect| matches!(effect, Effect::Resume(_))));
    assert!(!script.is_asking("finish"));
}

#[test]
fn an_end_whose_events_are_lost_is_told_behind_a_gap() {
    let damaged = Recovered {
        ended: Some((success(), 1)),
        damaged: true,
        ..found_running(1, Robot::Gone)
    };
    let mut script = Script::recovered(vec![damaged]);
    let written = format!("{:?}", script.written());
    assert!(written.contains("disk_lost"), "{written}");
    script.synced();
    assert_eq!(script.batch().first, 2);
}

#[test]
fn files_are_not_announced_twice_after_a_restart() {
    let recovered = Recovered {
        artifacts: vec!["log.html".to_owned()],
        ..found_running(1, Robot::There)
    };
    let mut script = Script::recovered(vec![recovered]);
    script.give(Input::Robot(key(1), RobotNews::Ended(success())));
    let known = script.effects.iter().find_map(|effect| match effect {
        Effect::Upload { known, .. } => Some(known.clone()),
        _ => None,
    });
    assert_eq!(known, Some(vec!["log.html".to_owned()]));
    script.written();
    script.give(Input::Uploaded(key(1), stored("log.html")));
    assert!(script.written().is_empty());
    script.give(Input::Uploaded(key(1), stored("report.html")));
    assert_eq!(script.written().len(), 1);
}

#[test]
fn what_the_server_has_is_not_told_again_when_the_disk_has_lost_it() {
    let damaged = Recovered {
        damaged: true,
        ..found_running(2, Robot::There)
    };
    let mut script = Script::new(1);
    script.give(Input::Found(vec![damaged]));
    script.join(vec![keep(key(1), 7)], Vec::new(), Vec::new());
    script.synced();
    let batch = script.batch();
    assert_eq!((batch.first, batch.last), (8, 8), "the gap");
    script.written();
    // It is read again from behind the second: the server has five of these.
    script.robot_says(1, 4);
    let [SpoolRecord::Events { events, .. }] = &script.written()[..] else {
        panic!("how far it was read is not written down")
    };
    assert!(events.is_empty());
    script.robot_says(1, 3);
    let [SpoolRecord::Events { first, events, .. }] = &script.written()[..] else {
        panic!("what is new is not written down")
    };
    assert_eq!((*first, events.len()), (9, 2));
}

#[test]
fn a_robot_whose_offer_is_lost_is_looked_after_and_its_outcome_told() {
    let damaged = Recovered {
        offer: None,
        ..found_running(2, Robot::There)
    };
    let mut script = Script::recovered(vec![damaged]);
    assert!(script.happened(|effect| matches!(effect, Effect::Resume(_))));
    script.give(Input::Robot(key(1), RobotNews::Ended(success())));
    script.give(Input::UploadsDone(key(1)));
    script.synced_if_asked();
    let (_, AgentMessage::Finish(finish)) = script.take("finish") else {
        panic!("that is no finish")
    };
    assert_eq!((finish.last_seq, finish.outcome), (2, success()));
}
