//! How a computer becomes an agent.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::UserId;

use super::given::{HOUR, MANY, World, at_once, labels, name};
use crate::Store;
use crate::agents::{Agent, Running};
use crate::pairings::{
    Approval, Enrolled, Enrolment, NewAgent, Pairing, PairingAnswer, PairingAnswered,
    PairingCreated, PairingState, PendingBounds,
};

pub(super) async fn a_pairing_waits_for_its_user(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let first = created(&world, world.new_pairing(user, "One")).await;
    let second = created(&world, world.new_pairing(user, "Two")).await;
    created(&world, world.new_pairing(world.id(), "Foreign")).await;

    let read = world.store.pairing(first.id).await.unwrap();
    assert_eq!(read, Some(first.clone()));
    assert_eq!(world.store.pairing(world.id()).await.unwrap(), None);
    let pending = world.store.pending_pairings(user, world.now()).await;
    assert_eq!(pending.unwrap(), [second.clone(), first.clone()]);
    let deny = denial(&world, &second);
    world.store.answer_pairing(deny).await.unwrap();
    let pending = world.store.pending_pairings(user, world.now()).await;
    assert_eq!(pending.unwrap(), std::slice::from_ref(&first));
    let later = world.store.pending_pairings(user, first.expires_at).await;
    assert_eq!(later.unwrap(), []);
}

pub(super) async fn the_same_key_has_the_same_pairing(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let pairing = created(&world, world.new_pairing(user, "One")).await;
    let again = |pairing: &Pairing| Pairing {
        key_hash: pairing.key_hash,
        ..world.new_pairing(user, "Another name")
    };
    assert_eq!(created(&world, again(&pairing)).await, pairing);
    let agent = world.approved(&pairing).await;
    let approved = created(&world, again(&pairing)).await;
    assert_eq!(approved.id, pairing.id);
    assert_eq!(approved.state, PairingState::Approved { agent: agent.id });
    let pending = world.store.pending_pairings(user, world.now()).await;
    assert_eq!(pending.unwrap(), []);
}

pub(super) async fn a_key_is_used_up_for_anybody_else(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let pending = created(&world, world.new_pairing(user, "Pending")).await;
    let denied = created(&world, world.new_pairing(user, "Denied")).await;
    let deny = denial(&world, &denied);
    world.store.answer_pairing(deny).await.unwrap();
    let removed = created(&world, world.new_pairing(user, "Removed")).await;
    let agent = world.approved(&removed).await;
    let now = world.now();
    let gone = world.store.remove_agent(user, agent.id, Running::Stop, now);
    assert!(gone.await.unwrap().is_some());
    let with_key_of = |user: UserId, other: &Pairing| Pairing {
        key_hash: other.key_hash,
        ..world.new_pairing(user, "New")
    };

    let mut taken = vec![
        with_key_of(world.id(), &pending),
        with_key_of(user, &denied),
        with_key_of(user, &removed),
    ];
    world.pass(HOUR);
    taken.push(with_key_of(user, &pending));

    for pairing in taken {
        let answer = world.store.create_pairing(pairing, MANY).await.unwrap();
        assert_eq!(answer, PairingCreated::KeyTaken);
    }
}

pub(super) async fn too_many_pairings_are_refused(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let bounds = PendingBounds {
        from_address: 2,
        in_all: 3,
    };
    let from = |address: &str| Pairing {
        address: address.to_owned(),
        ..world.new_pairing(user, "One")
    };
    let fits = async |pairing| {
        let answer = world.store.create_pairing(pairing, bounds).await.unwrap();
        answer != PairingCreated::TooMany
    };

    let first = from("10.0.0.1");
    assert!(fits(first.clone()).await);
    assert!(fits(from("10.0.0.1")).await);
    assert!(!fits(from("10.0.0.1")).await);
    assert!(fits(from("10.0.0.2")).await);
    assert!(!fits(from("10.0.0.3")).await);
    // Of another user id, and the same again: no more than before.
    assert!(fits(world.new_pairing(world.id(), "Other")).await);
    assert!(fits(first.clone()).await);
    // Answered and expired ones do not count.
    world.approved(&first).await;
    assert!(fits(from("10.0.0.1")).await);
    assert!(!fits(from("10.0.0.4")).await);
    world.pass(HOUR);
    assert!(fits(from("10.0.0.4")).await);
}

