//! Jobs by what they are looked for.

use std::sync::Arc;
use std::time::Duration;

use model::transition::{Command, Happened};
use model::{AttemptKey, Failure, Job, JobId, Outcome, Status, StopMode, UserId};

use super::given::{OFFER, Worker, World, anna, finish, ids, name, play_of, success};
use crate::Store;
use crate::agents::Running;
use crate::artifacts::{Artifact, ArtifactAdded, ArtifactBounds};
use crate::jobs::{Due, DueQuery, DueReason, JobFilter, PageAsk, PageKey};
use crate::robots::Robot;

pub(super) async fn pages_follow_each_other_without_hole_or_repetition(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let at = world.now();
    let mut played = Vec::new();
    for n in 0..10 {
        let mut job = world.new_job(&robot);
        // Several of the same moment.
        job.created_at = at.plus(Duration::from_millis(n / 4));
        played.push(world.accepted(play_of(job)).await);
    }
    played.sort_by_key(|job| (job.created_at, job.id));
    let expected: Vec<JobId> = played.iter().rev().map(|job| job.id).collect();

    let mut found = Vec::new();
    let mut after = None;
    loop {
        let all = JobFilter::default();
        let page = world
            .store
            .jobs_page(user, all, from(after, 3))
            .await
            .unwrap();
        assert!(page.rows.len() <= 3);
        found.extend(page.rows.iter().map(|row| row.job.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }

    assert_eq!(found, expected);
    // A page that ends with the list does not promise another.
    let all = world
        .store
        .jobs_page(user, JobFilter::default(), from(None, 10))
        .await;
    assert_eq!(all.unwrap().next, None);
}

pub(super) async fn a_rare_word_is_looked_for_in_bounded_parts(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.new_robot(user, "Common");
    let (common, rare) = (world.stored(robot).await, world.new_robot(user, "Rare"));
    let rare = world.stored(rare).await;
    let mut expected = Vec::new();
    for n in 0..20 {
        world.pass(Duration::from_millis(1));
        let job = world.play(if n % 7 == 3 { &rare } else { &common }).await;
        if n % 7 == 3 {
            expected.insert(0, job.id);
        }
    }
    let filter = JobFilter {
        q: Some("rare".to_owned()),
        ..JobFilter::default()
    };
    let mut found = Vec::new();
    let mut after = None;
    let mut pages = 0;
    loop {
        let ask = PageAsk {
            look_at: 4,
            ..from(after, 2)
        };
        let page = world
            .store
            .jobs_page(user, filter.clone(), ask)
            .await
            .unwrap();
        pages += 1;
        found.extend(page.rows.iter().map(|row| row.job.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, expected);
    assert_eq!(pages, 5);
}

pub(super) async fn a_page_is_filtered_by_everything_at_once(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let (one, other) = (world.robot(user).await, world.robot(user).await);
    let worker = world.worker(user, 1).await;
    let job = world.executing(&one, &worker).await;
    let ended = world.finished(&job, &worker, success()).await;
    let job = world.executing(&other, &worker).await;
    let failed = Outcome::failed(Failure::Robot, "no such file");
    let failed = world.finished(&job, &worker, failed).await;
    let waiting = world.play(&one).await;
    let filter = JobFilter::default;

    let of_one = JobFilter {
        robot: Some(one.id),
        ..filter()
    };
    assert_eq!(page(&world, user, of_one).await, [waiting.id, ended.id]);
    let by_status = JobFilter {
        statuses: vec![Status::Success, Status::Failed],
        ..filter()
    };
    assert_eq!(page(&world, user, by_status).await, [failed.id, ended.id]);
    let by_agent = JobFilter {
        agent: Some(worker.id),
        ..filter()
    };
    assert_eq!(page(&world, user, by_agent).await, [failed.id, ended.id]);
    let by_time = JobFilter {
        from: Some(failed.created_at),
        to: Some(waiting.created_at),
        ..filter()
    };
    assert_eq!(page(&world, user, by_time).await, [failed.id]);
    let all = JobFilter {
        robot: Some(one.id),
        statuses: vec![Status::Success],
        agent: Some(worker.id),
        from: Some(ended.created_at),
        to: Some(failed.created_at),
        q: Some("robot".to_owned()),
        number: Some(ended.number),
    };
    assert_eq!(page(&world, user, all.clone()).await, [ended.id]);
    // Each robot counts its own jobs.
    let numbered = |number| JobFilter {
        number: Some(number),
        ..filter()
    };
    let first = [failed.id, ended.id];
    assert_eq!(page(&world, user, numbered(ended.number)).await, first);
    assert_eq!(
        page(&world, user, numbered(waiting.number)).await,
        [waiting.id]
    );
    let key = PageKey {
        created_at: ended.created_at,
        id: ended.id,
    };
    let next = world.store.jobs_page(user, all, from(Some(key), 10)).await;
    assert!(next.unwrap().rows.is_empty());
    // The status of open jobs leads, the robot is asked of each.
    let waiting_of = |robot| JobFilter {
        robot: Some(robot),
        statuses: vec![Status::Waiting],
        ..filter()
    };
    assert_eq!(page(&world, user, waiting_of(one.id)).await, [waiting.id]);
    assert_eq!(page(&world, user, waiting_of(other.id)).await, []);
    // Nobody sees another's jobs, however they are looked for.
    for foreign in [filter(), waiting_of(one.id)] {
        assert_eq!(page(&world, world.id(), foreign).await, []);
    }
    let nobodys = JobFilter {
        agent: Some(world.id()),
        ..filter()
    };
    assert_eq!(page(&world, user, nobodys).await, []);
}

pub(super) async fn words_are_found_without_regard_to_case(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.new_robot(user, "Überweisungen 100%_Konto");
    let robot = world.stored(robot).await;
    let worker = world.worker(user, 1).await;
    let job = world.executing(&robot, &worker).await;
    let failed = Outcome::failed(Failure::Robot, "Kein ÖFFENTLICHER Schlüssel");
    let job = world.finished(&job, &worker, failed).await;
    let other = world.robot(user).await;
    world.play(&other).await;

    for q in [
        "überweis",
        "ÜBERWEISUNGEN",
        "öffentlicher kein",
        "100%_",
        "  konto  ",
    ] {
        let filter = JobFilter {
            q: Some(q.to_owned()),
            ..JobFilter::default()
        };
        assert_eq!(page(&world, user, filter).await, [job.id], "{q}");
    }
    for q in ["überweisungen robot", "1000"] {
        let filter = JobFilter {
            q: Some(q.to_owned()),
            ..JobFilter::default()
        };
        assert_eq!(page(&world, user, filter).await, [], "{q}");
    }
}

pub(super) async fn a_page_shows_nobody_elses_jobs(store: Arc<dyn Store>) {
    let world = World::new(store);
    let robot = world.robot(world.id()).await;
    world.play(&robot).await;
    let stranger = world.id();
    assert_eq!(page(&world, stranger, JobFilter::default()).await, []);
    let of_robot = JobFilter {
        robot: Some(robot.id),
        ..JobFilter::default()
    };
    assert_eq!(page(&world, stranger, of_robot).await, []);
    assert_eq!(world.store.open_jobs(stranger, 10).await.unwrap(), []);
}

pub(super) async fn last_seq_is_that_of_the_latest_confirmed_attempt(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = repeatable(&world, user).await;
    let worker = world.worker(user, 1).await;
    let job = world.executing(&robot, &worker).await;
    world.append(&job, worker.by(1), 1, 7).await;
    let last_seq = async || {
        let row = world.store.job(job.id).await.unwrap().unwrap();
        let filter = JobFilter::default();
        let page = world
            .store
            .jobs_page(user, filter, from(None, 1))
            .await
            .unwrap();
        assert_eq!(page.rows[0].last_seq, row.last_seq);
        row.last_seq
    };
    assert_eq!(last_seq().await, 7);
    world.lost(&job, Happened::WaitsAgain).await;
    let offered = world.claim(&worker, 1).await.remove(0);
    assert_eq!(last_seq().await, 7);
    let second = world.confirmed(&offered, &worker).await;
    assert_eq!(last_seq().await, 0);
    world.append(&second, worker.by(2), 1, 2).await;
    assert_eq!(last_seq().await, 2);
}

pub(super) async fn open_jobs_are_listed_oldest_first(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 2).await;
    let job = world.executing(&robot, &worker).await;
    world.finished(&job, &worker, success()).await;
    let executing = world.executing(&robot, &worker).await;
    let offered = world.offered(&robot, &worker).await;
    let waiting = world.play(&robot).await;

    let open = world.store.open_jobs(user, 10).await.unwrap();
    assert_eq!(open, [executing.clone(), offered.clone(), waiting]);
    let open = world.store.open_jobs(user, 2).await.unwrap();
    assert_eq!(open, [executing, offered]);
}

pub(super) async fn an_agent_holds_offers_attempts_and_what_it_has_not_told(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 8).await;
    let other = world.worker(user, 8).await;
    let lost = world.executing(&robot, &worker).await;
    world.lost(&lost, Happened::Lost).await;
    let told = world.executing(&robot, &worker).await;
    world.finished(&told, &worker, success()).await;
    let again = repeatable(&world, user).await;
    let moved = world.executing(&again, &worker).await;
    world.lost(&moved, Happened::WaitsAgain).await;
    let taken = world.claim(&other, 1).await.remove(0);
    assert_eq!(taken.id, moved.id);
    let executing = world.executing(&robot, &worker).await;
    let offered = world.offered(&robot, &worker).await;

    let held = world.store.jobs_of_agent(worker.id).await.unwrap();
    assert_eq!(ids(&held), [lost.id, moved.id, executing.id, offered.id]);
    let held = world.store.jobs_of_agent(other.id).await.unwrap();
    assert_eq!(held, [taken]);

    let late = finish(&worker, 1, 0, success());
    world.changed(lost.id, late, Happened::KeptLate).await;
    let held = world.store.jobs_of_agent(worker.id).await.unwrap();
    assert_eq!(ids(&held), [moved.id, executing.id, offered.id]);
}

pub(super) async fn an_offer_is_due_when_it_has_run_out(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 2).await;
    let job = world.offered(&robot, &worker).await;
    let until = job.offer().unwrap().expires_at;
    let at = |now| DueQuery { now, ..never() };

    let before = at(until.minus(Duration::from_millis(1)));
    assert_eq!(world.store.due(before, 10).await.unwrap(), []);
    let due = world.store.due(at(until), 10).await.unwrap();
    let expected = due_of(&world, &job, &worker, DueReason::OfferRanOut).await;
    assert_eq!(due, [expected]);
    world.confirmed(&job, &worker).await;
    assert_eq!(world.store.due(at(until), 10).await.unwrap(), []);
}

pub(super) async fn an_attempt_is_due_when_its_agent_is_silent(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 2).await;
    let job = world.executing(&robot, &worker).await;
    let offered = world.offered(&robot, &worker).await;
    let agent = world.store.agent(worker.id).await.unwrap().unwrap();
    let seen = agent.last_seen_at.unwrap();
    let at = |heard_before| DueQuery {
        heard_before,
        ..never()
    };

    let before = at(seen.minus(Duration::from_millis(1)));
    assert_eq!(world.store.due(before, 10).await.unwrap(), []);
    let due = world.store.due(at(seen), 10).await.unwrap();
    let expected = due_of(&world, &job, &worker, DueReason::AgentSilent).await;
    assert_eq!(due, [expected]);
    world.finished(&job, &worker, success()).await;
    assert_eq!(world.store.due(at(seen), 10).await.unwrap(), []);
    assert_eq!(world.job(offered.id).await, offered);
}

