//! Jobs: accepted, changed, ended.

use std::sync::Arc;
use std::time::Duration;

use model::transition::{Command, Happened, LossCause, Refusal};
use model::{Ending, Failure, Job, Outcome, Reported, RequestKey, Status, StopMode, UserId};

use super::given::{World, anna, at_once, finish, nobodys_robot, play_of, success};
use crate::Store;
use crate::jobs::{Guard, JobAnswer, Play, Played, Request};
use crate::logs::Appended;

pub(super) async fn a_played_job_is_read_back_as_it_was_answered(store: Arc<dyn Store>) {
    let world = World::new(store);
    let robot = world.robot(world.id()).await;
    let mut sent = world.new_job(&robot);
    sent.wanted.label = robot.labels.first().cloned();
    sent.retry_of = Some(world.id());
    let play = play_of(sent.clone());

    let job = world.accepted(play.clone()).await;

    assert_eq!(job.number, 1);
    assert_eq!(job, Job { number: 1, ..sent });
    let row = world.store.job(job.id).await.unwrap().unwrap();
    assert_eq!((row.job, row.last_seq), (job.clone(), 0));
    let parameters = world.store.job_parameters(job.id).await.unwrap();
    assert_eq!(parameters, play.parameters);
    let secrets = world.store.job_secrets(job.id).await.unwrap();
    assert_eq!(secrets, play.secrets);
}

pub(super) async fn a_play_says_whether_it_made_the_job(store: Arc<dyn Store>) {
    let world = World::new(store);
    let robot = world.robot(world.id()).await;
    let play = requested(world.new_job(&robot), "r", 1);

    let first = world.store.play(play.clone()).await.unwrap();
    let second = world.store.play(play).await.unwrap();

    assert!(matches!(first, Played::Created(_)), "{first:?}");
    assert!(matches!(second, Played::Same(_)), "{second:?}");
}

pub(super) async fn the_numbers_of_a_robot_rise_from_one(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let (one, other) = (world.robot(user).await, world.robot(user).await);
    let mut numbers = Vec::new();
    for robot in [&one, &other, &one, &one, &other] {
        numbers.push(world.play(robot).await.number);
    }
    assert_eq!(numbers, [1, 1, 2, 3, 2]);
}

pub(super) async fn a_number_is_not_given_again_after_its_job_was_forgotten(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let job = world.play(&robot).await;
    let cancel = Command::Cancel {
        by: anna(),
        mode: StopMode::Stop,
    };
    world
        .changed(job.id, cancel, Happened::CancelledBeforeStart)
        .await;
    world.pass(Duration::from_secs(91 * 24 * 3_600));
    assert_eq!(world.store.forget_jobs(world.now(), 10).await.unwrap(), 1);

    assert_eq!(world.play(&robot).await.number, 2);
}

pub(super) async fn the_same_request_answers_with_the_same_job(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 1).await;
    let first = world
        .accepted(requested(world.new_job(&robot), "r", 1))
        .await;
    let offered = world.claim(&worker, 1).await.remove(0);

    // Another job id, as another server would make it; answered as the job is now.
    let again = world
        .accepted(requested(world.new_job(&robot), "r", 1))
        .await;

    assert_eq!(again.id, first.id);
    assert_eq!(again, offered);
    let all = world.store.open_jobs(user, 10).await.unwrap();
    assert_eq!(all.len(), 1);
}

pub(super) async fn the_same_request_with_other_content_is_refused(store: Arc<dyn Store>) {
    let world = World::new(store);
    let robot = world.robot(world.id()).await;
    let first = world
        .accepted(requested(world.new_job(&robot), "r", 1))
        .await;

    let other = requested(world.new_job(&robot), "r", 2);
    let answer = world.store.play(other).await.unwrap();

    assert!(
        matches!(answer, Played::RequestIdTaken { job } if job == first.id),
        "{answer:?}"
    );
    assert_eq!(world.play(&robot).await.number, 2);
}