pub(super) async fn approving_makes_the_agent(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let mut pairing = world.new_pairing(user, "RECEPTION-PC");
    pairing.labels = labels(&["front"]);
    let pairing = created(&world, pairing).await;
    let approval = world.approval(&pairing, "WDJBMJHT");

    let answer = world.store.answer_pairing(approval.clone()).await.unwrap();

    let PairingAnswered::Approved {
        pairing: approved,
        agent,
    } = answer
    else {
        panic!("{answer:?}");
    };
    let Approval::Approve { agent: id, .. } = approval.what else {
        panic!("it was an approval");
    };
    assert_eq!(approved.state, PairingState::Approved { agent: id });
    assert_eq!((agent.id, agent.user_id), (id, user));
    assert_eq!(agent.name, name("RECEPTION-PC"));
    assert_eq!(agent.key_hash, pairing.key_hash);
    assert_eq!(agent.labels, labels(&["front"]));
    assert_eq!((agent.program_slots, agent.connections), (1, 0));
    assert_eq!(agent.created_at, approval.now);
    assert_eq!((agent.joined.clone(), agent.last_seen_at), (None, None));
    let agents = world.store.agents(user).await.unwrap();
    assert_eq!(agents, std::slice::from_ref(&agent));
    assert_eq!(
        world.store.pairing(pairing.id).await.unwrap(),
        Some(approved.clone())
    );
    // Approving twice, also from another page, is the same agent.
    let again = world.approval(&pairing, "WRONG");
    let again = world.store.answer_pairing(again).await.unwrap();
    let pairing = approved;
    assert_eq!(again, PairingAnswered::Approved { pairing, agent });
}

pub(super) async fn agents_of_one_name_are_numbered(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let mut names = Vec::new();
    for text in ["Office", "OFFICE", "office"] {
        let agent = world.paired(world.new_pairing(user, text)).await;
        names.push(agent.name.as_str().to_owned());
    }
    assert_eq!(names, ["Office", "OFFICE-2", "office-3"]);
}

pub(super) async fn wrong_codes_are_counted(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let pairing = created(&world, world.new_pairing(user, "One")).await;
    for wrong in 1..=5 {
        let approval = world.approval(&pairing, "WDJB-MJHT");
        match world.store.answer_pairing(approval).await.unwrap() {
            PairingAnswered::WrongCode(found) => {
                assert_eq!(found.wrong_codes, wrong);
                assert_eq!(found.state == PairingState::Denied, wrong == 5);
            }
            other => panic!("{other:?}"),
        }
    }
    let right = world.approval(&pairing, "WDJBMJHT");
    let answer = world.store.answer_pairing(right).await.unwrap();
    assert!(matches!(answer, PairingAnswered::Conflict(_)), "{answer:?}");
    assert_eq!(world.store.agents(user).await.unwrap(), []);
}

pub(super) async fn an_answer_is_not_turned_round(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let approved = created(&world, world.new_pairing(user, "One")).await;
    let denied = created(&world, world.new_pairing(user, "Two")).await;
    world.approved(&approved).await;
    for _ in 0..2 {
        let deny = denial(&world, &denied);
        let answer = world.store.answer_pairing(deny).await.unwrap();
        assert!(matches!(answer, PairingAnswered::Denied(_)), "{answer:?}");
    }
    let deny = denial(&world, &approved);
    let answer = world.store.answer_pairing(deny).await.unwrap();
    assert!(matches!(answer, PairingAnswered::Conflict(_)), "{answer:?}");
    let approve = world.approval(&denied, "WDJBMJHT");
    let answer = world.store.answer_pairing(approve).await.unwrap();
    assert!(matches!(answer, PairingAnswered::Conflict(_)), "{answer:?}");
    assert_eq!(world.store.agents(user).await.unwrap().len(), 1);
}

