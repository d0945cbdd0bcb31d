//! Wrong: outcomes, and what ends too late, too early or never.

use judge::{Failure, FinalAttempt, Mode, Outcome, Promise, RobotEnd, Status, What};

use crate::given::{LOST, Told, agent, all_well, attempt, given_up, job, reported, went_well};

#[test]
fn an_outcome_that_changes_before_the_same_eyes() {
    let told = all_well()
        .seen("page", Status::Success)
        .seen("page", Status::Executing);
    told.breaks(Promise::OutcomeStands);
}

#[test]
fn an_outcome_that_two_people_see_differently() {
    let told = all_well()
        .seen("page", Status::Success)
        .seen("other", Status::Failed);
    told.breaks(Promise::OutcomeStands);
}

#[test]
fn an_outcome_that_is_another_one_in_the_end() {
    let told = went_well()
        .seen("page", Status::Failed)
        .finally(Status::Success, vec![reported(1, Outcome::Success, 3)]);
    told.breaks(Promise::OutcomeStands);
}

#[test]
fn a_status_that_is_not_that_of_its_last_attempt() {
    let late = FinalAttempt {
        late: Some(Outcome::Success),
        last_seq: Some(3),
        ..given_up(1)
    };
    let told = went_well().finally(Status::Success, vec![late]);
    told.breaks(Promise::OutcomeStands);
}

#[test]
fn an_attempt_after_one_that_had_an_outcome() {
    let told = Told::new()
        .played(true)
        .started(1, "pc")
        .ended(1, RobotEnd::Failed)
        .started(2, "pc")
        .ended(2, RobotEnd::Success)
        .finally(
            Status::Success,
            vec![
                reported(1, Outcome::Failed(Failure::Robot), 0),
                reported(2, Outcome::Success, 0),
            ],
        );
    told.breaks(Promise::OutcomeStands);
}

#[test]
fn a_success_whose_robot_was_not_successful() {
    for how in [RobotEnd::Failed, RobotEnd::Killed, RobotEnd::PowerLost] {
        let told = Told::new()
            .played(false)
            .started(1, "pc")
            .ended(1, how)
            .healed()
            .finally(Status::Success, vec![reported(1, Outcome::Success, 0)]);
        told.breaks(Promise::OutcomeIsTrue);
    }
}

#[test]
fn a_success_that_never_started() {
    let told = Told::new()
        .played(false)
        .finally(Status::Success, vec![reported(1, Outcome::Success, 0)]);
    told.breaks(Promise::OutcomeIsTrue);
}

#[test]
fn a_failure_whose_robot_was_successful() {
    let failed = Outcome::Failed(Failure::Robot);
    let told = went_well().finally(Status::Failed, vec![reported(1, failed, 3)]);
    told.breaks(Promise::OutcomeIsTrue);
}

#[test]
fn a_late_outcome_that_is_not_what_happened() {
    let late = FinalAttempt {
        late: Some(Outcome::Failed(Failure::Robot)),
        last_seq: Some(3),
        ..given_up(1)
    };
    let told = went_well().finally(Status::Failed, vec![late]);
    told.breaks(Promise::OutcomeIsTrue);
}

#[test]
fn cancelled_that_nobody_asked_for() {
    let told = Told::new()
        .played(false)
        .finally(Status::Cancelled, Vec::new());
    told.breaks(Promise::OutcomeIsTrue);
}

#[test]
fn an_outcome_that_is_never_told() {
    let told = went_well().finally(Status::Failed, vec![given_up(1)]);
    told.breaks(Promise::OutcomeIsDelivered);
}

#[test]
fn a_stop_and_a_kill_that_take_too_long() {
    for (mode, limit) in [(Mode::Stop, 12_000), (Mode::Kill, 10_000)] {
        let told = Told::new()
            .played(false)
            .started(1, "pc")
            .cancelled(Status::Executing, 1)
            .and(What::CancelReached {
                attempt: attempt(1),
                mode,
            });
        let told = told.after(
            limit + 1,
            What::RobotEnded {
                attempt: attempt(1),
                how: RobotEnd::Killed,
            },
        );
        told.breaks(Promise::CancelIsHonoured);
    }
}

#[test]
fn a_cancel_that_is_forgotten() {
    let told = Told::new()
        .played(false)
        .started(1, "pc")
        .cancelled(Status::Executing, 1)
        .healed();
    let told = told.after(
        120_001,
        What::RobotEnded {
            attempt: attempt(1),
            how: RobotEnd::Success,
        },
    );
    told.finally(Status::Success, vec![reported(1, Outcome::Success, 0)])
        .breaks(Promise::CancelIsHonoured);
}

#[test]
fn silence_that_nobody_could_hear() {
    let silent = What::SilentTooLong {
        attempt: attempt(1),
        agent: agent("pc"),
    };
    Told::new()
        .and(What::Heard { agent: agent("pc") })
        .after(89_999, silent.clone())
        .breaks(Promise::SilenceIsHeard);
    Told::new()
        .and(What::DeafSince)
        .after(600_000, What::HearsAgain)
        .and(silent.clone())
        .breaks(Promise::SilenceIsHeard);
    Told::new()
        .and(What::DeafSince)
        .after(600_000, silent)
        .breaks(Promise::SilenceIsHeard);
}

#[test]
fn a_job_that_waits_or_executes_for_ever() {
    Told::new()
        .played(false)
        .healed()
        .finally(Status::Waiting, Vec::new())
        .breaks(Promise::EverythingEnds);
    let open = FinalAttempt {
        outcome: None,
        ..given_up(1)
    };
    Told::new()
        .played(false)
        .started(1, "pc")
        .healed()
        .finally(Status::Executing, vec![open])
        .breaks(Promise::EverythingEnds);
}

#[test]
fn a_page_that_shows_something_else_in_the_end() {
    let told = all_well().and(What::FinallySeen {
        viewer: "page".into(),
        job: job(),
        status: Status::Executing,
        log_to: None,
    });
    told.breaks(Promise::PagesAgree);
}

#[test]
fn an_attempt_that_ended_with_the_power_and_is_never_told() {
    let told = Told::new()
        .played(true)
        .started(1, "pc")
        .ended(1, RobotEnd::PowerLost)
        .started(2, "pc")
        .ended(2, RobotEnd::Success)
        .healed()
        .finally(
            Status::Success,
            vec![given_up(1), reported(2, Outcome::Success, 0)],
        );
    told.breaks(Promise::OutcomeIsDelivered);
    assert_eq!(given_up(1).outcome, Some(LOST));
}

#[test]
fn a_job_that_is_answered_as_cancelled_while_its_robot_works() {
    let told = Told::new()
        .played(false)
        .started(1, "pc")
        .cancelled(Status::Cancelled, 1)
        .ended(1, RobotEnd::Killed)
        .finally(Status::Cancelled, vec![reported(1, Outcome::Cancelled, 0)]);
    told.breaks(Promise::OutcomeIsTrue);
}