pub(super) async fn a_request_is_recognised_without_being_made_again(store: Arc<dyn Store>) {
    let world = World::new(store);
    let robot = world.robot(world.id()).await;
    let play = requested(world.new_job(&robot), "r", 1);
    let (user, request) = (play.job.user_id, play.request.clone().unwrap());
    let before = world.store.played(user, request.clone()).await.unwrap();
    assert_eq!(before, None);

    let first = world.accepted(play).await;
    let found = world.store.played(user, request.clone()).await.unwrap();
    assert_eq!(found, Some(first));
    let other = Request {
        digest: [2; 32],
        ..request.clone()
    };
    assert_eq!(world.store.played(user, other).await.unwrap(), None);
    let stranger = UserId(world.id());
    assert_eq!(world.store.played(stranger, request).await.unwrap(), None);
}

pub(super) async fn a_request_id_belongs_to_its_user(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (one, other) = (world.robot(world.id()).await, world.robot(world.id()).await);
    let first = world.accepted(requested(world.new_job(&one), "r", 1)).await;
    let second = world
        .accepted(requested(world.new_job(&other), "r", 1))
        .await;
    assert_ne!(first.id, second.id);
}

pub(super) async fn the_same_job_again_is_recognised_without_a_request_id(store: Arc<dyn Store>) {
    let world = World::new(store);
    let robot = world.robot(world.id()).await;
    let play = play_of(world.new_job(&robot));
    let first = world.accepted(play.clone()).await;
    let again = world.accepted(play).await;
    assert_eq!(first, again);
    assert_eq!(world.play(&robot).await.number, 2);
}

pub(super) async fn a_robot_that_is_gone_or_not_ones_own_cannot_be_played(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user: UserId = world.id();
    let robot = world.robot(user).await;
    let foreign = Job {
        user_id: world.id(),
        ..world.new_job(&robot)
    };
    let unknown = Job {
        robot_id: nobodys_robot(&world),
        ..world.new_job(&robot)
    };
    let deleted = world.new_job(&robot);
    for job in [foreign, unknown] {
        let id = job.id;
        let answer = world.store.play(play_of(job)).await.unwrap();
        assert!(matches!(answer, Played::RobotGone), "{answer:?}");
        assert!(world.store.job(id).await.unwrap().is_none());
    }
    let gone = world.store.delete_robot(user, robot.id, world.now()).await;
    assert!(gone.unwrap().is_some());
    let answer = world.store.play(play_of(deleted)).await.unwrap();
    assert!(matches!(answer, Played::RobotGone), "{answer:?}");
}

pub(super) async fn a_repeated_request_is_answered_although_its_robot_was_deleted(
    store: Arc<dyn Store>,
) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let play = requested(world.new_job(&robot), "r", 1);
    let job = world.accepted(play.clone()).await;
    let gone = world.store.delete_robot(user, robot.id, world.now()).await;
    assert!(gone.unwrap().is_some());
    assert_eq!(world.accepted(play).await, job);
}

pub(super) async fn the_last_values_are_kept_without_secrets(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let none = world.store.last_values(user, robot.id).await.unwrap();
    assert_eq!(none, []);
    world.play(&robot).await;
    let mut play = play_of(world.new_job(&robot));
    play.parameters[0].value = Some("2027-01".into());
    world.accepted(play.clone()).await;

    let values = world.store.last_values(user, robot.id).await.unwrap();

    assert_eq!(
        values,
        [play.parameters[0].clone(), play.parameters[2].clone()]
    );
    let other = world.store.last_values(world.id(), robot.id).await.unwrap();
    assert_eq!(other, []);
}

pub(super) async fn a_change_is_read_back_as_it_was_answered(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 1).await;
    let offered = world.offered(&robot, &worker).await;
    assert_eq!(world.job(offered.id).await, offered);
    let confirmed = world.confirmed(&offered, &worker).await;
    assert_eq!(world.job(offered.id).await, confirmed);
    let failed = Outcome {
        ending: Ending::Failed {
            failure: Failure::Other("new_kind".to_owned()),
            message: "Ünï \u{0} \"quoted\"".to_owned(),
            step: Some("Read".to_owned()),
        },
        ran_ms: Some(u64::from(u32::MAX) + 1),
    };
    let ended = world.finished(&confirmed, &worker, failed).await;
    assert_eq!(ended.status(), Status::Failed);
    assert_eq!(world.job(offered.id).await, ended);
    assert!(ended.rev > confirmed.rev && confirmed.rev > offered.rev);
}

