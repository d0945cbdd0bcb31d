//! Claims: which jobs an agent is offered.

use std::sync::Arc;
use std::time::Duration;

use model::transition::{Command, Happened};
use model::{AgentId, UserId, Wanted};

use super::given::{OFFER, Worker, World, ids, labels, play_of, success};
use crate::Store;
use crate::agents::{AgentPatch, Running};
use crate::jobs::{Claim, Claimed};
use crate::robots::Robot;

pub(super) async fn the_oldest_job_is_offered_first(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let (one, other) = (
        world.robot(user).await,
        labelled(&world, user, &["sap"]).await,
    );
    let worker = world.labelled_worker(user, &["sap"]).await;
    world.joined(&worker, 8).await;
    let mut played = Vec::new();
    for robot in [&one, &other, &one, &other, &one] {
        played.push(world.play(robot).await);
    }
    let mut older = world.new_job(&other);
    older.created_at = played[0].created_at.minus(Duration::from_secs(1));
    let older = world.accepted(play_of(older)).await;

    let first = world.claim(&worker, 3).await;
    let second = world.claim(&worker, 8).await;

    assert_eq!(ids(&first), [older.id, played[0].id, played[1].id]);
    assert_eq!(ids(&second), ids(&played[2..]));
    let offer = first[0].offer().unwrap();
    assert_eq!((offer.n, &offer.by), (1, &worker.connection));
    assert_eq!(world.job(older.id).await, first[0]);
}

pub(super) async fn an_agent_is_offered_nobody_elses_jobs(store: Arc<dyn Store>) {
    let world = World::new(store);
    let robot = world.robot(world.id()).await;
    world.play(&robot).await;
    let worker = world.worker(world.id(), 1).await;
    assert_eq!(world.claim(&worker, 1).await, []);
}

pub(super) async fn no_more_is_offered_than_is_free(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 4).await;
    for _ in 0..4 {
        world.play(&robot).await;
    }
    assert_eq!(world.claim(&worker, 0).await, []);
    assert_eq!(world.claim(&worker, 3).await.len(), 3);
}

pub(super) async fn slots_are_never_exceeded(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 2).await;
    for _ in 0..4 {
        world.play(&robot).await;
    }
    let offers = world.claim(&worker, 64).await;
    assert_eq!(offers.len(), 2);
    assert_eq!(world.claim(&worker, 64).await, []);
    let running = world.confirmed(&offers[0], &worker).await;
    assert_eq!(world.claim(&worker, 64).await, []);
    world.finished(&running, &worker, success()).await;
    assert_eq!(world.claim(&worker, 64).await.len(), 1);
}

pub(super) async fn the_page_lowers_the_slots_of_the_program(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 4).await;
    for _ in 0..5 {
        world.play(&robot).await;
    }
    let slots = |slots| AgentPatch {
        slots: Some(slots),
        ..AgentPatch::default()
    };
    world.patched(user, worker.id, slots(1)).await;
    assert_eq!(world.claim(&worker, 64).await.len(), 1);
    world.patched(user, worker.id, slots(64)).await;
    assert_eq!(world.claim(&worker, 64).await.len(), 3);
}

pub(super) async fn the_same_claim_answers_with_its_open_offers(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let mut worker = world.worker(user, 4).await;
    for _ in 0..4 {
        world.play(&robot).await;
    }
    let claim = world.claim_of(&worker, 2);
    let offers = world.offers(claim.clone()).await;
    assert_eq!(offers.len(), 2);

    assert_eq!(world.offers(claim.clone()).await, offers);
    world.confirmed(&offers[0], &worker).await;
    // On the next connection too.
    worker.connection = world.connected(worker.id, worker.key, "next").await;
    world.joined(&worker, 4).await;
    let later = Claim {
        connection: worker.connection.clone(),
        now: world.now(),
        ..claim
    };
    assert_eq!(world.offers(later).await, offers[1..]);
}

