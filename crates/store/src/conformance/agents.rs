//! Agents and their liveness.

use std::sync::Arc;
use std::time::Duration;

use model::{Check, Connection};

use super::given::{World, labels, name};
use crate::Store;
use crate::agents::{
    AgentPatch, AgentPatched, Connected, Joined, Renew, Renewed, Running, StandingJoin,
};

pub(super) async fn connection_numbers_rise(store: Arc<dyn Store>) {
    let world = World::new(store);
    let pairing = world.new_pairing(world.id(), "One");
    let key = pairing.key_hash;
    let agent = world.paired(pairing).await;
    let mut before = 0;
    for _ in 0..3 {
        match world.store.connect_agent(agent.id, key).await.unwrap() {
            Connected::Number { number, agent } => {
                assert!(number > before);
                assert_eq!(agent.connections, number);
                before = number;
            }
            other => panic!("{other:?}"),
        }
    }
    let stored = world.store.agent(agent.id).await.unwrap().unwrap();
    assert_eq!((stored.connections, stored.rev), (before, agent.rev));
}

pub(super) async fn a_wrong_key_opens_nothing(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let (one, other) = (
        world.new_pairing(user, "One"),
        world.new_pairing(user, "Two"),
    );
    let key = other.key_hash;
    let agent = world.paired(one).await;
    world.paired(other).await;
    for (id, key) in [
        (agent.id, key),
        (agent.id, world.digest()),
        (world.id(), agent.key_hash),
    ] {
        let answer = world.store.connect_agent(id, key).await.unwrap();
        assert_eq!(answer, Connected::Unknown);
    }
    let now = world.now();
    let removed = world.store.remove_agent(user, agent.id, Running::Stop, now);
    assert!(removed.await.unwrap().is_some());
    let answer = world.store.connect_agent(agent.id, key).await.unwrap();
    assert_eq!(answer, Connected::Unknown);
}

pub(super) async fn a_join_stands_until_a_later_one(store: Arc<dyn Store>) {
    let world = World::new(store);
    let worker = world.worker(world.id(), 2).await;
    let checks = vec![Check {
        code: "python".to_owned(),
        ok: true,
        text: "Python 3.12".to_owned(),
    }];
    let mut join = world.join_of(&worker.connection, 3);
    join.host = "other-host".to_owned();
    join.checks = Some(checks.clone());
    let now = join.now;
    let joined = world.store.join_agent(join).await.unwrap();
    let Joined::Stands { agent, .. } = joined else {
        panic!("{joined:?}");
    };
    assert_eq!(
        (agent.program_slots, agent.host.as_str()),
        (3, "other-host")
    );
    assert_eq!((&agent.checks, agent.last_seen_at), (&checks, Some(now)));
    assert_eq!(agent.checked_at, Some(now));
    assert_eq!(world.store.agent(worker.id).await.unwrap(), Some(agent));

    let later = world.connected(worker.id, worker.key, "later").await;
    let joined = world.store.join_agent(world.join_of(&later, 1)).await;
    let Joined::Stands { agent, .. } = joined.unwrap() else {
        panic!("the later one does not stand");
    };
    // What it did not say is as before.
    assert_eq!((&agent.checks, agent.checked_at), (&checks, Some(now)));
    let old = world.join_of(&worker.connection, 9);
    let answer = world.store.join_agent(old).await.unwrap();
    let stands = standing(&later);
    assert_eq!(answer, Joined::OldConnection { stands });
    assert_eq!(world.store.agent(worker.id).await.unwrap(), Some(agent));
    let mut unknown = world.join_of(&later, 1);
    unknown.connection.agent = world.id();
    let answer = world.store.join_agent(unknown).await.unwrap();
    assert_eq!(answer, Joined::Removed);
}

pub(super) async fn a_join_names_the_one_before(store: Arc<dyn Store>) {
    let world = World::new(store);
    let pairing = world.new_pairing(world.id(), "One");
    let key = pairing.key_hash;
    let agent = world.paired(pairing).await;
    let mut expected = None;
    for instance in ["one", "two"] {
        let connection = world.connected(agent.id, key, instance).await;
        let join = world.join_of(&connection, 1);
        match world.store.join_agent(join).await.unwrap() {
            Joined::Stands { before, .. } => assert_eq!(before, expected),
            other => panic!("{other:?}"),
        }
        expected = Some(standing(&connection));
    }
}

