//! The store that fails as told, over a real one.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use model::ObjectId;
use store::faulty::{Fault, Faulty};
use store::{Node as _, StoreError};
use store_sqlite::SqliteStore;

const FRESH: ObjectId = ObjectId::from_bytes([1; 12]);
const OTHER: ObjectId = ObjectId::from_bytes([2; 12]);

#[tokio::test]
async fn an_unavailable_call_is_not_done() {
    let store = faulty(Fault::Unavailable);
    let answer = store.installation(FRESH).await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))));
    assert_eq!(store.installation(OTHER).await.unwrap(), OTHER);
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_done() {
    let store = faulty(Fault::UnknownDone);
    let answer = store.installation(FRESH).await;
    assert!(matches!(answer, Err(StoreError::Unknown(_))));
    assert_eq!(store.installation(OTHER).await.unwrap(), FRESH);
}

#[tokio::test]
async fn a_lost_call_is_unknown_and_not_done() {
    let store = faulty(Fault::UnknownNotDone);
    let answer = store.installation(FRESH).await;
    assert!(matches!(answer, Err(StoreError::Unknown(_))));
    assert_eq!(store.installation(OTHER).await.unwrap(), OTHER);
}

#[tokio::test]
async fn a_delayed_call_waits_its_turns() {
    let store = faulty(Fault::Delay(2));
    let mut call = Box::pin(store.installation(FRESH));
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..2 {
        assert!(call.as_mut().poll(&mut context).is_pending());
    }
    assert!(matches!(
        call.as_mut().poll(&mut context),
        Poll::Ready(Ok(FRESH))
    ));
}

#[tokio::test]
async fn a_hanging_call_ends_when_it_is_dropped() {
    for (fault, expected) in [(Fault::HangDone, FRESH), (Fault::HangNotDone, OTHER)] {
        let store = faulty(fault);
        let mut call = Box::pin(store.installation(FRESH));
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..10 {
            assert!(call.as_mut().poll(&mut context).is_pending());
        }
        drop(call);
        assert_eq!(store.installation(OTHER).await.unwrap(), expected);
        assert_eq!(store.calls("installation"), 2);
    }
}

#[test]
#[should_panic(expected = "a store has no verb `instalation`")]
fn a_verb_that_is_misspelt_is_noticed() {
    let store = Arc::new(SqliteStore::in_memory().unwrap());
    let _faulty = Faulty::once(store, "instalation", 1, Fault::Unavailable);
}

fn faulty(fault: Fault) -> Faulty {
    let store = Arc::new(SqliteStore::in_memory().unwrap());
    Faulty::once(store, "installation", 1, fault)
}