pub(super) async fn a_claim_whose_offers_are_gone_counts_as_new(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 1).await;
    let claim = world.claim_of(&worker, 1);
    assert_eq!(world.offers(claim.clone()).await, []);
    let job = world.play(&robot).await;
    assert_eq!(ids(&world.offers(claim.clone()).await), [job.id]);
    world.pass(OFFER);
    let now = world.now();
    let again = Claim {
        now,
        until: now.plus(OFFER),
        ..claim
    };
    let offers = world.offers(again).await;
    assert_eq!(ids(&offers), [job.id]);
    assert_eq!(offers[0].last_attempt, 2);
}

pub(super) async fn an_offer_that_ran_out_gives_its_slot_back_unswept(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 1).await;
    let job = world.offered(&robot, &worker).await;
    let until = job.offer().unwrap().expires_at;
    let mut claim = world.claim_of(&worker, 1);
    claim.now = until.minus(Duration::from_millis(1));
    claim.until = claim.now.plus(OFFER);
    assert_eq!(world.offers(claim).await, []);

    let mut claim = world.claim_of(&worker, 1);
    claim.now = until;
    claim.until = until.plus(OFFER);
    let offers = world.offers(claim).await;

    assert_eq!(ids(&offers), [job.id]);
    assert_eq!(offers[0].last_attempt, 2);
}

pub(super) async fn a_paused_agent_is_offered_nothing_new(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 2).await;
    world.play(&robot).await;
    let claim = world.claim_of(&worker, 1);
    let offers = world.offers(claim.clone()).await;
    world.play(&robot).await;
    let paused = |paused| AgentPatch {
        paused: Some(paused),
        ..AgentPatch::default()
    };
    world.patched(user, worker.id, paused(true)).await;
    assert_eq!(world.claim(&worker, 1).await, []);
    assert_eq!(world.offers(claim).await, offers);
    world.patched(user, worker.id, paused(false)).await;
    assert_eq!(world.claim(&worker, 1).await.len(), 1);
}

pub(super) async fn an_agent_that_never_joined_is_offered_nothing(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    world.play(&robot).await;
    let pairing = world.new_pairing(user, "Computer");
    let key = pairing.key_hash;
    let agent = world.paired(pairing).await;
    let connection = world.connected(agent.id, key, "one").await;
    let worker = Worker {
        id: agent.id,
        key,
        connection,
    };
    let answer = world.store.offer_next(world.claim_of(&worker, 1)).await;
    let answer = answer.unwrap();
    assert!(matches!(answer, Claimed::OldConnection), "{answer:?}");
}

pub(super) async fn an_outdated_connection_is_offered_nothing(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let old = world.worker(user, 2).await;
    world.offered(&robot, &old).await;
    world.play(&robot).await;
    let new = Worker {
        connection: world.connected(old.id, old.key, "other").await,
        ..old.clone()
    };
    // A handshake alone takes nothing from the connection that joined.
    world.claim(&old, 0).await;
    world.joined(&new, 2).await;
    let answer = world.store.offer_next(world.claim_of(&old, 1)).await;
    let answer = answer.unwrap();
    assert!(matches!(answer, Claimed::OldConnection), "{answer:?}");
    assert_eq!(world.claim(&new, 2).await.len(), 1);
}

pub(super) async fn an_unknown_or_removed_agent_is_told_so(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    world.play(&robot).await;
    let worker = world.worker(user, 1).await;
    let mut unknown = worker.clone();
    unknown.connection.agent = world.id();
    let now = world.now();
    let removed = world
        .store
        .remove_agent(user, worker.id, Running::Stop, now);
    assert!(removed.await.unwrap().is_some());
    for worker in [worker, unknown] {
        let answer = world.store.offer_next(world.claim_of(&worker, 1)).await;
        let answer = answer.unwrap();
        assert!(matches!(answer, Claimed::Removed), "{answer:?}");
    }
}

