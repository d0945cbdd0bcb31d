//! A store that fails as told, for tests and simulations.
//!
//! [`Faulty`] stands before a real store and, call by call, asks its plan whether this one goes
//! wrong, and how. It knows no clock and no runtime: a delay is a number of turns that other
//! futures get, and a call that hangs ends when its caller drops it.

use std::collections::BTreeMap;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use async_trait::async_trait;

use crate::Store;
use crate::every_verb::every_verb;
use crate::every_verb::types::*;

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is refused, and surely not done.
    Unavailable,
    /// It is done, and its answer is lost.
    UnknownDone,
    /// It is not done, and the caller cannot know.
    UnknownNotDone,
    /// Others get so many turns first.
    Delay(u32),
    /// It is not done and never answered.
    HangNotDone,
    /// It is done and never answered.
    HangDone,
}

/// Which call goes wrong: by its verb, and its number among the calls of that verb, from 1.
pub type Plan = Box<dyn Fn(&'static str, u64) -> Option<Fault> + Send + Sync>;

/// A store that fails as told.
pub struct Faulty {
    inner: Arc<dyn Store>,
    plan: Plan,
    calls: Mutex<BTreeMap<&'static str, u64>>,
}

impl Faulty {
    /// Stands before `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>, plan: Plan) -> Self {
        Self {
            inner,
            plan,
            calls: Mutex::default(),
        }
    }

    /// One fault: at the `nth` call of `verb`, counted from 1.
    ///
    /// # Panics
    /// If no verb has that name.
    #[must_use]
    pub fn once(inner: Arc<dyn Store>, verb: &'static str, nth: u64, fault: Fault) -> Self {
        assert!(is_a_verb(verb), "a store has no verb `{verb}`");
        let plan = move |called, call| (called == verb && call == nth).then_some(fault);
        Self::new(inner, Box::new(plan))
    }

    /// How often `verb` has been called.
    #[must_use]
    pub fn calls(&self, verb: &str) -> u64 {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.get(verb).copied().unwrap_or(0)
    }

    fn next_fault(&self, verb: &'static str) -> Option<Fault> {
        let call = {
            let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
            let count = calls.entry(verb).or_insert(0);
            *count += 1;
            *count
        };
        (self.plan)(verb, call)
    }

    async fn call<T>(
        &self,
        verb: &'static str,
        done: impl Future<Output = StoreResult<T>>,
    ) -> StoreResult<T> {
        let unknown = || StoreError::Unknown(format!("the answer to `{verb}` was lost"));
        match self.next_fault(verb) {
            None => done.await,
            Some(Fault::Unavailable) => Err(StoreError::Unavailable(format!(
                "`{verb}` was not carried out"
            ))),
            Some(Fault::UnknownDone) => {
                let _lost = done.await;
                Err(unknown())
            }
            Some(Fault::UnknownNotDone) => Err(unknown()),
            Some(Fault::Delay(turns)) => {
                Turns(turns).await;
                done.await
            }
            Some(Fault::HangNotDone) => pending().await,
            Some(Fault::HangDone) => {
                let _lost = done.await;
                pending().await
            }
        }
    }
}

/// Lets others have so many turns.
struct Turns(u32);

impl Future for Turns {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

macro_rules! faulty {
    ($wrapper:ty, $trait:ident, $($verb:ident($($arg:ident: $type:ty),*) -> $answer:ty;)+) => {
        impl VerbsOf<dyn $trait> {
            const NAMES: &[&str] = &[$(stringify!($verb)),+];
        }

        #[async_trait]
        impl $trait for $wrapper {
            $(async fn $verb(&self, $($arg: $type),*) -> StoreResult<$answer> {
                self.call(stringify!($verb), self.inner.$verb($($arg),*)).await
            })+
        }
    };
}

every_verb!(faulty, Faulty);

/// Where the names of a trait's verbs stand.
struct VerbsOf<T: ?Sized>(std::marker::PhantomData<T>);

/// Whether a store has a verb of that name.
#[must_use]
pub fn is_a_verb(name: &str) -> bool {
    verbs().any(|verb| verb == name)
}

/// The names of all verbs.
pub fn verbs() -> impl Iterator<Item = &'static str> {
    [
        VerbsOf::<dyn Jobs>::NAMES,
        VerbsOf::<dyn Logs>::NAMES,
        VerbsOf::<dyn Agents>::NAMES,
        VerbsOf::<dyn Pairings>::NAMES,
        VerbsOf::<dyn Robots>::NAMES,
        VerbsOf::<dyn People>::NAMES,
        VerbsOf::<dyn Audit>::NAMES,
        VerbsOf::<dyn Artifacts>::NAMES,
        VerbsOf::<dyn Node>::NAMES,
    ]
    .into_iter()
    .flatten()
    .copied()
}
