//! Wrong: logs.

use judge::{Event, Outcome, Promise, RobotEnd, Status, What};

use crate::given::{Told, all_well, attempt, file, gap, line, reported, went_well};

fn ends_at(last_seq: u64) -> Told {
    went_well().finally(
        Status::Success,
        vec![reported(1, Outcome::Success, last_seq)],
    )
}

#[test]
fn a_line_that_is_missing_silently() {
    let said = ends_at(2)
        .log(1, [line(1), line(3)])
        .breaks(Promise::WholeLog);
    assert!(said.contains("line 2 is missing silently"), "{said}");
}

#[test]
fn a_log_that_ends_silently() {
    let said = ends_at(2)
        .log(1, [line(1), line(2)])
        .breaks(Promise::WholeLog);
    assert!(said.contains("ends silently at line 2 of 3"), "{said}");
}

#[test]
fn a_line_that_is_there_twice() {
    let twice = [line(1), line(2), line(2), line(3)];
    ends_at(4).log(1, twice).breaks(Promise::WholeLog);
    // A full disk loses what was not yet written, and reads nothing again.
    let twice = [line(1), gap(false), line(1), line(2), line(3)];
    ends_at(5).log(1, twice).breaks(Promise::WholeLog);
}

#[test]
fn lines_in_another_order() {
    let said = ends_at(4)
        .log(1, [line(1), gap(false), line(3), line(2)])
        .breaks(Promise::WholeLog);
    assert!(said.contains("line 2 stands behind 3"), "{said}");
}

#[test]
fn a_number_that_is_missing() {
    let events = [(1, line(1)), (3, line(2)), (4, line(3))];
    let events = events.map(|(seq, kind)| Event { seq, kind }).into();
    let told = ends_at(3).and(What::FinalLog {
        attempt: attempt(1),
        events,
    });
    told.breaks(Promise::WholeLog);
}

#[test]
fn an_end_that_is_not_where_the_agent_said() {
    let said = ends_at(9)
        .log(1, [line(1), line(2), line(3)])
        .breaks(Promise::WholeLog);
    assert!(said.contains("it ends at 3, its agent said 9"), "{said}");
}

#[test]
fn a_line_that_nobody_said() {
    let told = ends_at(4).log(1, [line(1), line(2), line(3), line(4)]);
    told.breaks(Promise::WholeLog);
}

#[test]
fn a_file_that_is_told_twice_or_not_stored() {
    let lines = [line(1), line(2), line(3)];
    let twice = lines.clone().into_iter().chain([file("a"), file("a")]);
    ends_at(5).log(1, twice).breaks(Promise::WholeLog);
    let once = lines.into_iter().chain([file("a")]);
    let told = ends_at(4).log(1, once).and(What::FinalFiles {
        attempt: attempt(1),
        names: Vec::new(),
    });
    told.breaks(Promise::WholeLog);
}

#[test]
fn what_a_page_shows_of_a_log_in_the_end() {
    let told = all_well()
        .log(1, [line(1), line(2), line(3)])
        .and(What::FinallySeen {
            viewer: "page".into(),
            job: "job".into(),
            status: Status::Success,
            log_to: Some(2),
        });
    told.breaks(Promise::PagesAgree);
}

#[test]
fn a_hole_in_the_log_of_a_robot_that_lost_its_power() {
    let told = Told::new()
        .played(false)
        .started(1, "pc")
        .said(1, 4)
        .ended(1, RobotEnd::PowerLost)
        .healed()
        .finally(Status::Failed, vec![reported(1, crate::given::LOST, 2)])
        .log(1, [line(1), line(3)]);
    told.breaks(Promise::WholeLog);
}