pub(super) async fn an_attempt_is_due_when_a_kill_is_not_answered(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 1).await;
    let job = world.executing(&robot, &worker).await;
    let far = world.now().plus(OFFER);
    let at = |told_before| DueQuery {
        told_before,
        ..never()
    };
    let cancel = |mode| Command::Cancel { by: anna(), mode };
    let reached = |mode| Command::CancelReached { n: 1, mode };

    world
        .changed(job.id, cancel(StopMode::Stop), Happened::CancelAsked)
        .await;
    world
        .changed(job.id, reached(StopMode::Stop), Happened::CancelReached)
        .await;
    world
        .changed(job.id, cancel(StopMode::Kill), Happened::CancelAsked)
        .await;
    assert_eq!(world.store.due(at(far), 10).await.unwrap(), []);
    let told = world
        .changed(job.id, reached(StopMode::Kill), Happened::CancelReached)
        .await;
    let told_at = told.cancel.as_ref().unwrap().reached.as_ref().unwrap().at;

    let before = at(told_at.minus(Duration::from_millis(1)));
    assert_eq!(world.store.due(before, 10).await.unwrap(), []);
    let due = world.store.due(at(told_at), 10).await.unwrap();
    let expected = due_of(&world, &job, &worker, DueReason::KillOverdue).await;
    assert_eq!(due, [expected]);
    world.finished(&job, &worker, success()).await;
    assert_eq!(world.store.due(at(far), 10).await.unwrap(), []);
}

