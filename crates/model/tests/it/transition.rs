//! Every cell of the transition table, and what holds for all of them.

use std::collections::BTreeMap;

use model::transition::{DropReason, Holding, Refusal, apply, held, may_append};
use model::{JobState, Reported, Timestamp};

use crate::transition_table::{NOW, cell, rows, states, usual, waiting};

/// One line for each command, one cell for each state.
const TABLE: &str = "
state: waiting | offered | run out | executing | repeatable | stopping | killing | waits again | second | success | lost | told late | removed | cancelled
offer: offered → offered | not free | not free | not free | not free | not free | not free | offered → offered | not free | has ended | has ended | has ended | has ended | has ended
confirm: stale | confirmed → executing | run out | already | already | already | already | stale | stale | stale | stale | stale | stale | stale
confirm, newer connection: stale | confirmed → executing | run out | already | already | already | already | stale | stale | stale | stale | stale | stale | stale
confirm, old connection: stale | old connection | old connection | old connection | old connection | old connection | old connection | old connection | old connection | old connection | old connection | old connection | old connection | stale
confirm, another process: stale | confirmed → executing | run out | stale | stale | stale | stale | stale | stale | stale | stale | stale | stale | stale
confirm, another agent: stale | stale | stale | stale | stale | stale | stale | stale | stale | stale | stale | stale | stale | stale
decline: stale | declined → waiting | declined → waiting | is confirmed | is confirmed | is confirmed | is confirmed | is confirmed | is confirmed | is confirmed | is confirmed | is confirmed | is confirmed | stale
decline, old connection: stale | old connection | old connection | old connection | old connection | old connection | old connection | old connection | old connection | old connection | old connection | old connection | old connection | stale
decline, another agent: stale | stale | stale | stale | stale | stale | stale | stale | stale | stale | stale | stale | stale | stale
expire: stale | not due | taken back → waiting | stale | stale | stale | stale | stale | stale | stale | stale | stale | stale | stale
withdraw below 6: stale | taken back → waiting | taken back → waiting | stale | stale | stale | stale | stale | stale | stale | stale | stale | stale | stale
withdraw below 5: stale | not due | not due | stale | stale | stale | stale | stale | stale | stale | stale | stale | stale | stale
keep accepted: stale | kept → offered | run out | kept → executing | kept → executing | kept → executing | kept → executing | kept → waiting | kept → executing | has outcome | kept → failed | has late outcome | kept → failed | stale
keep accepted, old connection: stale | old connection | old connection | old connection | old connection | old connection | old connection | old connection | old connection | old connection | old connection | old connection | old connection | stale
keep accepted, another process: stale | kept → offered | run out | lost → failed | lost → failed | lost → failed | lost → failed | restarted | restarted | has outcome | restarted | has late outcome | restarted | stale
keep running, another process: stale | kept → offered | run out | kept → executing | kept → executing | kept → executing | kept → executing | kept → waiting | kept → executing | has outcome | kept → failed | has late outcome | kept → failed | stale
keep ended, another process: stale | kept → offered | run out | kept → executing | kept → executing | kept → executing | kept → executing | kept → waiting | kept → executing | has outcome | kept → failed | has late outcome | kept → failed | stale
keep running, another agent: stale | stale | stale | stale | stale | stale | stale | stale | stale | stale | stale | stale | stale | stale
finish success: stale | not confirmed | not confirmed | finished → success | finished → success | finished → success | finished → success | kept late → waiting | kept late → executing | has outcome | kept late → failed | has late outcome | kept late → failed | stale
finish cancelled: stale | not confirmed | not confirmed | finished → failed | finished → failed | finished → cancelled | finished → cancelled | kept late → waiting | kept late → executing | has outcome | kept late → failed | has late outcome | kept late → failed | stale
finish agent_lost: stale | not confirmed | not confirmed | finished → failed | waits again → waiting | finished → failed | finished → failed | kept late → waiting | kept late → executing | has outcome | kept late → failed | has late outcome | kept late → failed | stale
finish, events missing: stale | not confirmed | not confirmed | events missing | events missing | events missing | events missing | events missing | events missing | has outcome | events missing | has late outcome | events missing | stale
finish, below what is stored: stale | not confirmed | not confirmed | below stored | below stored | below stored | below stored | below stored | below stored | has outcome | below stored | has late outcome | below stored | stale
finish, old connection: stale | old connection | old connection | old connection | old connection | old connection | old connection | old connection | old connection | old connection | old connection | old connection | old connection | stale
finish, another process: stale | not confirmed | not confirmed | finished → success | finished → success | finished → success | finished → success | kept late → waiting | kept late → executing | has outcome | kept late → failed | has late outcome | kept late → failed | stale
finish, another agent: stale | stale | stale | stale | stale | stale | stale | stale | stale | stale | stale | stale | stale | stale
lose by silence: not executing | not executing | not executing | lost → failed | waits again → waiting | lost → failed | lost → failed | not executing | stale | has ended | has ended | has ended | has ended | has ended
lose unnamed below 6: not executing | not executing | not executing | lost → failed | lost → failed | lost → failed | lost → failed | not executing | stale | has ended | has ended | has ended | has ended | has ended
lose unnamed below 5: not executing | not executing | not executing | not due | not due | not due | not due | not executing | stale | has ended | has ended | has ended | has ended | has ended
lose by removal: not executing | not executing | not executing | lost → failed | lost → failed | lost → failed | lost → failed | not executing | stale | has ended | has ended | has ended | has ended | has ended
cancel (stop): cancelled → cancelled | cancelled → cancelled | cancelled → cancelled | asked → executing | asked → executing | already | already | cancelled → cancelled | asked → executing | has ended | asked → failed | has ended | has ended | already
cancel (kill): cancelled → cancelled | cancelled → cancelled | cancelled → cancelled | asked → executing | asked → executing | asked → executing | already | cancelled → cancelled | asked → executing | has ended | asked → failed | has ended | has ended | already
cancel before start: cancelled → cancelled | cancelled → cancelled | cancelled → cancelled | is confirmed | is confirmed | is confirmed | is confirmed | cancelled → cancelled | is confirmed | has ended | has ended | has ended | has ended | has ended
stop reached: not due | not due | not due | not due | not due | already | already | not due | not due | not due | not due | not due | not due | not due
kill reached: not due | not due | not due | not due | not due | not due | already | not due | not due | not due | not due | not due | not due | not due
kill overdue: not executing | not executing | not executing | not due | not due | not due | killed → cancelled | not executing | stale | has ended | has ended | has ended | has ended | has ended
rewind: rewound → failed | rewound → failed | rewound → failed | rewound → failed | rewound → waiting | rewound → failed | rewound → failed | rewound → waiting | rewound → waiting | has ended | has ended | has ended | has ended | has ended
";