pub(super) async fn an_unknown_job_is_gone(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 1).await;
    let nobodys = world.new_job(&robot);
    let confirm = Command::Confirm(worker.by(1));
    let answer = world.change(nobodys.id, confirm).await;
    assert!(matches!(answer, JobAnswer::Gone), "{answer:?}");
    let appended = world.append(&nobodys, worker.by(1), 1, 2).await;
    assert_eq!(appended, Appended::Gone);
    assert!(world.store.job(nobodys.id).await.unwrap().is_none());
    let read = world
        .store
        .events(nobodys.id, 1, 0, 10, 1_000)
        .await
        .unwrap();
    assert_eq!((read.events.len(), read.up_to), (0, 0));
}

pub(super) async fn a_refusal_changes_nothing_and_names_the_job(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 1).await;
    let job = world.offered(&robot, &worker).await;

    let stale = Command::Confirm(worker.by(job.last_attempt + 1));
    let answer = world.change(job.id, stale).await;

    match answer {
        JobAnswer::Refused { refusal, found } => {
            assert_eq!(refusal, Refusal::Stale);
            assert_eq!(found, job);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(world.job(job.id).await, job);
}

pub(super) async fn secrets_are_deleted_with_the_end_of_their_job(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 1).await;
    let job = world.executing(&robot, &worker).await;
    assert_eq!(world.store.job_secrets(job.id).await.unwrap().len(), 1);
    world.finished(&job, &worker, success()).await;
    assert_eq!(world.store.job_secrets(job.id).await.unwrap(), []);
    let parameters = world.store.job_parameters(job.id).await.unwrap();
    assert_eq!(parameters.len(), 3);
}

pub(super) async fn secrets_stay_when_a_job_waits_again(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let mut robot = world.new_robot(user, "Repeatable");
    robot.settings.repeatable = true;
    let robot = world.stored(robot).await;
    let worker = world.worker(user, 1).await;
    let job = world.executing(&robot, &worker).await;
    world.lost(&job, Happened::WaitsAgain).await;
    assert_eq!(world.store.job_secrets(job.id).await.unwrap().len(), 1);
}

pub(super) async fn a_cancelled_job_loses_its_secrets_at_once(store: Arc<dyn Store>) {
    let world = World::new(store);
    let robot = world.robot(world.id()).await;
    let job = world.play(&robot).await;
    let cancel = Command::Cancel {
        by: anna(),
        mode: StopMode::Kill,
    };
    let ended = world
        .changed(job.id, cancel, Happened::CancelledBeforeStart)
        .await;
    assert_eq!(ended.status(), Status::Cancelled);
    assert_eq!(world.store.job_secrets(job.id).await.unwrap(), []);
}

pub(super) async fn an_end_is_stored_only_behind_its_events(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 1).await;
    let job = world.executing(&robot, &worker).await;
    world.append(&job, worker.by(1), 1, 5).await;

    for (last_seq, expected) in [
        (6, Refusal::EventsMissing { up_to: 5 }),
        (4, Refusal::BelowStored { up_to: 5 }),
    ] {
        let answer = world
            .change(job.id, finish(&worker, 1, last_seq, success()))
            .await;
        match answer {
            JobAnswer::Refused { refusal, .. } => assert_eq!(refusal, expected),
            other => panic!("{other:?}"),
        }
    }
    let command = finish(&worker, 1, 5, success());
    world.changed(job.id, command, Happened::Finished).await;
}

pub(super) async fn an_agent_that_was_heard_is_not_lost(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 1).await;
    let job = world.executing(&robot, &worker).await;
    let seen = world.store.agent(worker.id).await.unwrap().unwrap();
    let seen = seen.last_seen_at.unwrap();
    let lose = || Command::Lose {
        n: 1,
        below: u64::MAX,
        cause: LossCause::Silence { lost_ms: 90_000 },
    };
    let guard = |at| {
        Some(Guard::NotHeardAfter {
            agent: worker.id,
            at,
        })
    };
    let now = world.now();

    let before = seen.minus(Duration::from_millis(1));
    let answer = world
        .store
        .change_job(job.id, lose(), guard(before), now)
        .await;
    match answer.unwrap() {
        JobAnswer::Refused { refusal, found } => {
            assert_eq!(refusal, Refusal::NotDue);
            assert_eq!(found, job);
        }
        other => panic!("{other:?}"),
    }
    let answer = world
        .store
        .change_job(job.id, lose(), guard(seen), now)
        .await;
    let answer = answer.unwrap();
    assert!(matches!(answer, JobAnswer::Changed { .. }), "{answer:?}");
}