pub(super) async fn all_labels_are_needed(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = labelled(&world, user, &["sap", "excel"]).await;
    let plain = world.labelled_worker(user, &[]).await;
    let half = world.labelled_worker(user, &["sap"]).await;
    let all = world.labelled_worker(user, &["gpu", "excel", "sap"]).await;
    let mut job = world.new_job(&robot);
    job.wanted.label = labels(&["gpu"]).pop();
    let job = world.accepted(play_of(job)).await;

    assert_eq!(world.claim(&plain, 1).await, []);
    assert_eq!(world.claim(&half, 1).await, []);
    assert_eq!(ids(&world.claim(&all, 1).await), [job.id]);
    let unlabelled = world.robot(user).await;
    let job = world.play(&unlabelled).await;
    assert_eq!(ids(&world.claim(&plain, 1).await), [job.id]);
}

pub(super) async fn a_wanted_agent_alone_is_offered_the_job(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let (wanted, other) = (world.worker(user, 1).await, world.worker(user, 1).await);
    let mut job = world.new_job(&robot);
    job.wanted = wanted_agent(wanted.id);
    let job = world.accepted(play_of(job)).await;
    assert_eq!(world.claim(&other, 1).await, []);
    assert_eq!(ids(&world.claim(&wanted, 1).await), [job.id]);
}

pub(super) async fn a_job_is_not_offered_again_to_who_declined_it(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let (worker, other) = (world.worker(user, 1).await, world.worker(user, 1).await);
    let job = world.offered(&robot, &worker).await;
    let until = world.now().plus(OFFER);
    let decline = world.decline_of(&job, &worker, until);
    world.changed(job.id, decline, Happened::Declined).await;

    assert_eq!(world.claim(&worker, 1).await, []);
    // A younger one that it did not decline is.
    let younger = world.play(&robot).await;
    assert_eq!(ids(&world.claim(&worker, 1).await), [younger.id]);
    let offers = world.claim(&other, 1).await;
    assert_eq!(ids(&offers), [job.id]);
    let decline = world.decline_of(&offers[0], &other, until);
    world.changed(job.id, decline, Happened::Declined).await;
    world.pass(OFFER);
    assert_eq!(ids(&world.claim(&other, 1).await), [job.id]);
}

pub(super) async fn jobs_for_others_do_not_hide_one_that_fits(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let elsewhere = labelled(&world, user, &["sap"]).await;
    let here = world.robot(user).await;
    let worker = world.worker(user, 1).await;
    for n in 0..40 {
        let mut job = world.new_job(&elsewhere);
        if n % 2 == 0 {
            job.labels = labels(&[&format!("only-{n}")]);
        } else {
            job.wanted = wanted_agent(world.id());
        }
        world.accepted(play_of(job)).await;
    }
    let job = world.play(&here).await;
    assert_eq!(ids(&world.claim(&worker, 1).await), [job.id]);
}

pub(super) async fn a_lost_job_of_a_repeatable_robot_is_offered_again(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let mut robot = world.new_robot(user, "Repeatable");
    robot.settings.repeatable = true;
    let robot = world.stored(robot).await;
    let (worker, other) = (world.worker(user, 1).await, world.worker(user, 1).await);
    let job = world.executing(&robot, &worker).await;
    world.lost(&job, Happened::WaitsAgain).await;
    let offers = world.claim(&other, 1).await;
    assert_eq!(ids(&offers), [job.id]);
    assert_eq!(offers[0].last_attempt, 2);
    let expired = Command::Expire {
        n: 1,
        declined_until: None,
    };
    let answer = world.change(job.id, expired).await;
    assert!(!matches!(answer, crate::jobs::JobAnswer::Changed { .. }));
}

pub(super) async fn labelled(world: &World, user: UserId, names: &[&str]) -> Robot {
    let mut robot = world.new_robot(user, &format!("Robot {}", world.number()));
    robot.labels = labels(names);
    world.stored(robot).await
}

fn wanted_agent(agent: AgentId) -> Wanted {
    Wanted {
        agent: Some(agent),
        label: None,
    }
}
