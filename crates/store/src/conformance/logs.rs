//! The event log.

use std::sync::Arc;

use model::transition::{Command, Happened, Refusal};
use model::{AttemptNumber, Job, UserId};

use super::given::{Worker, World, at_once, events, finish, success};
use crate::Store;
use crate::logs::{Append, Appended, Compacted};

const PLENTY: usize = 1 << 20;

pub(super) async fn events_are_read_from_anywhere(store: Arc<dyn Store>) {
    let (world, worker, job) = executing(store).await;
    for (first, last) in [(1, 1), (2, 10), (11, 40), (41, 43)] {
        world.append(&job, worker.by(1), first, last).await;
    }
    assert_eq!(world.store.stored_to(job.id, 1).await.unwrap(), 43);
    for after in 0..=45 {
        let read = world.store.events(job.id, 1, after, 100, PLENTY).await;
        let read = read.unwrap();
        assert_eq!(read.events, events(after + 1, 43), "after {after}");
        assert_eq!((read.first, read.up_to), (after + 1, 43));
    }
}

pub(super) async fn a_read_is_bounded_by_count_and_bytes(store: Arc<dyn Store>) {
    let (world, worker, job) = executing(store).await;
    for (first, last) in [(1, 9), (10, 30)] {
        world.append(&job, worker.by(1), first, last).await;
    }
    let read = world.store.events(job.id, 1, 7, 5, PLENTY).await.unwrap();
    assert_eq!(read.events, events(8, 12));
    let size = events(8, 12).iter().map(String::len).sum();
    let read = world.store.events(job.id, 1, 7, 100, size).await.unwrap();
    assert!(
        (4..=6).contains(&read.events.len()),
        "{}",
        read.events.len()
    );
    // One event is given however long it is.
    let read = world.store.events(job.id, 1, 7, 100, 1).await.unwrap();
    assert_eq!(read.events, events(8, 8));
    let read = world.store.events(job.id, 1, 0, 0, PLENTY).await.unwrap();
    assert_eq!((read.events.len(), read.up_to), (0, 30));
}

pub(super) async fn what_is_stored_is_dropped_unread(store: Arc<dyn Store>) {
    let (world, worker, job) = executing(store).await;
    world.append(&job, worker.by(1), 1, 10).await;
    let other = Append {
        job: job.id,
        by: worker.by(1),
        first: 8,
        events: [vec!["other".to_owned(); 3], events(11, 12)].concat(),
    };
    let appended = world.store.append_events(other).await.unwrap();
    assert!(matches!(appended, Appended::Stored { up_to: 12, .. }));
    let again = world.append(&job, worker.by(1), 1, 10).await;
    assert!(matches!(again, Appended::Stored { up_to: 12, .. }));
    let read = world.store.events(job.id, 1, 0, 100, PLENTY).await.unwrap();
    assert_eq!(read.events, events(1, 12));
}

pub(super) async fn an_append_says_where_the_log_ended_before(store: Arc<dyn Store>) {
    let (world, worker, job) = executing(store).await;
    let stored = |before, up_to| Appended::Stored { before, up_to };
    assert_eq!(world.append(&job, worker.by(1), 1, 4).await, stored(0, 4));
    assert_eq!(world.append(&job, worker.by(1), 3, 6).await, stored(4, 6));
    assert_eq!(world.append(&job, worker.by(1), 1, 4).await, stored(6, 6));
}

pub(super) async fn a_batch_beyond_the_end_is_refused(store: Arc<dyn Store>) {
    let (world, worker, job) = executing(store).await;
    let missing = world.append(&job, worker.by(1), 2, 3).await;
    assert_eq!(missing, Appended::Missing { up_to: 0 });
    world.append(&job, worker.by(1), 1, 3).await;
    let missing = world.append(&job, worker.by(1), 5, 6).await;
    assert_eq!(missing, Appended::Missing { up_to: 3 });
    assert_eq!(world.store.stored_to(job.id, 1).await.unwrap(), 3);
}