pub(super) async fn what_a_removed_agent_holds_is_due(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 2).await;
    let executing = world.executing(&robot, &worker).await;
    let offered = world.offered(&robot, &worker).await;
    let now = world.now();
    let removed = world
        .store
        .remove_agent(user, worker.id, Running::Stop, now);
    assert!(removed.await.unwrap().is_some());
    let expected = [
        due_of(&world, &executing, &worker, DueReason::AgentRemoved).await,
        due_of(&world, &offered, &worker, DueReason::AgentRemoved).await,
    ];

    let mut due = world.store.due(never(), 10).await.unwrap();
    due.sort_by_key(|due| due.attempt);

    assert_eq!(due, expected);
    // Its silence says nothing new.
    let silent = DueQuery {
        heard_before: now.plus(OFFER),
        ..never()
    };
    assert_eq!(world.store.due(silent, 10).await.unwrap().len(), 2);
}

pub(super) async fn no_more_is_due_than_was_asked_for(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 5).await;
    for _ in 0..5 {
        world.offered(&robot, &worker).await;
    }
    let query = DueQuery {
        now: world.now().plus(OFFER),
        ..never()
    };
    assert_eq!(world.store.due(query, 3).await.unwrap().len(), 3);
}

pub(super) async fn ended_jobs_are_forgotten_when_their_time_is_over(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let mut robot = world.new_robot(user, "Short");
    robot.settings.keep_days = 2;
    let short = world.stored(robot).await;
    let long = world.robot(user).await;
    let worker = world.worker(user, 3).await;
    let job = world.executing(&short, &worker).await;
    world.append(&job, worker.by(1), 1, 3).await;
    let artifact = artifact_of(&world, &job);
    let bounds = ArtifactBounds {
        files: 1,
        bytes: 10,
    };
    let added = world.store.add_artifact(artifact.clone(), bounds).await;
    assert!(matches!(
        added.unwrap(),
        ArtifactAdded::Added(_) | ArtifactAdded::Same(_)
    ));
    world.finished(&job, &worker, success()).await;
    let kept = world.executing(&long, &worker).await;
    world.finished(&kept, &worker, success()).await;
    let lost = world.executing(&short, &worker).await;
    world.lost(&lost, Happened::Lost).await;
    let open = world.executing(&short, &worker).await;

    world.pass(Duration::from_secs(47 * 3_600));
    assert_eq!(world.store.forget_jobs(world.now(), 10).await.unwrap(), 0);
    world.pass(Duration::from_secs(2 * 3_600));
    assert_eq!(world.store.forget_jobs(world.now(), 10).await.unwrap(), 2);

    assert!(world.store.job(job.id).await.unwrap().is_none());
    assert_eq!(world.store.stored_to(job.id, 1).await.unwrap(), 0);
    assert_eq!(world.store.job_parameters(job.id).await.unwrap(), []);
    assert_eq!(world.store.artifacts(job.id).await.unwrap(), []);
    let found = world.store.artifact(artifact.id).await.unwrap();
    assert_eq!(found, None);
    let digests = vec![artifact.sha256];
    let unnamed = world.store.unnamed(digests.clone()).await.unwrap();
    assert_eq!(unnamed, digests);
    let held = world.store.jobs_of_agent(worker.id).await.unwrap();
    assert_eq!(held, [open]);
    assert!(world.store.job(kept.id).await.unwrap().is_some());
}

