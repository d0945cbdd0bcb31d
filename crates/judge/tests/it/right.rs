//! What is permitted, however odd it looks.

use std::io::BufReader;

use judge::{Event, EventKind, FinalAttempt, History, Mode, Outcome, RobotEnd, Status, What};

use crate::given::{
    LOST, Told, agent, all_well, answered, asked, attempt, file, gap, given_up, job, line,
    reported, went_well,
};

#[test]
fn a_job_that_went_well() {
    let seen = [Status::Waiting, Status::Executing, Status::Success];
    let told = seen
        .into_iter()
        .fold(all_well(), |told, status| told.seen("page", status))
        .log(1, [line(1), line(2), line(3)])
        .and(What::FinallySeen {
            viewer: "page".into(),
            job: job(),
            status: Status::Success,
            log_to: Some(3),
        });
    told.is_right();
}

#[test]
fn the_same_request_twice_answered_with_the_same_job() {
    let told = Told::new()
        .and(asked("request"))
        .and(asked("request"))
        .and(answered("request", "job", false))
        .and(answered("request", "job", false));
    told.is_right();
}

#[test]
fn a_late_outcome_beside_the_one_that_stands() {
    let late = FinalAttempt {
        late: Some(Outcome::Success),
        last_seq: Some(3),
        ..given_up(1)
    };
    went_well()
        .seen("page", Status::Failed)
        .finally(Status::Failed, vec![late])
        .is_right();
}

#[test]
fn a_lost_agent_that_works_on_beside_the_next_attempt_of_a_repeatable_robot() {
    let late = FinalAttempt {
        late: Some(Outcome::Success),
        last_seq: Some(0),
        ..given_up(1)
    };
    let next = FinalAttempt {
        agent: agent("other"),
        ..reported(2, Outcome::Success, 0)
    };
    Told::new()
        .played(true)
        .started(1, "pc")
        .seen("page", Status::Executing)
        .seen("page", Status::Waiting)
        .started(2, "other")
        .ended(1, RobotEnd::Success)
        .ended(2, RobotEnd::Success)
        .healed()
        .finally(Status::Success, vec![late, next])
        .is_right();
}

#[test]
fn a_gap_where_lines_are_missing() {
    all_well().log(1, [line(1), gap(false), line(3)]).is_right();
    went_well()
        .finally(Status::Success, vec![reported(1, Outcome::Success, 2)])
        .log(1, [line(1), gap(false)])
        .is_right();
}

#[test]
fn lines_that_are_read_again_behind_a_lost_disk() {
    went_well()
        .finally(Status::Success, vec![reported(1, Outcome::Success, 6)])
        .log(1, [line(1), line(2), gap(true), line(1), line(2), line(3)])
        .is_right();
}

#[test]
fn two_logs_of_a_copied_folder_mixed() {
    for copied in [
        What::FolderCopied { agent: agent("pc") },
        What::FolderRolledBack { agent: agent("pc") },
    ] {
        went_well()
            .and(copied)
            .finally(Status::Success, vec![reported(1, Outcome::Success, 4)])
            .log(1, [line(1), file("a"), file("a"), line(1)])
            .is_right();
    }
}

#[test]
fn last_words_that_went_with_the_power() {
    Told::new()
        .played(false)
        .started(1, "pc")
        .said(1, 3)
        .ended(1, RobotEnd::PowerLost)
        .healed()
        .finally(Status::Failed, vec![reported(1, LOST, 1)])
        .log(1, [line(1)])
        .is_right();
}

#[test]
fn a_killed_robot_that_could_not_witness_its_last_line() {
    Told::new()
        .played(false)
        .started(1, "pc")
        .said(1, 1)
        .cancelled(Status::Executing, 1)
        .ended(1, RobotEnd::Killed)
        .healed()
        .finally(Status::Cancelled, vec![reported(1, Outcome::Cancelled, 2)])
        .log(1, [line(1), line(2)])
        .is_right();
}

#[test]
fn a_robot_that_was_faster_than_its_cancel() {
    Told::new()
        .played(false)
        .started(1, "pc")
        .cancelled(Status::Executing, 1)
        .ended(1, RobotEnd::Success)
        .healed()
        .finally(Status::Success, vec![reported(1, Outcome::Success, 0)])
        .is_right();
}

#[test]
fn a_stop_that_is_carried_out_in_time() {
    let told = Told::new()
        .played(false)
        .started(1, "pc")
        .cancelled(Status::Executing, 1)
        .and(What::CancelReached {
            attempt: attempt(1),
            mode: Mode::Stop,
        });
    told.after(
        12_000,
        What::RobotEnded {
            attempt: attempt(1),
            how: RobotEnd::Killed,
        },
    )
    .is_right();
}

#[test]
fn a_job_that_waits_again_and_is_then_cancelled() {
    Told::new()
        .played(true)
        .started(1, "pc")
        .ended(1, RobotEnd::PowerLost)
        .cancelled(Status::Cancelled, 1)
        .healed()
        .finally(Status::Cancelled, vec![reported(1, LOST, 0)])
        .is_right();
}

#[test]
fn an_attempt_of_a_removed_computer_that_is_never_reported() {
    went_well()
        .and(What::Removed { agent: agent("pc") })
        .finally(Status::Failed, vec![given_up(1)])
        .is_right();
}

#[test]
fn an_attempt_that_a_disk_forgot_and_that_is_never_reported() {
    went_well()
        .and(What::DiskLied { agent: agent("pc") })
        .finally(Status::Failed, vec![given_up(1)])
        .is_right();
}

#[test]
fn silence_that_was_heard_for_long_enough() {
    let silent = What::SilentTooLong {
        attempt: attempt(1),
        agent: agent("pc"),
    };
    Told::new()
        .and(What::Heard { agent: agent("pc") })
        .after(90_000, silent.clone())
        .is_right();
    // Nobody can say how long it was when a server's clock was set.
    Told::new()
        .and(What::Heard { agent: agent("pc") })
        .and(What::ClockSet)
        .and(silent)
        .is_right();
}

#[test]
fn a_history_comes_back_from_its_lines() {
    let told = all_well()
        .cancelled(Status::Executing, 1)
        .log(1, [line(1), gap(true), file("log.html"), EventKind::Other])
        .and(What::DeafSince)
        .and(What::Holding {
            held: [(agent("pc"), vec![job()])].into(),
        });
    let mut lines = Vec::new();
    told.0.write(&mut lines).unwrap();
    let read = History::read(BufReader::new(lines.as_slice())).unwrap();
    assert_eq!(read, told.0);
    let wrong = History::read(BufReader::new(b"{}\n".as_slice())).unwrap_err();
    assert!(wrong.to_string().starts_with("line 1 of the history"));
}

#[test]
fn events_are_read_as_they_are_handed_out() {
    let read = |text: &str| Event::read(&serde_json::from_str(text).unwrap());
    let said = read(r#"{"seq":7,"kind":"log","text":"line 12"}"#);
    assert_eq!((said.seq, said.kind), (7, line(12)));
    let lost = read(r#"{"seq":8,"kind":"gap","reason":"disk_lost"}"#);
    assert_eq!(lost.kind, gap(true));
    let other = read(r#"{"seq":9,"kind":"log","text":"hello"}"#);
    assert_eq!(other.kind, EventKind::Other);
    let stored = read(r#"{"seq":9,"kind":"artifact","name":"log.html"}"#);
    assert_eq!(stored.kind, file("log.html"));
}