pub(super) async fn only_who_confirmed_may_add(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user: UserId = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 1).await;
    let other = world.worker(user, 1).await;
    let offered = world.offered(&robot, &worker).await;
    let refused = async |by| match world.append(&offered, by, 1, 2).await {
        Appended::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    };

    assert_eq!(refused(worker.by(1)).await, Refusal::NotConfirmed);
    let confirmed = world.confirmed(&offered, &worker).await;
    assert_eq!(refused(other.by(1)).await, Refusal::Stale);
    assert_eq!(refused(worker.by(2)).await, Refusal::Stale);
    let mut newer = worker.clone();
    newer.connection.number += 1;
    let keep = Command::Keep(newer.by(1), model::transition::Held::Running);
    world.changed(confirmed.id, keep, Happened::Kept).await;
    assert_eq!(refused(worker.by(1)).await, Refusal::OldConnection);
    assert_eq!(world.store.stored_to(confirmed.id, 1).await.unwrap(), 0);
    let stored = world.append(&offered, newer.by(1), 1, 2).await;
    assert!(matches!(stored, Appended::Stored { up_to: 2, .. }));
}

pub(super) async fn events_beyond_the_reported_end_are_refused(store: Arc<dyn Store>) {
    let (world, worker, job) = executing(store).await;
    world.append(&job, worker.by(1), 1, 3).await;
    world.finished(&job, &worker, success()).await;
    let again = world.append(&job, worker.by(1), 2, 3).await;
    assert!(matches!(again, Appended::Stored { up_to: 3, .. }));
    let beyond = world.append(&job, worker.by(1), 3, 4).await;
    assert!(matches!(
        beyond,
        Appended::Refused(Refusal::AlreadyFinished { late: false, .. })
    ));
    assert_eq!(world.store.stored_to(job.id, 1).await.unwrap(), 3);
}

pub(super) async fn a_lost_attempt_may_deliver_late(store: Arc<dyn Store>) {
    let (world, worker, job) = executing(store).await;
    world.append(&job, worker.by(1), 1, 3).await;
    world.lost(&job, Happened::Lost).await;
    let late = world.append(&job, worker.by(1), 4, 5).await;
    assert!(matches!(late, Appended::Stored { up_to: 5, .. }));
    let end = finish(&worker, 1, 5, success());
    world.changed(job.id, end, Happened::KeptLate).await;
    let beyond = world.append(&job, worker.by(1), 6, 6).await;
    assert!(matches!(
        beyond,
        Appended::Refused(Refusal::AlreadyFinished { late: true, .. })
    ));
}

pub(super) async fn attempts_have_logs_of_their_own(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let mut robot = world.new_robot(user, "Repeatable");
    robot.settings.repeatable = true;
    let robot = world.stored(robot).await;
    let worker = world.worker(user, 1).await;
    let job = world.executing(&robot, &worker).await;
    world.append(&job, worker.by(1), 1, 3).await;
    world.lost(&job, Happened::WaitsAgain).await;
    let offered = world.claim(&worker, 1).await.remove(0);
    let second = world.confirmed(&offered, &worker).await;
    world.append(&second, worker.by(2), 1, 2).await;
    world.append(&second, worker.by(1), 4, 5).await;

    let first = world.store.events(job.id, 1, 0, 100, PLENTY).await.unwrap();
    assert_eq!(first.events, events(1, 5));
    let second = world.store.events(job.id, 2, 0, 100, PLENTY).await.unwrap();
    assert_eq!(second.events, events(1, 2));
}