fn expected() -> BTreeMap<&'static str, Vec<&'static str>> {
    let lines = TABLE.lines().filter_map(|line| line.split_once(": "));
    lines
        .map(|(name, cells)| (name, cells.split(" | ").collect()))
        .collect()
}

#[test]
fn every_cell_of_the_table_is_as_written() {
    let expected = expected();
    let (states, rows) = (states(), rows());
    let names: Vec<&str> = states.iter().map(|state| state.name).collect();
    assert_eq!(expected["state"], names);
    assert!(states.iter().all(|state| !state.about.is_empty()));
    assert_eq!(expected.len(), rows.len() + 1);
    for row in &rows {
        for (state, cell_expected) in states.iter().zip(&expected[row.name]) {
            let found = cell(&state.job, &row.command);
            assert_eq!(found, *cell_expected, "{} in {}", row.name, state.name);
        }
    }
}

#[test]
fn a_change_raises_the_revision_by_one_and_never_takes_back_an_attempt() {
    for state in states() {
        for row in rows() {
            let Ok(changed) = apply(&state.job, &row.command, NOW) else {
                continue;
            };
            let what = format!("{} in {}", row.name, state.name);
            assert_eq!(changed.job.rev, state.job.rev + 1, "{what}");
            assert!(changed.job.last_attempt >= state.job.last_attempt, "{what}");
            assert!(changed.job.past.len() >= state.job.past.len(), "{what}");
            for (before, after) in state.job.past.iter().zip(&changed.job.past) {
                assert_eq!(before.outcome, after.outcome, "{what}");
                assert_eq!(before.ended_at, after.ended_at, "{what}");
            }
        }
    }
}

