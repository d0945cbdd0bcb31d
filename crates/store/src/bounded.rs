//! A store whose calls end in bounded time.
//!
//! [`Bounded`] stands between a store and everybody who asks it. A call that is not answered within
//! the limit ends as [`StoreError::Unknown`]: it may have been done, or still be done later, and is
//! repeated or refused like one whose answer was lost. Reads too: their callers refuse them.
//!
//! It gives the call up, not the work: what a store has accepted it may still carry out. It knows no
//! clock and no runtime; how time passes is its [`Timer`]'s.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;

use crate::Store;
use crate::every_verb::every_verb;
use crate::every_verb::types::*;

/// How long a call may take if nothing else is said. More than a commit takes on a slow disk, and
/// with the repetitions of a call still less than agents wait for an answer.
pub const USUAL_LIMIT: Duration = Duration::from_secs(5);

/// How time passes.
pub trait Timer: Send + Sync {
    /// Ends once that time has passed.
    fn after(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// A store whose calls end in bounded time.
pub struct Bounded {
    inner: Arc<dyn Store>,
    timer: Arc<dyn Timer>,
    limit: Duration,
}

impl Bounded {
    /// Stands before `inner`; each call may take as long as `limit`.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>, timer: Arc<dyn Timer>, limit: Duration) -> Self {
        Self {
            inner,
            timer,
            limit,
        }
    }

    async fn call<T>(
        &self,
        verb: &'static str,
        call: impl Future<Output = StoreResult<T>>,
    ) -> StoreResult<T> {
        let mut call = pin!(call);
        let mut over = self.timer.after(self.limit);
        poll_fn(|context| {
            // An answer that has come counts, however late it is looked at.
            if let Poll::Ready(answer) = call.as_mut().poll(context) {
                return Poll::Ready(answer);
            }
            over.as_mut().poll(context).map(|()| {
                let limit = self.limit.as_millis();
                Err(StoreError::Unknown(format!(
                    "`{verb}` was not answered within {limit} ms"
                )))
            })
        })
        .await
    }
}

macro_rules! bounded {
    ($wrapper:ty, $trait:ident, $($verb:ident($($arg:ident: $type:ty),*) -> $answer:ty;)+) => {
        #[async_trait]
        impl $trait for $wrapper {
            $(async fn $verb(&self, $($arg: $type),*) -> StoreResult<$answer> {
                self.call(stringify!($verb), self.inner.$verb($($arg),*)).await
            })+
        }
    };
}

every_verb!(bounded, Bounded);