pub(super) async fn an_expired_pairing_is_not_answered(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let pairing = created(&world, world.new_pairing(user, "One")).await;
    for answer in [
        world.approval(&pairing, "WDJBMJHT"),
        denial(&world, &pairing),
    ] {
        let late = PairingAnswer {
            now: pairing.expires_at,
            ..answer
        };
        let answer = world.store.answer_pairing(late).await.unwrap();
        assert_eq!(answer, PairingAnswered::Conflict(pairing.clone()));
    }
    assert_eq!(world.store.agents(user).await.unwrap(), []);
}

pub(super) async fn nobody_else_answers_a_pairing(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let pairing = created(&world, world.new_pairing(user, "One")).await;
    let foreign = PairingAnswer {
        user: world.id(),
        ..world.approval(&pairing, "WDJBMJHT")
    };
    let unknown = PairingAnswer {
        pairing: world.id(),
        ..world.approval(&pairing, "WDJBMJHT")
    };
    for answer in [foreign, unknown] {
        let answer = world.store.answer_pairing(answer).await.unwrap();
        assert_eq!(answer, PairingAnswered::Gone);
    }
    let read = world.store.pairing(pairing.id).await.unwrap();
    assert_eq!(read, Some(pairing));
}

pub(super) async fn an_enrolment_makes_the_agent_that_it_describes(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let mut named = new_enrolment(&world, user, 2);
    named.name = Some(name("Fleet"));
    named.labels = labels(&["fleet", "linux"]);
    let plain = new_enrolment(&world, user, 1);
    for enrolment in [&named, &plain] {
        world
            .store
            .create_enrolment(enrolment.clone())
            .await
            .unwrap();
    }
    let mut asking = new_agent(&world);
    asking.labels = labels(&["linux", "gpu"]);
    let own_name = NewAgent {
        name: Some(name("Own")),
        ..new_agent(&world)
    };

    let fleet = enrolled(&world, &named, asking.clone()).await;
    let own = enrolled(&world, &named, own_name).await;
    let host = enrolled(&world, &plain, new_agent(&world)).await;

    assert_eq!((fleet.user_id, fleet.id), (user, asking.id));
    assert_eq!(fleet.name, name("Fleet"));
    assert_eq!(fleet.labels, labels(&["fleet", "linux", "gpu"]));
    assert_eq!(fleet.key_hash, asking.key_hash);
    assert_eq!(own.name, name("Own"));
    assert_eq!(host.name, name("server-7"));
    assert_eq!(world.store.agents(user).await.unwrap().len(), 3);
    let worker = world.connected(fleet.id, fleet.key_hash, "one").await;
    assert_eq!(worker.agent, fleet.id);
}

pub(super) async fn the_same_enrolment_again_is_the_same_agent(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let enrolment = new_enrolment(&world, user, 1);
    world
        .store
        .create_enrolment(enrolment.clone())
        .await
        .unwrap();
    let first = new_agent(&world);
    let agent = enrolled(&world, &enrolment, first.clone()).await;
    let again = NewAgent {
        key_hash: first.key_hash,
        ..new_agent(&world)
    };
    assert_eq!(enrolled(&world, &enrolment, again.clone()).await, agent);
    // Also when the token has run out, or is gone.
    world.pass(HOUR);
    let deleted = world.store.delete_enrolment(user, enrolment.id).await;
    assert!(deleted.unwrap());
    assert_eq!(enrolled(&world, &enrolment, again.clone()).await, agent);
    let now = world.now();
    let removed = world.store.remove_agent(user, agent.id, Running::Stop, now);
    assert!(removed.await.unwrap().is_some());
    let answer = world
        .store
        .enrol(enrolment.token_hash, again)
        .await
        .unwrap();
    assert_eq!(answer, Enrolled::KeyTaken);
}

