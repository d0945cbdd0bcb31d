//! Who changed what.

use std::sync::Arc;

use model::{Actor, ActorKind, UserId};

use super::given::{HOUR, World};
use crate::Store;
use crate::audit::{AuditAsk, AuditEntry};

pub(super) async fn changes_are_read_newest_first_by_pages(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let mut written = Vec::new();
    for n in 0..5 {
        // Two at the same moment are told apart by their id.
        if n % 2 == 0 {
            world.pass(HOUR);
        }
        written.push(noted(&world, user, "robot.changed").await);
    }
    written.sort_by_key(|entry| std::cmp::Reverse((entry.at, entry.id)));
    let mut read = Vec::new();
    loop {
        let last: Option<&AuditEntry> = read.last();
        let ask = AuditAsk {
            after: last.map(|entry| (entry.at, entry.id)),
            limit: 2,
            ..AuditAsk::default()
        };
        let page = world.store.audit_page(ask).await.unwrap();
        assert!(page.len() <= 2);
        if page.is_empty() {
            break;
        }
        read.extend(page);
    }
    assert_eq!(read, written);
}

pub(super) async fn changes_are_found_by_account_kind_and_time(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (anna, ben) = (world.id(), world.id());
    let first = noted(&world, anna, "job.played").await;
    world.pass(HOUR);
    let second = noted(&world, ben, "job.played").await;
    world.pass(HOUR);
    let third = noted(&world, anna, "token.made").await;
    let found = async |ask: AuditAsk| {
        let ask = AuditAsk { limit: 10, ..ask };
        let page = world.store.audit_page(ask).await.unwrap();
        page.iter().map(|entry| entry.id).collect::<Vec<_>>()
    };
    let none = AuditAsk::default;
    let of_anna = AuditAsk {
        user: Some(anna),
        ..none()
    };
    assert_eq!(found(of_anna.clone()).await, [third.id, first.id]);
    let played = Some("job.played".to_owned());
    let kind = AuditAsk {
        action: played.clone(),
        ..none()
    };
    assert_eq!(found(kind).await, [second.id, first.id]);
    let both = AuditAsk {
        action: played,
        ..of_anna
    };
    assert_eq!(found(both).await, [first.id]);
    let time = AuditAsk {
        from: Some(second.at),
        to: Some(third.at),
        ..none()
    };
    assert_eq!(found(time).await, [second.id]);
}

async fn noted(world: &World, user: UserId, action: &str) -> AuditEntry {
    let entry = AuditEntry {
        id: world.id(),
        at: world.now(),
        user_id: user,
        by: Actor {
            kind: ActorKind::User,
            id: user.to_string(),
            name: "Anna".to_owned(),
        },
        action: action.to_owned(),
        target_id: Some("x".to_owned()),
        target_name: None,
        address: "10.0.0.7".to_owned(),
    };
    world.store.note_change(entry.clone()).await.unwrap();
    entry
}
