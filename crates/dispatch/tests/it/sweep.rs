//! What time decides: offers that run out, agents that fall silent, kills without an answer.

use dispatch::{
    EnrolmentRequest, Goodbye, HeldAttempt, JoinRequest, JoinedAnswer, RenewRequest, Swept, Who,
};
use model::transition::Held;
use model::{AttemptKey, Connection, Ending, Failure, Job, JobId, JobState, Status, StopMode};
use store::agents::Running;
use store::people::{Link, LinkOpens, LinkTaken, NewSession};

use crate::world::{Hint, World, key, now_or_never};

pub(crate) fn join(
    world: &World,
    connection: &Connection,
    holding: Vec<(AttemptKey, Held)>,
) -> JoinedAnswer {
    let holding = holding
        .into_iter()
        .map(|(attempt, state)| HeldAttempt { attempt, state });
    let ask = JoinRequest {
        connection: connection.clone(),
        slots: 2,
        version: "0.1.0".to_owned(),
        os: "linux".to_owned(),
        host: "reception".to_owned(),
        checks: None,
        holding: holding.collect(),
    };
    now_or_never(world.dispatch.join(ask, world.now())).unwrap()
}

pub(crate) fn renew(world: &World, connection: &Connection, running: Vec<AttemptKey>) {
    let ask = RenewRequest {
        connection: connection.clone(),
        running,
        checks: None,
    };
    now_or_never(world.dispatch.renew(ask, world.now())).unwrap();
}

/// An agent that has joined, and its offer.
pub(crate) fn offered(world: &World, job: JobId) -> (Connection, AttemptKey) {
    let connection = world.connect(world.agent(), "p");
    join(world, &connection, vec![]);
    let claim = world.dispatch.claim(&connection, key("c"), 1, world.now());
    let offers = now_or_never(claim).unwrap();
    assert_eq!(offers[0].job.id, job);
    (connection, AttemptKey { job, attempt: 1 })
}

/// An agent that executes.
pub(crate) fn executing(world: &World, job: JobId) -> (Connection, AttemptKey) {
    let (connection, attempt) = offered(world, job);
    let confirm = world.dispatch.confirm(&connection, attempt, world.now());
    now_or_never(confirm).unwrap();
    (connection, attempt)
}

pub(crate) fn failure(job: &Job) -> Option<(Failure, String)> {
    match &job.state {
        JobState::Ended { outcome, .. } => match &outcome.ending {
            Ending::Failed {
                failure, message, ..
            } => Some((failure.clone(), message.clone())),
            Ending::Success | Ending::Cancelled { .. } => None,
        },
        JobState::Waiting { .. } | JobState::Executing { .. } => None,
    }
}

/// Lets time pass with a sign of life every ten seconds, sweeping like a server.
fn live(world: &World, connection: &Connection, running: &[AttemptKey], millis: i64) {
    for _ in 0..millis / 10_000 {
        world.pass(10_000);
        renew(world, connection, running.to_vec());
        world.sweep();
    }
}

#[test]
fn an_offer_that_ran_out_under_a_living_agent_counts_as_a_refusal() {
    let world = World::new();
    let job = world.play(world.robot());
    offered(&world, job);
    world.pass(14_999);
    assert_eq!(world.sweep(), Swept::default());
    world.pass(1);
    world.heard.take();
    assert_eq!(world.sweep().offers, 1);
    let after = world.job(job);
    assert_eq!(after.status(), Status::Waiting);
    assert_eq!(after.declined[0].reason, "no_answer");
    assert!(world.heard.take().contains(&Hint::Work(world.user)));
}

#[test]
fn an_offer_that_ran_out_with_its_agent_silent_is_no_refusal() {
    let world = World::new();
    let job = world.play(world.robot());
    offered(&world, job);
    world.pass(40_000);
    assert_eq!(world.sweep().offers, 1);
    assert_eq!(world.job(job).declined, []);
}

#[test]
fn a_silent_agent_loses_its_attempt_after_the_limit_and_not_before() {
    let world = World::new();
    let job = world.play(world.robot());
    let (_, attempt) = executing(&world, job);
    world.pass(89_999);
    assert_eq!(world.sweep().lost, 0);
    world.pass(1);
    assert_eq!(world.sweep().lost, 1);
    let (kind, message) = failure(&world.job(job)).unwrap();
    assert_eq!(kind, Failure::AgentLost);
    assert_eq!(message, "RECEPTION was not heard from for 90 s");
    assert_eq!(attempt.attempt, 1);
}

#[test]
fn silence_counts_only_from_when_the_server_listens() {
    let world = World::new();
    let job = world.play(world.robot());
    executing(&world, job);
    let since = world.pass(600_000);
    assert_eq!(world.sweep_since(since).lost, 0);
    world.pass(89_999);
    assert_eq!(world.sweep_since(since).lost, 0);
    world.pass(1);
    assert_eq!(world.sweep_since(since).lost, 1);
}

