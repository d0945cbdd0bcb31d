//! What every store must do, as named cases.
//!
//! A store's own tests turn each case into a test of its own with
//! [`for_each_conformance_case!`](crate::for_each_conformance_case): they give a fresh, empty
//! store and call [`run`]. Cases only use the traits. `TOLERANT` cases also hold when every answer
//! of a verb that recognises its own repetition is lost once and the caller repeats the call; the
//! suite is then run over [`losing_answers`].
//!
//! The cases demand nothing that a store of single documents could not keep: under races they look
//! at what is never allowed, not at an order.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a case fails by panicking, as every test"
)]

mod agents;
mod artifacts;
mod audit;
pub mod crash;
mod given;
mod job_lists;
mod jobs;
mod logs;
mod node;
mod offers;
mod offers_at_once;
mod pairings;
mod people;
mod robots;

use std::pin::Pin;
use std::sync::Arc;

use crate::Store;
use crate::faulty::{Fault, Faulty};
use crate::until_known::UntilKnown;

/// A case over a fresh store.
type Case = fn(Arc<dyn Store>) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs the case of that name over an empty store.
///
/// # Panics
/// If the store does not do what it must, or there is no such case.
pub async fn run(case: &str, store: Arc<dyn Store>) {
    let known = CASES.iter().find(|(name, _)| *name == case);
    let (_, run) = known.unwrap_or_else(|| panic!("there is no case `{case}`"));
    run(store).await;
}

/// The store behind a caller that loses the first answer of every call that it may repeat, and
/// repeats it.
#[must_use]
pub fn losing_answers(store: Arc<dyn Store>) -> Arc<dyn Store> {
    let plan = |verb: &'static str, call: u64| {
        (REPEATABLE.contains(&verb) && call % 2 == 1).then_some(Fault::UnknownDone)
    };
    let faulty = Faulty::new(store, Box::new(plan));
    Arc::new(UntilKnown::new(Arc::new(faulty)))
}

/// The store behind a caller none of whose first calls is carried out, and who cannot know: it
/// repeats each of them. Others get their turns in between. Every case holds here.
#[must_use]
pub fn losing_calls(store: Arc<dyn Store>) -> Arc<dyn Store> {
    let plan = |_: &'static str, call: u64| {
        Some(match call % 2 {
            1 => Fault::UnknownNotDone,
            _ => Fault::Delay(3),
        })
    };
    let faulty = Faulty::new(store, Box::new(plan));
    Arc::new(UntilKnown::new(Arc::new(faulty)))
}

/// The writing verbs that recognise the same call when it comes again.
const REPEATABLE: &[&str] = &[
    "play",
    "offer_next",
    "append_events",
    "join_agent",
    "leave_agent",
    "patch_agent",
    "patch_robot",
    "remove_agent",
    "create_pairing",
    "create_enrolment",
    "enrol",
    "create_robot",
    "add_version",
    "delete_robot",
    "set_up",
    "create_user",
    "patch_user",
    "put_link",
    "take_sign_in_link",
    "create_invite",
    "accept_invite",
    "note_change",
    "create_session",
    "touch_session",
    "create_token",
    "touch_token",
    "add_artifact",
    "compact",
    "installation",
    "node_alive",
];