#[test]
fn an_ended_job_keeps_its_outcome_whatever_comes() {
    for state in states() {
        let JobState::Ended { .. } = state.job.state else {
            continue;
        };
        for row in rows() {
            if let Ok(changed) = apply(&state.job, &row.command, NOW) {
                assert_eq!(changed.job.state, state.job.state, "{}", row.name);
            }
        }
    }
}

#[test]
fn an_old_attempt_changes_neither_the_status_nor_a_newer_attempt() {
    let states = states();
    let second = states.iter().find(|state| state.name == "second").unwrap();
    for row in rows() {
        // These are about the job, not about an attempt.
        if row.name.starts_with("cancel") || matches!(row.name, "offer" | "rewind") {
            continue;
        }
        if let Ok(changed) = apply(&second.job, &row.command, NOW) {
            assert_eq!(changed.job.state, second.job.state, "{}", row.name);
        }
    }
}

#[test]
fn an_old_connection_changes_nothing_in_any_state() {
    let speaks = rows();
    let old = speaks
        .iter()
        .filter(|row| row.name.ends_with("old connection"));
    for row in old {
        for state in states() {
            let refusal = apply(&state.job, &row.command, NOW).unwrap_err();
            assert!(
                matches!(refusal, Refusal::OldConnection | Refusal::Stale),
                "{} in {}: {refusal:?}",
                row.name,
                state.name
            );
        }
    }
}

fn at(name: &str) -> model::Job {
    states()
        .into_iter()
        .find(|state| state.name == name)
        .unwrap()
        .job
}

#[test]
fn a_renew_is_told_to_keep_whatever_has_no_stored_outcome() {
    use Holding::{Drop, Keep};
    let expected = [
        ("waiting", Drop(DropReason::Unknown)),
        ("offered", Keep),
        ("run out", Drop(DropReason::Stale)),
        ("executing", Keep),
        ("waits again", Keep),
        ("second", Keep),
        ("success", Drop(DropReason::Ended)),
        ("lost", Keep),
        ("told late", Drop(DropReason::Ended)),
        ("removed", Keep),
        // Attempt 1 was an offer that a cancel ended.
        ("cancelled", Drop(DropReason::Stale)),
    ];
    for (name, holding) in expected {
        assert_eq!(held(&at(name), &usual(), NOW), holding, "{name}");
    }
}

#[test]
fn the_attempt_of_another_agent_and_a_number_never_given_are_unknown() {
    let mut other = usual();
    other.connection.agent = model::AgentId(model::ObjectId::from_bytes([7; 12]));
    for name in ["offered", "executing", "lost", "second"] {
        let holding = held(&at(name), &other, NOW);
        assert_eq!(holding, Holding::Drop(DropReason::Unknown), "{name}");
    }
    for n in [0, 2, u32::MAX] {
        let by = model::transition::By { n, ..usual() };
        let holding = held(&at("executing"), &by, NOW);
        assert_eq!(holding, Holding::Drop(DropReason::Unknown), "{n}");
    }
}