pub(super) async fn a_sign_of_life_is_noted_of_the_last_join_alone(store: Arc<dyn Store>) {
    let world = World::new(store);
    let worker = world.worker(world.id(), 1).await;
    let before = world.store.agent(worker.id).await.unwrap().unwrap();
    world.pass(Duration::from_secs(10));
    let renew = renewal(&world, &worker.connection);
    let now = renew.now;
    let answer = world.store.renew_agent(renew.clone()).await.unwrap();
    let Renewed::Noted { agent, seen_before } = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(seen_before, before.last_seen_at);
    assert_eq!(agent.last_seen_at, Some(now));
    // Nobody is told of a sign of life alone.
    assert_eq!(agent.rev, before.rev);
    let with_checks = Renew {
        checks: Some(vec![Check {
            code: "disk".to_owned(),
            ok: false,
            text: "the disk is full".to_owned(),
        }]),
        ..renewal(&world, &worker.connection)
    };
    let answer = world.store.renew_agent(with_checks).await.unwrap();
    let Renewed::Noted { agent, .. } = answer else {
        panic!("{answer:?}");
    };
    assert!(agent.rev > before.rev && !agent.checks[0].ok);
    // Looking again and finding the same is news, too: its age is shown.
    let (found, rev) = (agent.checks, agent.rev);
    world.pass(Duration::from_secs(10));
    let same = Renew {
        checks: Some(found.clone()),
        ..renewal(&world, &worker.connection)
    };
    let again = same.now;
    let answer = world.store.renew_agent(same).await.unwrap();
    let Renewed::Noted { agent, .. } = answer else {
        panic!("{answer:?}");
    };
    assert_eq!((agent.checks, agent.checked_at), (found, Some(again)));
    assert!(agent.rev > rev);

    let later = world.connected(worker.id, worker.key, "later").await;
    let answer = world.store.renew_agent(renewal(&world, &later)).await;
    let stands = Some(standing(&worker.connection));
    assert_eq!(answer.unwrap(), Renewed::NotJoined { stands });
    let joined = world.store.join_agent(world.join_of(&later, 1)).await;
    assert!(matches!(joined.unwrap(), Joined::Stands { .. }));
    let answer = world.store.renew_agent(renewal(&world, &worker.connection));
    let stands = Some(standing(&later));
    assert_eq!(answer.await.unwrap(), Renewed::NotJoined { stands });
    let mut unknown = renewal(&world, &later);
    unknown.connection.agent = world.id();
    let answer = world.store.renew_agent(unknown).await.unwrap();
    assert_eq!(answer, Renewed::Removed);
}

pub(super) async fn only_the_last_join_can_leave(store: Arc<dyn Store>) {
    let world = World::new(store);
    let worker = world.worker(world.id(), 1).await;
    let later = world.connected(worker.id, worker.key, "later").await;
    let left = async || world.store.agent(worker.id).await.unwrap().unwrap().left;

    let now = world.now();
    world.store.leave_agent(&later, now).await.unwrap();
    assert!(!left().await);
    let joined = world.store.join_agent(world.join_of(&later, 1)).await;
    assert!(matches!(joined.unwrap(), Joined::Stands { .. }));
    world
        .store
        .leave_agent(&worker.connection, now)
        .await
        .unwrap();
    assert!(!left().await);
    world.store.leave_agent(&later, now).await.unwrap();
    assert!(left().await);
    let joined = world.store.join_agent(world.join_of(&later, 1)).await;
    assert!(matches!(joined.unwrap(), Joined::Stands { .. }));
    assert!(!left().await);
}

