//! Cancel.

use dispatch::{CancelRefused, FinishRequest, RenewRequest};
use model::{CancelledHow, Ending, Job, JobId, Outcome, Status, StopMode};

use crate::sweep::{executing, failure, offered, renew};
use crate::world::{Hint, World, now_or_never};

fn cancel(world: &World, job: JobId, mode: StopMode) -> Result<Job, CancelRefused> {
    let by = world.actor();
    now_or_never(
        world
            .dispatch
            .cancel(world.user, by, job, mode, world.now()),
    )
}

#[test]
fn a_waiting_job_ends_at_once_and_its_offer_with_it() {
    let world = World::new();
    let job = world.play(world.robot());
    let (connection, attempt) = offered(&world, job);
    let ended = cancel(&world, job, StopMode::Stop).unwrap();
    assert_eq!(ended.status(), Status::Cancelled);
    let confirm = world.dispatch.confirm(&connection, attempt, world.now());
    assert!(matches!(
        now_or_never(confirm),
        Err(dispatch::ConfirmRefused::Stale)
    ));
    assert!(
        cancel(&world, job, StopMode::Kill).is_ok(),
        "it is as asked"
    );
}

#[test]
fn a_deleted_robot_ends_what_waits_and_leaves_what_executes() {
    let world = World::new();
    let robot = world.robot();
    let runs = world.play(robot);
    world.pass(1);
    let waits = world.play(robot);
    executing(&world, runs);
    let by = world.actor();
    let delete = world
        .dispatch
        .delete_robot(world.user, &by, robot, world.now());
    assert!(now_or_never(delete).unwrap().is_some());
    assert_eq!(world.job(waits).status(), Status::Cancelled);
    assert_eq!(world.job(runs).status(), Status::Executing);
    assert_eq!(world.job(runs).cancel, None);
}

#[test]
fn a_mode_only_rises_and_each_rise_is_told() {
    let world = World::new();
    let job = world.play(world.robot());
    let (connection, attempt) = executing(&world, job);
    world.heard.take();
    let told = |mode| Hint::Cancel(attempt, connection.agent, mode);
    cancel(&world, job, StopMode::Stop).unwrap();
    assert!(world.heard.take().contains(&told(StopMode::Stop)));
    cancel(&world, job, StopMode::Kill).unwrap();
    assert!(world.heard.take().contains(&told(StopMode::Kill)));
    let asked = cancel(&world, job, StopMode::Stop).unwrap();
    assert_eq!(asked.cancel.unwrap().mode, StopMode::Kill);
}

#[test]
fn what_ended_otherwise_is_a_conflict() {
    let world = World::new();
    let job = world.play(world.robot());
    let (connection, attempt) = executing(&world, job);
    let finish = FinishRequest {
        attempt,
        last_seq: 0,
        outcome: Outcome::unmeasured(Ending::Success),
    };
    now_or_never(world.dispatch.finish(&connection, finish, world.now())).unwrap();
    let refused = cancel(&world, job, StopMode::Stop).unwrap_err();
    assert!(matches!(refused, CancelRefused::HasEnded(job) if job.status() == Status::Success));
    let ben = world.new_user("ben");
    let foreign = world
        .dispatch
        .cancel(ben, world.actor(), job, StopMode::Stop, world.now());
    assert!(matches!(now_or_never(foreign), Err(CancelRefused::JobGone)));
}

#[test]
fn a_lost_attempt_of_an_ended_job_is_told_for_thirty_days_until_it_reports() {
    let world = World::new();
    let job = world.play(world.robot());
    let (connection, attempt) = executing(&world, job);
    world.pass(90_000);
    world.sweep();
    assert_eq!(world.job(job).status(), Status::Failed);
    let lost = cancel(&world, job, StopMode::Stop).unwrap();
    assert_eq!(lost.status(), Status::Failed, "the status does not change");
    let told = |world: &World| {
        let ask = RenewRequest {
            connection: connection.clone(),
            running: vec![attempt],
            checks: None,
        };
        now_or_never(world.dispatch.renew(ask, world.now()))
            .unwrap()
            .cancel
    };
    assert_eq!(told(&world), [(attempt, StopMode::Stop)]);
    world.pass(31 * 24 * 3_600_000);
    assert_eq!(told(&world), []);
    world.pass(-(31 * 24 * 3_600_000));
    let finish = FinishRequest {
        attempt,
        last_seq: 0,
        outcome: Outcome::unmeasured(Ending::Cancelled {
            how: CancelledHow::Stop,
            by: None,
        }),
    };
    let late = now_or_never(world.dispatch.finish(&connection, finish, world.now())).unwrap();
    assert!(late.late);
    assert!(
        matches!(late.outcome.ending, Ending::Cancelled { by: Some(by), .. } if by.name == "Anna")
    );
    assert_eq!(told(&world), []);
    assert!(failure(&world.job(job)).is_some());
}

#[test]
fn a_cancelled_end_that_nobody_asked_for_is_our_mistake() {
    let world = World::new();
    let job = world.play(world.robot());
    let (connection, attempt) = executing(&world, job);
    renew(&world, &connection, vec![attempt]);
    let finish = FinishRequest {
        attempt,
        last_seq: 0,
        outcome: Outcome::unmeasured(Ending::Cancelled {
            how: CancelledHow::Stop,
            by: None,
        }),
    };
    now_or_never(world.dispatch.finish(&connection, finish, world.now())).unwrap();
    assert_eq!(
        failure(&world.job(job)).unwrap().0,
        model::Failure::Internal
    );
}