#[test]
fn a_lost_attempt_of_a_repeatable_robot_waits_again() {
    let world = World::new();
    let job = world.play(world.repeatable_robot());
    executing(&world, job);
    world.pass(90_000);
    world.heard.take();
    assert_eq!(world.sweep().lost, 1);
    assert_eq!(world.job(job).status(), Status::Waiting);
    assert!(world.heard.take().contains(&Hint::Work(world.user)));
}

#[test]
fn an_agent_that_renews_is_never_lost() {
    let world = World::new();
    let job = world.play(world.robot());
    let (connection, attempt) = executing(&world, job);
    live(&world, &connection, &[attempt], 600_000);
    assert_eq!(world.job(job).status(), Status::Executing);
}

#[test]
fn a_kill_that_reached_its_agent_ends_the_job_after_a_minute() {
    let world = World::new();
    let job = world.play(world.robot());
    let (connection, attempt) = executing(&world, job);
    let cancel = world
        .dispatch
        .cancel(world.user, world.actor(), job, StopMode::Kill, world.now());
    now_or_never(cancel).unwrap();
    live(&world, &connection, &[attempt], 50_000);
    let reached = world.job(job).cancel.unwrap().reached.unwrap();
    assert_eq!(reached.mode, StopMode::Kill, "a renew told it");
    assert_eq!(world.job(job).status(), Status::Executing);
    live(&world, &connection, &[attempt], 20_000);
    assert_eq!(world.job(job).status(), Status::Cancelled);
    // It is told on until its outcome is known.
    let ask = RenewRequest {
        connection,
        running: vec![attempt],
        checks: None,
    };
    let told = now_or_never(world.dispatch.renew(ask, world.now())).unwrap();
    assert_eq!(told.cancel, [(attempt, StopMode::Kill)]);
    assert_eq!(told.drop, []);
}

#[test]
fn an_unanswered_kill_of_a_silent_agent_is_decided_by_its_silence() {
    let world = World::new();
    let job = world.play(world.robot());
    let (connection, attempt) = executing(&world, job);
    let cancel = world
        .dispatch
        .cancel(world.user, world.actor(), job, StopMode::Kill, world.now());
    now_or_never(cancel).unwrap();
    renew(&world, &connection, vec![attempt]);
    world.pass(80_000);
    assert_eq!(world.sweep(), Swept::default());
    world.pass(10_000);
    assert_eq!(world.sweep().lost, 1);
    assert_eq!(failure(&world.job(job)).unwrap().0, Failure::AgentLost);
}

#[test]
fn a_server_that_was_away_kills_nothing_overdue_at_once() {
    let world = World::new();
    let job = world.play(world.robot());
    let (connection, attempt) = executing(&world, job);
    let cancel = world
        .dispatch
        .cancel(world.user, world.actor(), job, StopMode::Kill, world.now());
    now_or_never(cancel).unwrap();
    renew(&world, &connection, vec![attempt]);
    let since = world.pass(600_000);
    renew(&world, &connection, vec![attempt]);
    assert_eq!(world.sweep_since(since), Swept::default());
}

#[test]
fn removing_an_agent_takes_everything_out_of_its_hands_at_once() {
    let world = World::new();
    let (first, second) = (
        world.play(world.repeatable_robot()),
        world.play(world.robot()),
    );
    let (connection, _) = executing(&world, first);
    let claim = world.dispatch.claim(&connection, key("d"), 1, world.now());
    assert_eq!(now_or_never(claim).unwrap()[0].job.id, second);
    world.heard.take();
    let revoke = world
        .dispatch
        .revoke(world.user, connection.agent, Running::Stop, world.now());
    assert!(now_or_never(revoke).unwrap().is_some());
    assert_eq!(
        failure(&world.job(first)).unwrap(),
        (Failure::AgentLost, "RECEPTION was removed".to_owned())
    );
    let after = world.job(second);
    assert_eq!((after.status(), after.offer()), (Status::Waiting, None));
    let goodbye = Hint::Close(
        Who::Agent(connection.agent),
        Goodbye::Revoked {
            running: Running::Stop,
        },
    );
    assert!(world.heard.take().contains(&goodbye));
    let refused = world.dispatch.claim(&connection, key("e"), 1, world.now());
    assert!(now_or_never(refused).is_err());
}

#[test]
fn the_sweep_finishes_a_removal_that_a_crash_left_half_done() {
    let world = World::new();
    let job = world.play(world.robot());
    let (connection, _) = executing(&world, job);
    let removed =
        world
            .store
            .remove_agent(world.user, connection.agent, Running::Finish, world.now());
    now_or_never(removed).unwrap();
    assert_eq!(world.job(job).status(), Status::Executing);
    assert_eq!(world.sweep().removed, 1);
    assert_eq!(world.job(job).status(), Status::Failed);
    assert_eq!(world.sweep(), Swept::default());
}