#[test]
fn events_are_taken_from_whoever_confirmed_until_the_reported_end() {
    for name in ["executing", "waits again", "second", "lost", "removed"] {
        assert_eq!(may_append(&at(name), &usual(), 1_000), Ok(()), "{name}");
    }
    for name in ["success", "told late"] {
        assert_eq!(may_append(&at(name), &usual(), 3), Ok(()), "{name}");
        let beyond = may_append(&at(name), &usual(), 4).unwrap_err();
        assert!(matches!(beyond, Refusal::AlreadyFinished { .. }), "{name}");
    }
    for name in ["offered", "run out"] {
        let early = may_append(&at(name), &usual(), 1);
        assert_eq!(early, Err(Refusal::NotConfirmed), "{name}");
    }
    for name in ["waiting", "cancelled"] {
        assert_eq!(may_append(&at(name), &usual(), 1), Err(Refusal::Stale));
    }
}

#[test]
fn a_lost_repeatable_attempt_waits_again_until_there_were_too_many() {
    let mut job = waiting();
    job.settings.repeatable = true;
    let commands = rows();
    let command = |name: &str| {
        let row = commands.iter().find(|row| row.name == name);
        row.unwrap().command.clone()
    };
    for n in 1..=3 {
        let renumber = |command| match command {
            model::transition::Command::Confirm(by) => {
                model::transition::Command::Confirm(model::transition::By { n, ..by })
            }
            model::transition::Command::Lose { below, cause, .. } => {
                model::transition::Command::Lose { n, below, cause }
            }
            other => other,
        };
        for name in ["offer", "confirm", "lose by silence"] {
            job = apply(&job, &renumber(command(name)), NOW).unwrap().job;
        }
        assert_eq!(job.past.len(), usize::try_from(n).unwrap());
        let waits = matches!(job.state, JobState::Waiting { offer: None });
        assert_eq!(waits, n < 3, "after attempt {n}");
    }
    assert!(
        job.past
            .iter()
            .all(|past| past.reported == Reported::NotYet)
    );
}

#[test]
fn what_a_backup_does_not_know_may_have_happened() {
    let command = model::transition::Command::Rewind;
    let rewound = |name: &str| apply(&at(name), &command, NOW).unwrap().job;
    // Attempts that were made since have numbers that are not given again.
    assert!(rewound("waits again").last_attempt > at("waits again").last_attempt + 100);
    let again = rewound("repeatable");
    assert_eq!(again.past[0].reported, Reported::NotYet);
    assert_eq!(again.last_attempt, at("repeatable").last_attempt + 1_000);
    let ended = rewound("executing");
    assert_eq!(ended.unreported().count(), 1);
    // Whoever asked for its end does not see it start again.
    let mut unwanted = at("repeatable");
    unwanted.cancel = at("stopping").cancel;
    let ended = apply(&unwanted, &command, NOW).unwrap().job;
    assert!(matches!(ended.state, JobState::Ended { .. }));
}

#[test]
fn the_loss_of_a_removed_agent_waits_for_no_report() {
    let command = rows()
        .into_iter()
        .find(|row| row.name == "lose by removal")
        .unwrap()
        .command;
    let job = apply(&at("executing"), &command, NOW).unwrap().job;
    assert_eq!(job.past[0].reported, Reported::Never);
    assert_eq!(job.unreported().count(), 0);
}

#[test]
fn a_kill_counts_from_when_its_agent_was_told_first() {
    let mut job = at("killing");
    let reached = job
        .cancel
        .as_mut()
        .and_then(|cancel| cancel.reached.as_mut());
    reached.unwrap().at = Timestamp::from_millis(NOW.as_millis() - 1);
    let rows = rows();
    let overdue = rows.iter().find(|row| row.name == "kill overdue").unwrap();
    assert_eq!(apply(&job, &overdue.command, NOW), Err(Refusal::NotDue));
    let told = rows.iter().find(|row| row.name == "kill reached").unwrap();
    assert_eq!(apply(&job, &told.command, NOW), Err(Refusal::Already));
}
