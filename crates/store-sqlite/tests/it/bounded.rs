//! The time limit of each call, on time that a test moves.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use model::ObjectId;
use store::faulty::{Fault, Faulty};
use store::{Bounded, Node as _, StoreError, Timer};
use store_sqlite::SqliteStore;

const FRESH: ObjectId = ObjectId::from_bytes([1; 12]);
const OTHER: ObjectId = ObjectId::from_bytes([2; 12]);
const LIMIT: Duration = Duration::from_secs(3);

/// Time that stands still until it is moved.
#[derive(Default)]
struct Time {
    now_ms: AtomicU64,
    wakers: Mutex<Vec<Waker>>,
}

impl Time {
    fn pass(&self, time: Duration) {
        let ms = u64::try_from(time.as_millis()).unwrap();
        self.now_ms.fetch_add(ms, Ordering::SeqCst);
        for waker in self.wakers.lock().unwrap().drain(..) {
            waker.wake();
        }
    }
}

struct Clockwork(Arc<Time>);

impl Timer for Clockwork {
    fn after(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let clock = Arc::clone(&self.0);
        let ms = u64::try_from(time.as_millis()).unwrap();
        let end = clock.now_ms.load(Ordering::SeqCst) + ms;
        Box::pin(std::future::poll_fn(move |context| {
            if clock.now_ms.load(Ordering::SeqCst) >= end {
                return Poll::Ready(());
            }
            let mut wakers = clock.wakers.lock().unwrap();
            wakers.push(context.waker().clone());
            Poll::Pending
        }))
    }
}

fn bounded(fault: Fault) -> (Bounded, Arc<Time>) {
    let store = Arc::new(SqliteStore::in_memory().unwrap());
    let faulty = Faulty::once(store, "installation", 1, fault);
    let time = Arc::new(Time::default());
    let timer = Arc::new(Clockwork(Arc::clone(&time)));
    (Bounded::new(Arc::new(faulty), timer, LIMIT), time)
}

#[tokio::test]
async fn a_call_that_hangs_is_given_up_when_its_time_is_over_and_not_before() {
    for (fault, expected) in [(Fault::HangDone, FRESH), (Fault::HangNotDone, OTHER)] {
        let (store, time) = bounded(fault);
        let mut call = Box::pin(store.installation(FRESH));
        let mut context = Context::from_waker(Waker::noop());
        assert!(call.as_mut().poll(&mut context).is_pending());
        time.pass(LIMIT - Duration::from_millis(1));
        assert!(call.as_mut().poll(&mut context).is_pending());
        time.pass(Duration::from_millis(1));
        let Poll::Ready(Err(StoreError::Unknown(why))) = call.as_mut().poll(&mut context) else {
            panic!("{fault:?} was not given up");
        };
        assert_eq!(why, "`installation` was not answered within 3000 ms");
        drop(call);
        assert_eq!(store.installation(OTHER).await.unwrap(), expected);
    }
}

#[test]
fn an_answer_that_came_counts_however_late_it_is_looked_at() {
    let (store, time) = bounded(Fault::Delay(1));
    let mut call = Box::pin(store.installation(FRESH));
    let mut context = Context::from_waker(Waker::noop());
    assert!(call.as_mut().poll(&mut context).is_pending());
    time.pass(LIMIT * 2);
    let Poll::Ready(Ok(FRESH)) = call.as_mut().poll(&mut context) else {
        panic!("the answer was thrown away");
    };
}
