//! The one place where a call to the store is repeated. The server's own writes go through it too.

use std::future::Future;

use store::{StoreError, StoreResult};

/// How often a call is made until its fate is known. Without a pause in between: a store that
/// still does not answer is away, and the caller's caller tries again later.
const TRIES: u32 = 3;

/// An answer, and whether an earlier try may have been the one that did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known<T> {
    /// The answer.
    pub answer: T,
    /// It is not the answer to the first try.
    pub repeated: bool,
}

impl Known<bool> {
    /// Whether something that was there before is gone: deleted by this try, or by one whose
    /// answer was lost.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.answer || self.repeated
    }
}

/// Makes the same call again while the store does not say whether it did it.
///
/// # Errors
/// The store's: it was surely not done, or its fate is still not known.
pub async fn until_known<T, F, C>(call: C) -> StoreResult<Known<T>>
where
    C: Fn() -> F,
    F: Future<Output = StoreResult<T>>,
{
    let mut repeated = false;
    let mut last = call().await;
    for _ in 1..TRIES {
        if !matches!(last, Err(StoreError::Unknown(_))) {
            break;
        }
        repeated = true;
        last = call().await;
    }
    last.map(|answer| Known { answer, repeated })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn poll_once<T>(future: impl Future<Output = T>) -> T {
        let mut future = std::pin::pin!(future);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(value) => value,
            std::task::Poll::Pending => panic!("nothing here waits"),
        }
    }

    #[test]
    fn a_call_of_unknown_fate_is_made_again_and_said_to_be() {
        let calls = Cell::new(0);
        let known = poll_once(until_known(|| {
            calls.set(calls.get() + 1);
            let first = calls.get() == 1;
            async move {
                if first {
                    Err(StoreError::Unknown("cut".into()))
                } else {
                    Ok(7)
                }
            }
        }))
        .unwrap();
        assert_eq!((known.answer, known.repeated, calls.get()), (7, true, 2));
    }

    #[test]
    fn a_call_that_was_surely_not_done_is_left_to_the_caller() {
        let calls = Cell::new(0);
        let known = poll_once(until_known(|| {
            calls.set(calls.get() + 1);
            async { Err::<u8, _>(StoreError::Unavailable("away".into())) }
        }));
        assert!(matches!(known, Err(StoreError::Unavailable(_))));
        assert_eq!(calls.get(), 1);
    }
}