#[test]
fn silence_and_its_end_are_told_when_they_happen() {
    let world = World::new();
    let job = world.play(world.robot());
    let (connection, attempt) = executing(&world, job);
    let news = |world: &World| {
        world.sweep();
        let heard = world.heard.take();
        let agent = heard.contains(&Hint::Agent(connection.agent));
        (agent, heard.contains(&Hint::Job(job)))
    };
    world.heard.take();
    world.pass(29_000);
    assert_eq!(news(&world), (false, false));
    world.pass(1_000);
    assert_eq!(news(&world), (true, true), "it is silent");
    assert_eq!(news(&world), (false, false), "that was told");
    world.pass(5_000);
    renew(&world, &connection, vec![attempt]);
    assert_eq!(news(&world), (true, true), "it is back");
    renew(&world, &connection, vec![attempt]);
    assert_eq!(news(&world), (false, false), "a sign of life is no news");
}

#[test]
fn a_page_that_asks_first_does_not_keep_the_news_from_the_others() {
    let world = World::new();
    let job = world.play(world.robot());
    let (connection, _) = executing(&world, job);
    world.pass(30_000);
    world.heard.take();
    let around = world.dispatch.surroundings(world.user, world.now());
    now_or_never(around).unwrap();
    let heard = world.heard.take();
    assert!(heard.contains(&Hint::Agent(connection.agent)));
    assert!(heard.contains(&Hint::Job(job)));
    let around = world.dispatch.surroundings(world.user, world.now());
    now_or_never(around).unwrap();
    assert_eq!(world.heard.take(), []);
}

#[test]
fn a_finished_log_is_compacted_by_the_sweep() {
    let world = World::new();
    let job = world.play(world.robot());
    let (connection, attempt) = executing(&world, job);
    for seq in 1..=3 {
        let event = format!(r#"{{"seq":{seq}}}"#);
        let append = world
            .dispatch
            .events(&connection, attempt, seq, vec![event]);
        assert_eq!(now_or_never(append).unwrap(), seq);
    }
    let finish = dispatch::FinishRequest {
        attempt,
        last_seq: 3,
        outcome: model::Outcome::unmeasured(Ending::Success),
    };
    let finish = world.dispatch.finish(&connection, finish, world.now());
    assert!(!now_or_never(finish).unwrap().late);
    world.sweep();
    let compacted = now_or_never(world.store.compact(job, 1)).unwrap();
    assert_eq!(compacted, store::logs::Compacted::Already);
}

#[test]
fn what_waits_for_a_robot_whose_deletion_was_broken_off_is_ended() {
    let world = World::new();
    let robot = world.robot();
    let job = world.play(robot);
    let kept = world.play(world.robot());
    // The server died behind this write.
    let deleted = world.store.delete_robot(world.user, robot, world.now());
    assert!(now_or_never(deleted).unwrap().is_some());
    world.sweep();
    assert_eq!(world.job(job).status(), Status::Waiting);
    world.pass(31_000);
    world.sweep();
    assert_eq!(world.job(job).status(), Status::Cancelled);
    assert_eq!(world.job(kept).status(), Status::Waiting);
}

#[test]
fn links_and_enrolment_tokens_are_kept_a_month_after_they_ran_out() {
    let world = World::new();
    let hour = std::time::Duration::from_secs(3_600);
    let ask = EnrolmentRequest {
        user: world.user,
        name: None,
        labels: Vec::new(),
        uses: 1,
        life: hour,
    };
    now_or_never(world.dispatch.create_enrolment(ask, world.now())).unwrap();
    let link = Link {
        token_hash: world.key_hash(1),
        opens: LinkOpens::SignIn { user: world.user },
        created_at: world.now(),
        expires_at: world.now().plus(hour),
    };
    now_or_never(world.store.put_link(link.clone())).unwrap();
    let take = || {
        let session = NewSession {
            id: model::SessionId(model::ObjectId::from_bytes([5; 12])),
            token_hash: world.key_hash(2),
            address: String::new(),
            user_agent: String::new(),
        };
        let taken = world
            .store
            .take_sign_in_link(link.token_hash, session, world.now());
        now_or_never(taken).unwrap()
    };
    let enrolments = || {
        now_or_never(world.store.enrolments(world.user))
            .unwrap()
            .len()
    };

    world.pass(31 * 24 * 3_600_000);
    world.sweep();
    assert_eq!((take(), enrolments()), (LinkTaken::Expired, 1));

    world.pass(3_600_000);
    world.sweep();
    assert_eq!((take(), enrolments()), (LinkTaken::Unknown, 0));
}
