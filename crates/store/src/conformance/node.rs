//! The installation and its servers.

use std::sync::Arc;
use std::time::Duration;

use model::ObjectId;

use super::given::{World, at_once};
use crate::Store;

pub(super) async fn an_installation_has_one_id(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store));
    world.store.ping().await.unwrap();
    let calls = (0..4).map(|_| {
        let world = Arc::clone(&world);
        async move {
            let fresh: ObjectId = world.id();
            world.store.installation(fresh).await.unwrap()
        }
    });
    let ids = at_once(calls).await;
    let later = world.store.installation(world.id()).await.unwrap();
    assert!(ids.iter().all(|id| *id == later));
}

pub(super) async fn silence_counts_from_the_latest_living_server(store: Arc<dyn Store>) {
    let world = World::new(store);
    let now = world.now();
    let at = |seconds| now.plus(Duration::from_secs(seconds));
    assert_eq!(world.store.listening_since(now).await.unwrap(), None);
    let (one, other): (ObjectId, ObjectId) = (world.id(), world.id());
    world.store.node_alive(one, at(1), at(10)).await.unwrap();
    world.store.node_alive(other, at(5), at(8)).await.unwrap();
    let since = async |alive_after| world.store.listening_since(alive_after).await.unwrap();
    assert_eq!(since(at(8)).await, Some(at(5)));
    assert_eq!(since(at(9)).await, Some(at(1)));
    assert_eq!(since(at(11)).await, None);
    // What a server says last counts, also when its clock was set back.
    world.store.node_alive(one, at(0), at(12)).await.unwrap();
    assert_eq!(since(at(12)).await, Some(at(0)));
}