/// Calls `$each!` with the module and name of every case, in two lists: those that also hold when
/// answers are lost and calls repeated, and the rest.
#[macro_export]
macro_rules! for_each_conformance_case {
    ($each:ident) => {
        $each! {
            TOLERANT
            jobs::a_played_job_is_read_back_as_it_was_answered,
            jobs::the_numbers_of_a_robot_rise_from_one,
            jobs::a_number_is_not_given_again_after_its_job_was_forgotten,
            jobs::the_same_request_answers_with_the_same_job,
            jobs::the_same_request_with_other_content_is_refused,
            jobs::a_request_is_recognised_without_being_made_again,
            jobs::a_request_id_belongs_to_its_user,
            jobs::the_same_job_again_is_recognised_without_a_request_id,
            jobs::a_robot_that_is_gone_or_not_ones_own_cannot_be_played,
            jobs::a_repeated_request_is_answered_although_its_robot_was_deleted,
            jobs::what_waits_for_a_deleted_robot_is_found,
            jobs::the_last_values_are_kept_without_secrets,
            jobs::a_change_is_read_back_as_it_was_answered,
            jobs::an_unknown_job_is_gone,
            jobs::a_refusal_changes_nothing_and_names_the_job,
            jobs::secrets_are_deleted_with_the_end_of_their_job,
            jobs::secrets_stay_when_a_job_waits_again,
            jobs::a_cancelled_job_loses_its_secrets_at_once,
            jobs::an_end_is_stored_only_behind_its_events,
            jobs::an_agent_that_was_heard_is_not_lost,
            jobs::a_repeated_end_is_answered_with_the_first_one,
            jobs::a_late_outcome_is_kept_with_its_attempt,
            jobs::concurrent_plays_of_one_request_make_one_job,
            jobs::concurrent_plays_take_different_numbers,
            jobs::concurrent_confirms_start_one_attempt,
            job_lists::pages_follow_each_other_without_hole_or_repetition,
            job_lists::a_page_is_filtered_by_everything_at_once,
            job_lists::a_rare_word_is_looked_for_in_bounded_parts,
            job_lists::words_are_found_without_regard_to_case,
            job_lists::a_page_shows_nobody_elses_jobs,
            job_lists::last_seq_is_that_of_the_latest_confirmed_attempt,
            job_lists::open_jobs_are_listed_oldest_first,
            job_lists::an_agent_holds_offers_attempts_and_what_it_has_not_told,
            job_lists::an_offer_is_due_when_it_has_run_out,
            job_lists::an_attempt_is_due_when_its_agent_is_silent,
            job_lists::an_attempt_is_due_when_a_kill_is_not_answered,
            job_lists::what_a_removed_agent_holds_is_due,
            job_lists::no_more_is_due_than_was_asked_for,
            job_lists::ended_jobs_are_forgotten_when_their_time_is_over,
            job_lists::no_more_is_forgotten_than_was_asked_for,
            offers::the_oldest_job_is_offered_first,
            offers::an_agent_is_offered_nobody_elses_jobs,
            offers::no_more_is_offered_than_is_free,
            offers::slots_are_never_exceeded,
            offers::the_page_lowers_the_slots_of_the_program,
            offers::the_same_claim_answers_with_its_open_offers,
            offers::a_claim_whose_offers_are_gone_counts_as_new,
            offers::an_offer_that_ran_out_gives_its_slot_back_unswept,
            offers::a_paused_agent_is_offered_nothing_new,
            offers::an_agent_that_never_joined_is_offered_nothing,
            offers::an_outdated_connection_is_offered_nothing,
            offers::an_unknown_or_removed_agent_is_told_so,
            offers::all_labels_are_needed,
            offers::a_wanted_agent_alone_is_offered_the_job,
            offers::a_job_is_not_offered_again_to_who_declined_it,
            offers::jobs_for_others_do_not_hide_one_that_fits,
            offers::a_lost_job_of_a_repeatable_robot_is_offered_again,
            offers_at_once::concurrent_claims_of_one_agent_keep_to_its_slots,
            logs::events_are_read_from_anywhere,
            logs::a_read_is_bounded_by_count_and_bytes,
            logs::what_is_stored_is_dropped_unread,
            logs::a_batch_beyond_the_end_is_refused,
            logs::only_who_confirmed_may_add,
            logs::events_beyond_the_reported_end_are_refused,
            logs::a_lost_attempt_may_deliver_late,
            logs::attempts_have_logs_of_their_own,
            logs::any_text_comes_back_as_it_was,
            logs::joined_batches_read_the_same,
            logs::an_attempt_that_goes_on_is_not_joined,
            logs::concurrent_batches_leave_no_hole,
            agents::connection_numbers_rise,
            agents::a_wrong_key_opens_nothing,
            agents::a_join_stands_until_a_later_one,
            agents::a_sign_of_life_is_noted_of_the_last_join_alone,
            agents::only_the_last_join_can_leave,
            agents::an_agent_is_changed_by_its_user_alone,
            agents::names_of_agents_are_unique_without_regard_to_case,
            agents::a_removed_agent_is_let_in_nowhere,
            agents::agents_are_listed_by_name,
            pairings::a_pairing_waits_for_its_user,
            pairings::the_same_key_has_the_same_pairing,
            pairings::a_key_is_used_up_for_anybody_else,
            pairings::too_many_pairings_are_refused,
            pairings::approving_makes_the_agent,
            pairings::agents_of_one_name_are_numbered,
            pairings::an_answer_is_not_turned_round,
            pairings::an_expired_pairing_is_not_answered,
            pairings::nobody_else_answers_a_pairing,
            pairings::an_enrolment_makes_the_agent_that_it_describes,
            pairings::the_same_enrolment_again_is_the_same_agent,
            pairings::an_enrolment_is_used_no_more_often_than_allowed,
            pairings::a_used_key_is_not_enrolled,
            pairings::enrolments_are_listed_and_deleted_by_their_user,
            pairings::concurrent_enrolments_use_a_token_once,
            pairings::concurrent_approvals_give_different_names,
            robots::a_robot_is_read_back_with_its_version,
            robots::names_of_robots_are_unique_without_regard_to_case,
            robots::a_robot_is_changed_by_its_user_alone,
            robots::new_labels_reach_the_waiting_jobs,
            robots::versions_are_numbered_and_kept,
            robots::a_version_on_top_of_another_is_refused,
            robots::a_deleted_robot_frees_its_name_and_keeps_what_jobs_name,
            robots::a_robot_knows_its_last_job,
            robots::robots_are_listed_by_name,
            robots::concurrent_robots_of_one_name_are_one,
            people::the_first_account_is_made_once,
            people::a_setup_link_runs_out_and_is_replaced,
            people::a_sign_in_link_opens_one_session,
            people::concurrent_uses_of_a_sign_in_link_open_once,
            people::an_address_has_one_account,
            people::an_account_is_changed,
            people::an_account_is_disabled_and_gets_a_role,
            people::an_invite_makes_one_account_of_its_role,
            audit::changes_are_read_newest_first_by_pages,
            audit::changes_are_found_by_account_kind_and_time,
            people::sessions_are_kept_until_they_are_ended,
            people::tokens_are_kept_until_they_are_deleted,
            people::concurrent_set_ups_make_one_account,
            artifacts::an_artifact_is_read_back,
            artifacts::a_name_has_one_content,
            artifacts::a_job_leaves_no_more_behind_than_allowed,
            artifacts::a_digest_is_named_by_artifacts_and_versions,
            node::an_installation_has_one_id,
            node::silence_counts_from_the_latest_living_server;
            EXACT
            jobs::a_play_says_whether_it_made_the_job,
            offers_at_once::concurrent_claimers_take_each_job_once,
            pairings::wrong_codes_are_counted,
            agents::a_join_names_the_one_before,
            people::sessions_are_forgotten_when_they_were_not_used,
            people::links_and_invites_are_forgotten_when_they_ran_out,
            pairings::pairings_are_forgotten_when_they_ran_out,
            pairings::enrolments_are_forgotten_when_they_ran_out,
            people::deleting_says_whether_there_was_something,
            logs::an_append_says_where_the_log_ended_before;
        }
    };
}

macro_rules! table {
    (TOLERANT $($module:ident::$case:ident),+; EXACT $($exact:ident::$other:ident),+;) => {
        const CASES: &[(&str, Case)] = &[
            $((stringify!($case), |store| Box::pin($module::$case(store)))),+,
            $((stringify!($other), |store| Box::pin($exact::$other(store)))),+
        ];
    };
}

for_each_conformance_case!(table);