pub(super) async fn any_text_comes_back_as_it_was(store: Arc<dyn Store>) {
    let (world, worker, job) = executing(store).await;
    let sent: Vec<String> = vec![
        r#"{"seq":1,"text":"\u0000 null"}"#.to_owned(),
        "{\"seq\":2,\"text\":\"\u{0}\u{1F600}\u{2028}\"}".to_owned(),
        format!(r#"{{"seq":3,"text":"{}"}}"#, "x".repeat(100_000)),
        r#"{"seq":4,  "unknown":{"nested":[1.0,1e400]}}"#.to_owned(),
    ];
    let append = Append {
        job: job.id,
        by: worker.by(1),
        first: 1,
        events: sent.clone(),
    };
    let stored = world.store.append_events(append).await.unwrap();
    assert!(matches!(stored, Appended::Stored { up_to: 4, .. }));
    let read = world.store.events(job.id, 1, 0, 100, PLENTY).await.unwrap();
    assert_eq!(read.events, sent);
}

pub(super) async fn joined_batches_read_the_same(store: Arc<dyn Store>) {
    let (world, worker, job) = executing(store).await;
    let mut first = 1;
    for size in 1..=30 {
        let last = first + size - 1;
        world.append(&job, worker.by(1), first, last).await;
        first = last + 1;
    }
    let end = first - 1;
    world.finished(&job, &worker, success()).await;

    let joined = world.store.compact(job.id, 1).await.unwrap();
    assert!(matches!(joined, Compacted::Done | Compacted::Already));
    let again = world.store.compact(job.id, 1).await.unwrap();
    assert_eq!(again, Compacted::Already);
    for after in [0, 1, 100, end - 1, end] {
        let read = world.store.events(job.id, 1, after, 1_000, PLENTY).await;
        assert_eq!(read.unwrap().events, events(after + 1, end));
    }
    assert_eq!(world.store.stored_to(job.id, 1).await.unwrap(), end);
}

pub(super) async fn an_attempt_that_goes_on_is_not_joined(store: Arc<dyn Store>) {
    let (world, worker, job) = executing(store).await;
    world.append(&job, worker.by(1), 1, 3).await;
    world.append(&job, worker.by(1), 4, 6).await;
    let joined = world.store.compact(job.id, 1).await.unwrap();
    assert_eq!(joined, Compacted::NotEnded);
    let nobodys = world.store.compact(world.id(), 1).await.unwrap();
    assert_eq!(nobodys, Compacted::Already);
    // A lost one may still deliver behind what was joined.
    world.lost(&job, Happened::Lost).await;
    world.store.compact(job.id, 1).await.unwrap();
    world.append(&job, worker.by(1), 5, 9).await;
    let read = world.store.events(job.id, 1, 0, 100, PLENTY).await.unwrap();
    assert_eq!(read.events, events(1, 9));
}

pub(super) async fn concurrent_batches_leave_no_hole(store: Arc<dyn Store>) {
    let (world, worker, job) = executing(store).await;
    let world = Arc::new(world);
    let senders = (0..8).map(|sender| {
        let (world, worker, job) = (Arc::clone(&world), worker.clone(), job.clone());
        async move { send_all(&world, &worker, &job, 1, 3 + sender, 120).await }
    });
    at_once(senders).await;
    let read = world.store.events(job.id, 1, 0, 1_000, PLENTY).await;
    assert_eq!(read.unwrap().events, events(1, 120));
}

/// Sends all events in batches of `size`, each from where the store says that its log ends.
async fn send_all(
    world: &World,
    worker: &Worker,
    job: &Job,
    n: AttemptNumber,
    size: u64,
    end: u64,
) {
    let mut next = 1;
    while next <= end {
        let last = end.min(next + size - 1);
        match world.append(job, worker.by(n), next, last).await {
            Appended::Stored { up_to, .. } | Appended::Missing { up_to } => next = up_to + 1,
            other => panic!("{other:?}"),
        }
    }
}

async fn executing(store: Arc<dyn Store>) -> (World, Worker, Job) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 1).await;
    let job = world.executing(&robot, &worker).await;
    (world, worker, job)
}
