//! The simulation can fail: each deliberate mistake is found within so many seeds, and the same
//! seeds without it are clean.
//!
//! A mistake that another rule makes harmless is made together with the loss of that rule. Faults
//! are drawn from the kinds that the mistake needs, where all kinds together would need more seeds
//! than anybody waits for.

use model::mutation::{Mutation, with};
use simulation::{Kind, Options, find};

use Kind::{
    AgentAway, AllServersGone, DiskFull, DiskLies, HintsLost, Kill, LineCut, NodeCrashes,
    NodeSleeps, PowerCut, PowerCutBetweenEffects, Sleeps, SlowLines, SlowSync, Split, Stop,
    StoreForgetsToAnswer, StoreRefuses,
};

/// Mistakes that no table of this size finds, and why.
const HIDDEN: &[(Mutation, &str)] = &[
    (
        Mutation::ExpiryUnchecked,
        "whoever treats an offer as over takes it back first, so a late yes to one that stands \
         takes nothing from anybody",
    ),
    (
        Mutation::ConnectionUnchecked,
        "a late yes of a process that is gone must arrive between two words of its successor, and \
         `HoldingIgnored` must be made too: some hundreds of seeds",
    ),
    (
        Mutation::OfferNumbersReused,
        "as `ConnectionUnchecked`, which hides it, and rarer",
    ),
    (
        Mutation::SweepUnconditional,
        "an agent must come back after its limit between one sweep's look and its word",
    ),
];

macro_rules! found {
    ($($test:ident: $mistake:ident $(without $($hiding:ident)and+)? $(by $($kind:ident)and+)?, within $seeds:literal;)+) => {
        $(#[test]
        fn $test() {
            is_found(
                &[Mutation::$mistake $($(, Mutation::$hiding)+)?],
                &[$($($kind),+)?],
                $seeds,
            );
        })+

        #[test]
        fn every_mistake_stands_in_the_table() {
            let table = [$(Mutation::$mistake),+];
            let missing: Vec<_> = Mutation::ALL
                .iter()
                .filter(|mistake| !table.contains(mistake))
                .filter(|mistake| !HIDDEN.iter().any(|(hidden, _)| hidden == *mistake))
                .collect();
            assert!(missing.is_empty(), "nothing shows that these are found: {missing:?}");
        }
    };
}

found! {
    an_offer_is_confirmed_before_its_record_is_synced:
        NoSyncBeforeConfirm without HoldingIgnored
        by PowerCut and PowerCutBetweenEffects and SlowSync, within 20;
    a_robot_is_started_before_its_confirm_was_answered:
        StartBeforeConfirmed by LineCut and SlowLines, within 40;
    a_robot_is_started_before_its_start_is_synced:
        NoSyncedRunning without InstanceIgnored and StartedAgain
        by PowerCut and PowerCutBetweenEffects and SlowSync, within 20;
    a_supervisor_starts_its_robot_again:
        StartedAgain without NoSyncedRunning and InstanceIgnored
        by PowerCut and PowerCutBetweenEffects and SlowSync, within 20;
    another_process_is_taken_for_the_one_that_confirmed:
        InstanceIgnored, within 60;
    the_number_of_an_attempt_is_not_looked_at:
        AttemptUnchecked by AgentAway and LineCut and PowerCut, within 20;
    events_are_acknowledged_that_are_not_stored:
        AcknowledgedUnstored by StoreRefuses and StoreForgetsToAnswer, within 100;
    events_are_sent_that_are_not_synced: SentUnsynced, within 5;
    a_lost_disk_is_not_noticed: DiskLossUnnoticed by DiskLies, within 20;
    events_are_dropped_when_they_are_sent: TrimmedWhenSent, within 20;
    what_could_not_be_written_leaves_no_gap: GapUnmarked by DiskFull, within 10;
    stored_events_are_stored_again: DuplicatesStored, within 10;
    an_end_is_told_before_its_events: ToldTooEarly, within 30;
    an_end_is_accepted_before_its_events: MissingUnchecked without ToldTooEarly, within 20;
    what_an_agent_holds_is_ignored: HoldingIgnored by DiskLies, within 10;
    a_late_report_decides: LateFinishWins by AgentAway and Sleeps, within 60;
    a_late_report_is_refused: LateFinishRefused by AgentAway and Sleeps, within 60;
    silence_counts_that_nobody_could_hear:
        DeafSilenceCounts by NodeCrashes and NodeSleeps and AllServersGone, within 10;
    a_request_for_the_end_is_told_once:
        CancelNotRepeated by HintsLost and AgentAway and Stop and Split, within 100;
    a_request_for_the_end_is_forgotten_with_a_lost_attempt:
        CancelForgottenWhenLost by AgentAway and Sleeps and Stop and Kill and PowerCut, within 10;
    a_request_for_the_end_ends_the_job_at_once: CancelUnconditional, within 5;
    a_lost_attempt_is_always_repeated: LostAlwaysRepeats, within 20;
    a_request_is_another_job_each_time: RequestIgnored, within 10;
    a_play_is_answered_that_is_not_written: PlayUnwritten, within 30;
    what_an_agent_holds_does_not_count: SlotsUncounted without ClaimsAllSlots, within 10;
    an_agent_claims_as_if_it_held_nothing: ClaimsAllSlots without SlotsUncounted, within 10;
}

/// The first of `made` is the mistake, the others are the rules that would hide it.
fn is_found(made: &'static [Mutation], among: &'static [Kind], seeds: u64) {
    let options = Options {
        among,
        ..Options::default()
    };
    let found = with(made, || find(1..=seeds, &options));
    let found = found.expect("the mistake is found within its seeds");
    let (seed, promise) = (found.seed, found.broken.promise);
    println!("{made:?} is found by seed {seed}: {promise}");
    let without = &made[1..];
    let alike = match (without, among) {
        // `no_seed_breaks_a_promise` runs these.
        ([], []) => return,
        ([], _) => 1..=seed,
        // The loss of the other rules may break another promise.
        _ => seed..=seed,
    };
    if let Some(still) = with(without, || find(alike, &options)) {
        assert!(
            !without.is_empty() && still.broken.promise != promise,
            "it is broken without the mistake too: {still:?}"
        );
    }
}