pub(super) async fn no_more_is_forgotten_than_was_asked_for(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    for _ in 0..5 {
        let job = world.play(&robot).await;
        let cancel = Command::Cancel {
            by: anna(),
            mode: StopMode::Stop,
        };
        world
            .changed(job.id, cancel, Happened::CancelledBeforeStart)
            .await;
    }
    world.pass(Duration::from_secs(100 * 24 * 3_600));
    let mut forgotten = Vec::new();
    for _ in 0..3 {
        forgotten.push(world.store.forget_jobs(world.now(), 2).await.unwrap());
    }
    assert_eq!(forgotten, [2, 2, 1]);
}

async fn page(world: &World, user: UserId, filter: JobFilter) -> Vec<JobId> {
    let page = world
        .store
        .jobs_page(user, filter, from(None, 10))
        .await
        .unwrap();
    page.rows.iter().map(|row| row.job.id).collect()
}

fn from(after: Option<PageKey>, limit: u32) -> PageAsk {
    PageAsk {
        after,
        limit,
        look_at: 1_000,
    }
}

async fn repeatable(world: &World, user: UserId) -> Robot {
    let mut robot = world.new_robot(user, "Repeatable");
    robot.settings.repeatable = true;
    world.stored(robot).await
}

async fn due_of(world: &World, job: &Job, worker: &Worker, why: DueReason) -> Due {
    let agent = world.store.agent(worker.id).await.unwrap().unwrap();
    Due {
        attempt: AttemptKey {
            job: job.id,
            attempt: job.last_attempt,
        },
        agent: worker.id,
        agent_name: name(agent.name.as_str()),
        why,
    }
}

/// A query that finds nothing by itself.
fn never() -> DueQuery {
    let long_ago = model::Timestamp::from_millis(0);
    DueQuery {
        now: long_ago,
        heard_before: long_ago,
        told_before: long_ago,
    }
}

fn artifact_of(world: &World, job: &Job) -> Artifact {
    Artifact {
        id: world.id(),
        user_id: job.user_id,
        attempt: AttemptKey {
            job: job.id,
            attempt: 1,
        },
        name: "log.html".to_owned(),
        size_bytes: 10,
        media_type: "text/html".to_owned(),
        sha256: world.digest(),
        created_at: world.now(),
    }
}