pub(super) async fn an_enrolment_is_used_no_more_often_than_allowed(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let twice = new_enrolment(&world, user, 2);
    let late = new_enrolment(&world, user, 1);
    for enrolment in [&twice, &late] {
        world
            .store
            .create_enrolment(enrolment.clone())
            .await
            .unwrap();
    }
    enrolled(&world, &twice, new_agent(&world)).await;
    enrolled(&world, &twice, new_agent(&world)).await;
    let refused = async |token, agent| {
        let answer = world.store.enrol(token, agent).await.unwrap();
        assert_eq!(answer, Enrolled::Refused);
    };
    refused(twice.token_hash, new_agent(&world)).await;
    refused(world.digest(), new_agent(&world)).await;
    let too_late = NewAgent {
        now: late.expires_at,
        ..new_agent(&world)
    };
    refused(late.token_hash, too_late).await;
    assert_eq!(world.store.agents(user).await.unwrap().len(), 2);
    let listed = world.store.enrolments(user).await.unwrap();
    let used = listed.iter().find(|e| e.id == twice.id).unwrap().used;
    assert_eq!(used, 2);
}

pub(super) async fn a_used_key_is_not_enrolled(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let (one, other) = (
        new_enrolment(&world, user, 2),
        new_enrolment(&world, user, 2),
    );
    for enrolment in [&one, &other] {
        world
            .store
            .create_enrolment(enrolment.clone())
            .await
            .unwrap();
    }
    let agent = enrolled(&world, &one, new_agent(&world)).await;
    let pairing = created(&world, world.new_pairing(user, "Pairing")).await;
    for key_hash in [agent.key_hash, pairing.key_hash] {
        let with_key = NewAgent {
            key_hash,
            ..new_agent(&world)
        };
        let answer = world.store.enrol(other.token_hash, with_key.clone()).await;
        assert_eq!(answer.unwrap(), Enrolled::KeyTaken);
        // Who has no token learns nothing of keys.
        let answer = world.store.enrol(world.digest(), with_key).await;
        assert_eq!(answer.unwrap(), Enrolled::Refused);
    }
    let with_agents_key = Pairing {
        key_hash: agent.key_hash,
        ..world.new_pairing(user, "Other")
    };
    let answer = world.store.create_pairing(with_agents_key, MANY).await;
    assert_eq!(answer.unwrap(), PairingCreated::KeyTaken);
    let listed = world.store.enrolments(user).await.unwrap();
    let used = listed.iter().find(|e| e.id == other.id).unwrap().used;
    assert_eq!(used, 0);
}

pub(super) async fn enrolments_are_listed_and_deleted_by_their_user(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let first = new_enrolment(&world, user, 1);
    let second = new_enrolment(&world, user, 1);
    let foreign = new_enrolment(&world, world.id(), 1);
    for enrolment in [&first, &second, &foreign] {
        world
            .store
            .create_enrolment(enrolment.clone())
            .await
            .unwrap();
    }
    let listed = world.store.enrolments(user).await.unwrap();
    assert_eq!(listed, [second.clone(), first.clone()]);
    let deleted = world.store.delete_enrolment(user, foreign.id).await;
    assert!(!deleted.unwrap());
    let deleted = world.store.delete_enrolment(user, first.id).await;
    assert!(deleted.unwrap());
    let listed = world.store.enrolments(user).await.unwrap();
    assert_eq!(listed, [second]);
    let answer = world.store.enrol(first.token_hash, new_agent(&world)).await;
    assert_eq!(answer.unwrap(), Enrolled::Refused);
}

pub(super) async fn concurrent_enrolments_use_a_token_once(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store));
    let user = world.id();
    let enrolment = new_enrolment(&world, user, 1);
    world
        .store
        .create_enrolment(enrolment.clone())
        .await
        .unwrap();
    let tries = (0..8).map(|_| {
        let world = Arc::clone(&world);
        let token = enrolment.token_hash;
        async move {
            let agent = new_agent(&world);
            world.store.enrol(token, agent).await.unwrap()
        }
    });
    let answers = at_once(tries).await;
    let made = answers
        .iter()
        .filter(|answer| matches!(answer, Enrolled::Agent(_)));
    assert_eq!(made.count(), 1);
    assert_eq!(world.store.agents(user).await.unwrap().len(), 1);
}

