//! Claims that race.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::transition::Command;
use model::{JobId, UserId};

use super::given::{Worker, World, at_once, success};
use crate::Store;
use crate::jobs::JobAnswer;

const USERS: usize = 8;
const JOBS_OF_EACH: usize = 50;
const CLAIMERS: usize = 16;

pub(super) async fn concurrent_claimers_take_each_job_once(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store));
    let mut workers = Vec::new();
    let mut plays = Vec::new();
    for _ in 0..USERS {
        let user: UserId = world.id();
        let robot = world.robot(user).await;
        for _ in 0..JOBS_OF_EACH {
            let (world, robot) = (Arc::clone(&world), robot.clone());
            plays.push(async move { world.play(&robot).await.id });
        }
        for _ in 0..CLAIMERS / USERS {
            workers.push(world.worker(user, 3).await);
        }
    }
    let mut played = at_once(plays).await;

    let claimers = workers.into_iter().map(|worker| {
        let world = Arc::clone(&world);
        async move { work_until_nothing_is_left(&world, &worker).await }
    });
    let mut ran: Vec<JobId> = at_once(claimers).await.concat();

    ran.sort_unstable();
    played.sort_unstable();
    assert_eq!(ran, played);
    for id in played {
        let job = world.job(id).await;
        assert_eq!((job.last_attempt, job.past.len()), (1, 1));
    }
}

/// Claims, confirms and finishes; never more than its slots at once.
async fn work_until_nothing_is_left(world: &World, worker: &Worker) -> Vec<JobId> {
    let mut ran = Vec::new();
    loop {
        let offers = world.claim(worker, 64).await;
        assert!(offers.len() <= 3, "{} offers", offers.len());
        if offers.is_empty() {
            return ran;
        }
        for offer in &offers {
            let confirmed = world.confirmed(offer, worker).await;
            world.finished(&confirmed, worker, success()).await;
            ran.push(offer.id);
        }
    }
}

pub(super) async fn concurrent_claims_of_one_agent_keep_to_its_slots(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store));
    let user = world.id();
    let robot = world.robot(user).await;
    for _ in 0..12 {
        world.play(&robot).await;
    }
    let worker = world.worker(user, 3).await;
    let claims = (0..CLAIMERS).map(|_| {
        let (world, worker) = (Arc::clone(&world), worker.clone());
        async move { world.claim(&worker, 2).await }
    });
    let offers = at_once(claims).await.concat();
    let mut held = BTreeMap::new();
    for offer in &offers {
        held.insert(offer.id, offer.clone());
    }
    assert_eq!((held.len(), offers.len()), (3, 3));
    let confirms = held.into_values().map(|offer| {
        let (world, worker) = (Arc::clone(&world), worker.clone());
        async move {
            let command = Command::Confirm(worker.by(offer.last_attempt));
            world.change(offer.id, command).await
        }
    });
    for answer in at_once(confirms).await {
        assert!(matches!(answer, JobAnswer::Changed { .. }), "{answer:?}");
    }
    assert_eq!(world.claim(&worker, 64).await, []);
}