pub(super) async fn a_repeated_end_is_answered_with_the_first_one(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 1).await;
    let job = world.executing(&robot, &worker).await;
    let ended = world.finished(&job, &worker, success()).await;

    let other = Outcome::failed(Failure::Robot, "no");
    let answer = world.change(job.id, finish(&worker, 1, 0, other)).await;

    match answer {
        JobAnswer::Refused { refusal, found } => {
            let outcome = success();
            let late = false;
            assert_eq!(refusal, Refusal::AlreadyFinished { outcome, late });
            assert_eq!(found, ended);
        }
        other => panic!("{other:?}"),
    }
}

pub(super) async fn a_late_outcome_is_kept_with_its_attempt(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 1).await;
    let job = world.executing(&robot, &worker).await;
    world.lost(&job, Happened::Lost).await;
    world.append(&job, worker.by(1), 1, 3).await;

    let command = finish(&worker, 1, 3, success());
    let late = world.changed(job.id, command, Happened::KeptLate).await;

    assert_eq!(late.status(), Status::Failed);
    let reported = &late.past(1).unwrap().reported;
    assert!(matches!(reported, Reported::Late { last_seq: 3, .. }));
    assert_eq!(world.job(job.id).await, late);
}

pub(super) async fn concurrent_plays_of_one_request_make_one_job(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store));
    let user = world.id();
    let robot = world.robot(user).await;
    let plays = (0..16).map(|_| {
        let world = Arc::clone(&world);
        let play = requested(world.new_job(&robot), "r", 1);
        async move { world.accepted(play).await }
    });
    let jobs = at_once(plays).await;
    assert!(
        jobs.iter()
            .all(|job| job.id == jobs[0].id && job.number == 1)
    );
    assert_eq!(world.store.open_jobs(user, 100).await.unwrap().len(), 1);
}

pub(super) async fn concurrent_plays_take_different_numbers(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store));
    let robot = world.robot(world.id()).await;
    let plays = (0..32).map(|_| {
        let world = Arc::clone(&world);
        let robot = robot.clone();
        async move { world.play(&robot).await.number }
    });
    let mut numbers = at_once(plays).await;
    numbers.sort_unstable();
    let many = numbers.len();
    numbers.dedup();
    assert_eq!(numbers.len(), many);
}

pub(super) async fn concurrent_confirms_start_one_attempt(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store));
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 1).await;
    let job = world.offered(&robot, &worker).await;
    let confirms = (0..8).map(|_| {
        let world = Arc::clone(&world);
        let command = Command::Confirm(worker.by(1));
        let id = job.id;
        async move { world.change(id, command).await }
    });
    let answers = at_once(confirms).await;
    let started = answers
        .iter()
        .filter(|answer| matches!(answer, JobAnswer::Changed { .. }));
    assert_eq!(started.count(), 1);
    let refusal = Refusal::Already;
    assert!(answers.iter().all(|answer| match answer {
        JobAnswer::Refused { refusal: found, .. } => *found == refusal,
        _ => true,
    }));
}

fn requested(job: Job, id: &str, content: u8) -> Play {
    Play {
        request: Some(Request {
            id: RequestKey::parse(id).unwrap(),
            digest: [content; 32],
        }),
        ..play_of(job)
    }
}

pub(super) async fn what_waits_for_a_deleted_robot_is_found(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let (robot, other) = (world.robot(user).await, world.robot(user).await);
    let job = world.play(&robot).await;
    let ended = world.play(&robot).await;
    world.play(&other).await;
    let cancel = Command::CancelBeforeStart { by: anna() };
    world
        .changed(ended.id, cancel, Happened::CancelledBeforeStart)
        .await;
    let deleted_at = world.now();
    let gone = world.store.delete_robot(user, robot.id, deleted_at).await;
    assert!(gone.unwrap().is_some());
    let before = deleted_at.minus(Duration::from_millis(1));
    assert_eq!(world.store.left_waiting(before, 10).await.unwrap(), []);
    let left = world.store.left_waiting(deleted_at, 10).await.unwrap();
    assert_eq!(left, [world.job(job.id).await]);
    assert_eq!(world.store.left_waiting(deleted_at, 0).await.unwrap(), []);
}