pub(super) async fn concurrent_approvals_give_different_names(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store));
    let user = world.id();
    let mut pairings = Vec::new();
    for _ in 0..8 {
        pairings.push(created(&world, world.new_pairing(user, "Office")).await);
    }
    let approvals = pairings.into_iter().map(|pairing| {
        let world = Arc::clone(&world);
        async move { world.approved(&pairing).await.name.folded() }
    });
    let names: BTreeSet<String> = at_once(approvals).await.into_iter().collect();
    assert_eq!(names.len(), 8);
}

async fn created(world: &World, pairing: Pairing) -> Pairing {
    match world.store.create_pairing(pairing, MANY).await.unwrap() {
        PairingCreated::Created(pairing) | PairingCreated::Same(pairing) => pairing,
        other => panic!("{other:?}"),
    }
}

fn denial(world: &World, pairing: &Pairing) -> PairingAnswer {
    PairingAnswer {
        user: pairing.user_id,
        pairing: pairing.id,
        what: Approval::Deny,
        now: world.now(),
    }
}

fn new_enrolment(world: &World, user: UserId, uses: u32) -> Enrolment {
    let now = world.now();
    Enrolment {
        id: world.id(),
        user_id: user,
        token_hash: world.digest(),
        name: None,
        labels: Vec::new(),
        uses,
        used: 0,
        created_at: now,
        expires_at: now.plus(HOUR),
    }
}

fn new_agent(world: &World) -> NewAgent {
    NewAgent {
        id: world.id(),
        key_hash: world.digest(),
        name: None,
        host: "server-7".to_owned(),
        os: "linux".to_owned(),
        version: "0.1.0".to_owned(),
        labels: Vec::new(),
        now: world.now(),
    }
}

async fn enrolled(world: &World, enrolment: &Enrolment, agent: NewAgent) -> Agent {
    match world
        .store
        .enrol(enrolment.token_hash, agent)
        .await
        .unwrap()
    {
        Enrolled::Agent(agent) => agent,
        other => panic!("{other:?}"),
    }
}

pub(super) async fn pairings_are_forgotten_when_they_ran_out(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let old = created(&world, world.new_pairing(user, "One")).await;
    let approved = world.approved(&old).await;
    let before = old.expires_at.minus(std::time::Duration::from_millis(1));
    assert_eq!(world.store.forget_pairings(before, 10).await.unwrap(), 0);
    let none = world.store.forget_pairings(old.expires_at, 0).await;
    assert_eq!(none.unwrap(), 0);
    let one = world.store.forget_pairings(old.expires_at, 10).await;
    assert_eq!(one.unwrap(), 1);
    assert_eq!(world.store.pairing(old.id).await.unwrap(), None);
    // The agent stays, and its key is no one else's.
    assert_eq!(world.store.agents(user).await.unwrap(), [approved]);
    let again = Pairing {
        id: world.id(),
        ..old.clone()
    };
    let answer = world.store.create_pairing(again, MANY).await;
    assert!(!matches!(answer.unwrap(), PairingCreated::Created(_)));
}

pub(super) async fn enrolments_are_forgotten_when_they_ran_out(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let enrolment = new_enrolment(&world, user, 2);
    let stored = world.store.create_enrolment(enrolment.clone()).await;
    stored.unwrap();
    let agent = enrolled(&world, &enrolment, new_agent(&world)).await;
    let forget = async |before, most| world.store.forget_enrolments(before, most).await.unwrap();
    let almost = enrolment
        .expires_at
        .minus(std::time::Duration::from_millis(1));
    assert_eq!(forget(almost, 10).await, 0);
    assert_eq!(forget(enrolment.expires_at, 0).await, 0);
    assert_eq!(forget(enrolment.expires_at, 10).await, 1);
    assert_eq!(world.store.enrolments(user).await.unwrap(), []);
    assert_eq!(world.store.agents(user).await.unwrap(), [agent]);
}