pub(super) async fn an_agent_is_changed_by_its_user_alone(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let worker = world.worker(user, 4).await;
    let before = world.store.agent(worker.id).await.unwrap().unwrap();
    let patch = AgentPatch {
        name: Some(name("FINANCE-2")),
        labels: Some(labels(&["sap"])),
        slots: Some(2),
        paused: Some(true),
    };
    for (user, id) in [(world.id(), worker.id), (user, world.id())] {
        let answer = world.store.patch_agent(user, id, patch.clone()).await;
        assert_eq!(answer.unwrap(), AgentPatched::Gone);
    }
    let agent = world.patched(user, worker.id, patch).await;
    assert_eq!(agent.name, name("FINANCE-2"));
    assert_eq!(agent.labels, labels(&["sap"]));
    assert_eq!((agent.slots(), agent.paused), (2, true));
    assert!(agent.rev > before.rev);
    let same = world.patched(user, worker.id, AgentPatch::default()).await;
    assert_eq!(same, agent);
    assert_eq!(world.store.agent(worker.id).await.unwrap(), Some(agent));
}

pub(super) async fn names_of_agents_are_unique_without_regard_to_case(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let one = world.paired(world.new_pairing(user, "Büro")).await;
    let other = world.paired(world.new_pairing(user, "Empfang")).await;
    let rename = |text| AgentPatch {
        name: Some(name(text)),
        ..AgentPatch::default()
    };
    let answer = world
        .store
        .patch_agent(user, other.id, rename("BÜRO"))
        .await;
    assert_eq!(answer.unwrap(), AgentPatched::NameTaken);
    let own = world.patched(user, one.id, rename("BÜRO")).await;
    assert_eq!(own.name, name("BÜRO"));
    let stranger = world.id();
    let foreign = world.paired(world.new_pairing(stranger, "büro")).await;
    assert_eq!(foreign.name, name("büro"));
    let now = world.now();
    let removed = world.store.remove_agent(user, one.id, Running::Stop, now);
    assert!(removed.await.unwrap().is_some());
    let other = world.patched(user, other.id, rename("büro")).await;
    assert_eq!(other.name, name("büro"));
}

pub(super) async fn a_removed_agent_is_let_in_nowhere(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let worker = world.worker(user, 1).await;
    let now = world.now();
    let foreign = world
        .store
        .remove_agent(world.id(), worker.id, Running::Stop, now);
    assert_eq!(foreign.await.unwrap(), None);
    let before = world.store.agent(worker.id).await.unwrap().unwrap();

    let removed = world
        .store
        .remove_agent(user, worker.id, Running::Finish, now);
    let removed = removed.await.unwrap().unwrap();

    let removal = removed.removed.clone().unwrap();
    assert_eq!((removal.at, removal.running), (now, Running::Finish));
    assert!(removed.rev > before.rev);
    let connected = world.store.connect_agent(worker.id, worker.key).await;
    assert_eq!(connected.unwrap(), Connected::Removed(removal));
    let joined = world
        .store
        .join_agent(world.join_of(&worker.connection, 1))
        .await;
    assert_eq!(joined.unwrap(), Joined::Removed);
    let renewed = world
        .store
        .renew_agent(renewal(&world, &worker.connection))
        .await;
    assert_eq!(renewed.unwrap(), Renewed::Removed);
    let patched = world
        .store
        .patch_agent(user, worker.id, AgentPatch::default());
    assert_eq!(patched.await.unwrap(), AgentPatched::Gone);
    assert_eq!(world.store.agents(user).await.unwrap(), []);
    assert_eq!(world.store.agent(worker.id).await.unwrap(), Some(removed));
    let later = world.now();
    let again = world
        .store
        .remove_agent(user, worker.id, Running::Stop, later);
    assert_eq!(again.await.unwrap(), None);
}

pub(super) async fn agents_are_listed_by_name(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    for text in ["delta", "Alpha", "charlie", "Bravo"] {
        world.paired(world.new_pairing(user, text)).await;
    }
    world.paired(world.new_pairing(world.id(), "Foreign")).await;
    let agents = world.store.agents(user).await.unwrap();
    let names: Vec<&str> = agents.iter().map(|agent| agent.name.as_str()).collect();
    assert_eq!(names, ["Alpha", "Bravo", "charlie", "delta"]);
}

fn renewal(world: &World, connection: &Connection) -> Renew {
    Renew {
        connection: connection.clone(),
        checks: None,
        now: world.now(),
    }
}

fn standing(connection: &Connection) -> StandingJoin {
    StandingJoin {
        number: connection.number,
        instance: connection.instance.clone(),
    }
}
