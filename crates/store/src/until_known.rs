//! A caller that repeats the same call until it knows what became of it.

use std::sync::Arc;

use async_trait::async_trait;

use crate::Store;
use crate::every_verb::every_verb;
use crate::every_verb::types::*;

/// After so many lost answers to one call the caller gives up: a test would hang otherwise.
const MOST: u32 = 1_000;

/// Repeats each call whose answer was lost.
pub struct UntilKnown {
    inner: Arc<dyn Store>,
}

impl UntilKnown {
    /// Stands before `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>) -> Self {
        Self { inner }
    }
}

macro_rules! until_known {
    ($wrapper:ty, $trait:ident, $($verb:ident($($arg:ident: $type:ty),*) -> $answer:ty;)+) => {
        #[async_trait]
        impl $trait for $wrapper {
            $(async fn $verb(&self, $($arg: $type),*) -> StoreResult<$answer> {
                let mut lost = 0;
                loop {
                    let answer = self.inner.$verb($(<$type as Clone>::clone(&$arg)),*).await;
                    lost += 1;
                    if lost == MOST || !matches!(answer, Err(StoreError::Unknown(_))) {
                        return answer;
                    }
                }
            })+
        }
    };
}

every_verb!(until_known, UntilKnown);
