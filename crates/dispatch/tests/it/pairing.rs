//! Pairing and enrolment.

use std::time::Duration;

use dispatch::{
    ApproveRefused, EnrolRefused, EnrolRequest, EnrolmentRefused, EnrolmentRequest, PairingRefused,
    PairingRequest, PollRefused,
};
use model::{ObjectId, UserId};
use store::pairings::{Pairing, PairingState};

use crate::world::{Hint, World, now_or_never};

fn request(world: &World, user: UserId, n: u64, address: &str) -> PairingRequest {
    PairingRequest {
        user,
        key_hash: world.key_hash(1_000 + n),
        host: "RECEPTION-PC".to_owned(),
        os: "windows".to_owned(),
        os_user: "anna".to_owned(),
        address: address.to_owned(),
        version: "0.1.0".to_owned(),
        name: None,
        labels: Vec::new(),
    }
}

fn create(
    world: &World,
    user: UserId,
    n: u64,
    address: &str,
) -> Result<(Pairing, bool), PairingRefused> {
    let ask = request(world, user, n, address);
    now_or_never(world.dispatch.create_pairing(ask, world.now()))
}

#[test]
fn a_computer_is_let_in_by_the_code_that_it_shows() {
    let world = World::new();
    let (pairing, new) = create(&world, world.user, 1, "10.0.0.7").unwrap();
    assert!(new);
    assert!(world.heard.take().contains(&Hint::Pairing(pairing.id)));
    let (same, new) = create(&world, world.user, 1, "10.0.0.7").unwrap();
    assert_eq!((same.id, new), (pairing.id, false));

    let typed = pairing.code.to_lowercase().replace('-', "");
    let approve = |code: &str| {
        let now = world.now();
        now_or_never(
            world
                .dispatch
                .approve_pairing(world.user, pairing.id, code, now),
        )
    };
    let wrong = approve("AAAA-AAAA").unwrap_err();
    assert!(matches!(wrong, ApproveRefused::WrongCode(_)));
    let (approved, agent) = approve(&typed).unwrap();
    assert_eq!(approved.state, PairingState::Approved { agent: agent.id });
    assert_eq!(agent.name.as_str(), "RECEPTION-PC");
    let (_, again) = approve(&pairing.code).unwrap();
    assert_eq!(again.id, agent.id);
    assert!(matches!(
        now_or_never(
            world
                .dispatch
                .deny_pairing(world.user, pairing.id, world.now())
        ),
        Err(ApproveRefused::Conflict(_))
    ));
}

#[test]
fn five_wrong_codes_deny_it() {
    let world = World::new();
    let (pairing, _) = create(&world, world.user, 1, "10.0.0.7").unwrap();
    for _ in 0..5 {
        let approve =
            world
                .dispatch
                .approve_pairing(world.user, pairing.id, "AAAA-AAAA", world.now());
        assert!(matches!(
            now_or_never(approve),
            Err(ApproveRefused::WrongCode(_))
        ));
    }
    let approve =
        world
            .dispatch
            .approve_pairing(world.user, pairing.id, &pairing.code, world.now());
    assert!(matches!(
        now_or_never(approve),
        Err(ApproveRefused::Conflict(_))
    ));
}

#[test]
fn an_unknown_user_id_is_answered_and_counted_like_a_known_one() {
    let world = World::new();
    let nobody = UserId(ObjectId::from_bytes([66; 12]));
    for user in [world.user, nobody] {
        for n in 0..5 {
            let n = n + 100 * u64::from(user == nobody);
            assert!(create(&world, user, n, "10.0.0.7").unwrap().1);
        }
        let n = 9 + 100 * u64::from(user == nobody);
        let sixth = create(&world, user, n, "10.0.0.7").unwrap_err();
        assert!(matches!(sixth, PairingRefused::TooMany));
        assert!(create(&world, user, n, "10.0.0.8").is_ok());
    }
}

#[test]
fn all_from_one_address_are_denied_together() {
    let world = World::new();
    for n in 0..3 {
        create(&world, world.user, n, "10.0.0.7").unwrap();
    }
    create(&world, world.user, 4, "10.0.0.8").unwrap();
    let deny = world
        .dispatch
        .deny_pairings_from(world.user, "10.0.0.7", world.now());
    assert_eq!(now_or_never(deny).unwrap(), 3);
    let left = now_or_never(world.store.pending_pairings(world.user, world.now())).unwrap();
    assert_eq!(left.len(), 1);
    let denied = create(&world, world.user, 0, "10.0.0.7").unwrap_err();
    assert!(matches!(denied, PairingRefused::KeyTaken));
}

#[test]
fn a_pairing_is_shown_to_its_own_key_alone() {
    let world = World::new();
    let (pairing, _) = create(&world, world.user, 1, "10.0.0.7").unwrap();
    let own = world.dispatch.poll_pairing(pairing.id, pairing.key_hash);
    assert_eq!(now_or_never(own).unwrap().id, pairing.id);
    let other = world
        .dispatch
        .poll_pairing(pairing.id, world.key_hash(4_711));
    assert!(matches!(now_or_never(other), Err(PollRefused::Unknown)));
}

#[test]
fn a_pairing_that_nobody_answers_runs_out() {
    let world = World::new();
    let (pairing, _) = create(&world, world.user, 1, "10.0.0.7").unwrap();
    world.pass(600_000);
    let approve =
        world
            .dispatch
            .approve_pairing(world.user, pairing.id, &pairing.code, world.now());
    assert!(matches!(
        now_or_never(approve),
        Err(ApproveRefused::Conflict(_))
    ));
}

#[test]
fn an_enrolment_token_makes_as_many_agents_as_it_may() {
    let world = World::new();
    let ask = |uses, seconds| EnrolmentRequest {
        user: world.user,
        name: None,
        labels: Vec::new(),
        uses,
        life: Duration::from_secs(seconds),
    };
    let create = |ask| now_or_never(world.dispatch.create_enrolment(ask, world.now()));
    assert!(matches!(create(ask(0, 60)), Err(EnrolmentRefused::Uses)));
    assert!(matches!(
        create(ask(1_001, 60)),
        Err(EnrolmentRefused::Uses)
    ));
    let eight_days = 8 * 24 * 3_600;
    assert!(matches!(
        create(ask(1, eight_days)),
        Err(EnrolmentRefused::Life)
    ));
    let made = create(ask(2, 60)).unwrap();
    assert!(!format!("{:?}", made.enrolment).contains(&made.token));
    let enrol = |n: u64| {
        let ask = EnrolRequest {
            token: made.token.clone(),
            key_hash: world.key_hash(2_000 + n),
            name: None,
            host: "reception".to_owned(),
            os: "linux".to_owned(),
            version: "0.1.0".to_owned(),
            labels: Vec::new(),
        };
        now_or_never(world.dispatch.enrol(ask, world.now()))
    };
    let (first, new) = enrol(1).unwrap();
    assert!(new);
    let (same, new) = enrol(1).unwrap();
    assert_eq!((same.id, new), (first.id, false));
    let (second, _) = enrol(2).unwrap();
    assert_eq!(second.name.as_str(), "reception-2");
    assert!(matches!(enrol(3), Err(EnrolRefused::Token)));
}
