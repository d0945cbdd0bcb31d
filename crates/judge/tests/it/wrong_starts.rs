//! Wrong: what was accepted, started and held.

use judge::{FinalAttempt, FinalJob, Outcome, Promise, RobotEnd, Status, What};

use crate::given::{
    LOST, Told, agent, all_well, answered, asked, given_up, job, reported, went_well,
};

#[test]
fn an_accepted_job_that_is_not_there() {
    went_well().breaks(Promise::AcceptedIsKept);
}

#[test]
fn two_jobs_of_one_request() {
    let told = Told::new()
        .played(false)
        .and(answered("request", "other", false));
    told.breaks(Promise::OneJobForOneRequest);
}

#[test]
fn one_job_of_two_requests() {
    let told = Told::new()
        .played(false)
        .and(asked("other"))
        .and(answered("other", "job", false));
    told.breaks(Promise::OneJobForOneRequest);
}

#[test]
fn other_content_under_the_same_request() {
    let told = Told::new().played(false).and(What::PlayAnswered {
        user: "anna".into(),
        request: "request".into(),
        content: "other".to_owned(),
        job: job(),
        repeatable: false,
    });
    told.breaks(Promise::OneJobForOneRequest);
}

#[test]
fn a_second_job_that_no_answer_named() {
    let ghost = What::Final(FinalJob {
        job: "ghost".into(),
        status: Status::Cancelled,
        attempts: Vec::new(),
    });
    let asked = What::CancelAsked {
        job: "ghost".into(),
        mode: judge::Mode::Kill,
    };
    let told = all_well().and(asked).and(ghost);
    told.breaks(Promise::OneJobForOneRequest);
}

#[test]
fn an_attempt_that_starts_twice() {
    let told = Told::new()
        .played(true)
        .started(1, "pc")
        .ended(1, RobotEnd::PowerLost)
        .started(1, "pc");
    told.breaks(Promise::NeverTwice);
}

#[test]
fn a_second_attempt_of_a_robot_that_is_not_repeatable() {
    let told = Told::new()
        .played(false)
        .started(1, "pc")
        .ended(1, RobotEnd::PowerLost)
        .started(2, "pc");
    told.breaks(Promise::NeverTwice);
}

#[test]
fn a_fourth_attempt_of_one_that_is() {
    let told = (1..=4).fold(Told::new().played(true), |told, n| {
        told.started(n, "pc").ended(n, RobotEnd::PowerLost)
    });
    told.breaks(Promise::NeverTwice);
}

#[test]
fn a_job_that_is_seen_waiting_again_although_its_robot_is_not_repeatable() {
    let told = Told::new()
        .played(false)
        .seen("page", Status::Executing)
        .seen("page", Status::Waiting);
    told.breaks(Promise::NeverTwice);
}

#[test]
fn a_next_attempt_while_one_works_that_was_not_lost() {
    let told = Told::new()
        .played(true)
        .started(1, "pc")
        .started(2, "other")
        .ended(1, RobotEnd::Failed)
        .finally(
            Status::Executing,
            vec![
                reported(1, Outcome::Failed(judge::Failure::Robot), 0),
                FinalAttempt {
                    outcome: None,
                    ..given_up(2)
                },
            ],
        );
    // What the store says in the end is wrong too: an outcome that was followed by another attempt.
    let found = judge::judge(&told.0);
    let promises: Vec<Promise> = found.iter().map(|violation| violation.promise).collect();
    assert_eq!(promises, [Promise::OneOwner, Promise::OutcomeStands]);
}

#[test]
fn a_job_that_two_agents_hold() {
    let held = ["pc", "other"].map(|name| (agent(name), vec![job()]));
    let told = Told::new().and(What::Holding { held: held.into() });
    told.breaks(Promise::OneOwner);
}

#[test]
fn more_jobs_than_slots() {
    let held = [(agent("pc"), vec![job(), "other".into()])];
    let told = Told::new().and(What::Holding { held: held.into() });
    told.breaks(Promise::SlotsHold);
}

#[test]
fn a_start_after_the_job_was_answered_as_cancelled() {
    let told = Told::new()
        .played(false)
        .cancelled(Status::Cancelled, 0)
        .started(1, "pc");
    told.breaks(Promise::NothingAfterCancelled);
}

#[test]
fn a_start_after_the_job_was_seen_as_cancelled() {
    let told = Told::new()
        .played(false)
        .seen("page", Status::Cancelled)
        .started(1, "pc");
    told.breaks(Promise::NothingAfterCancelled);
}

#[test]
fn a_next_attempt_after_the_end_was_asked_for() {
    let told = Told::new()
        .played(true)
        .started(1, "pc")
        .ended(1, RobotEnd::PowerLost)
        .cancelled(Status::Executing, 1)
        .started(2, "pc")
        .ended(2, RobotEnd::Success)
        .finally(
            Status::Success,
            vec![reported(1, LOST, 0), reported(2, Outcome::Success, 0)],
        );
    told.breaks(Promise::CancelIsHonoured);
}

#[test]
fn a_start_that_was_never_confirmed() {
    let told = Told::new()
        .played(false)
        .started(1, "pc")
        .cancelled(Status::Executing, 0)
        .ended(1, RobotEnd::Killed)
        .finally(Status::Cancelled, Vec::new());
    told.breaks(Promise::OneOwner);
}
