//! One server: the real rules on the common store, with clocks and moods of its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dispatch::{Dispatch, Hints, Listening, Parts};
use model::{Limits, ObjectId, Timestamp};
use store::Store;
use store::faulty::{Fault, Faulty};

use crate::clocks::Clocks;
use crate::dice::Dice;
use crate::rules::{Backwards, Counting, Heard};

pub(crate) struct Node {
    pub(crate) id: ObjectId,
    pub(crate) dispatch: Arc<Dispatch>,
    pub(crate) heard: Arc<Heard>,
    pub(crate) clocks: Clocks,
    pub(crate) listening: Listening,
    pub(crate) up: bool,
    /// How often it was started.
    pub(crate) life: u64,
    /// It does nothing before.
    pub(crate) asleep_until: u64,
    /// It takes long to carry out what it is asked until then.
    pub(crate) slow_until: u64,
    /// Hints to others are lost until then.
    pub(crate) mute_until: u64,
    mood: Arc<Mutex<Mood>>,
    /// Jobs that changed and were not told yet.
    pub(crate) news: std::collections::BTreeSet<model::JobId>,
    store: Arc<dyn Store>,
}

/// How the store treats a server at the moment.
#[derive(Debug)]
pub(crate) struct Mood {
    pub(crate) fails: Option<How>,
    /// Others call it too: now and then a call waits for theirs.
    busy: bool,
    dice: Dice,
    /// What it did.
    pub(crate) failures: u64,
}

/// A way in which a store fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Refuses,
    ForgetsToAnswer,
    Late,
}

impl Mood {
    fn next(&mut self) -> Option<Fault> {
        let Some(how) = self.fails else {
            let waits = self.busy && self.dice.one_in(40);
            return waits.then_some(Fault::Delay(1));
        };
        if !self.dice.one_in(4) {
            return None;
        }
        self.failures += 1;
        Some(match how {
            How::Refuses => Fault::Unavailable,
            How::ForgetsToAnswer if self.dice.one_in(2) => Fault::UnknownDone,
            How::ForgetsToAnswer => Fault::UnknownNotDone,
            How::Late => Fault::Delay(u32::try_from(self.dice.between(1, 3)).unwrap_or(1)),
        })
    }
}

impl Node {
    pub(crate) fn new(number: u64, store: &Arc<dyn Store>, dice: &mut Dice) -> Self {
        let mood = Arc::new(Mutex::new(Mood {
            fails: None,
            busy: true,
            dice: Dice::new(dice.below(u64::MAX)),
            failures: 0,
        }));
        let watched = Arc::clone(&mood);
        let plan = move |_: &'static str, _: u64| {
            watched
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .next()
        };
        let store: Arc<dyn Store> = Arc::new(Faulty::new(Arc::clone(store), Box::new(plan)));
        let offset_ms = i64::try_from(dice.below(3_000)).unwrap_or(0) - 1_500;
        let clocks = Clocks {
            offset_ms,
            drift_ppm: i64::try_from(dice.below(200)).unwrap_or(0) - 100,
            slept_ms: 0,
        };
        let heard = Arc::new(Heard::default());
        let id = ObjectId::from_parts(Timestamp::from_millis(0), number.to_be_bytes());
        let at = clocks.read(0);
        Self {
            id,
            dispatch: dispatch(&store, &heard, number << 48, at.now),
            heard,
            clocks,
            listening: Listening::begins(at),
            up: true,
            life: 1,
            asleep_until: 0,
            slow_until: 0,
            mute_until: 0,
            mood,
            news: std::collections::BTreeSet::new(),
            store,
        }
    }

    /// Nothing but the store survives.
    pub(crate) fn stop(&mut self) {
        self.up = false;
        self.heard.take();
        self.news.clear();
    }

    pub(crate) fn start(&mut self, number: u64, time: u64) {
        self.up = true;
        self.life += 1;
        let at = self.clocks.read(time);
        let ids = (number << 48) | (self.life << 32);
        self.dispatch = dispatch(&self.store, &self.heard, ids, at.now);
        self.listening = Listening::begins(at);
    }

    pub(crate) fn set_mood(&self, fails: Option<How>) {
        self.mood().fails = fails;
    }

    /// Nothing goes wrong any more.
    pub(crate) fn heal(&self) {
        let mut mood = self.mood();
        mood.fails = None;
        mood.busy = false;
    }

    fn mood(&self) -> MutexGuard<'_, Mood> {
        self.mood.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn failures(&self) -> u64 {
        self.mood().failures
    }
}

fn dispatch(store: &Arc<dyn Store>, heard: &Arc<Heard>, ids: u64, now: Timestamp) -> Arc<Dispatch> {
    let parts = Parts {
        store: Arc::clone(store),
        hints: Arc::clone(heard) as Arc<dyn Hints>,
        ids: Arc::new(Counting::from(ids)),
        seal: Arc::new(Backwards),
        limits: Limits::default(),
        content_key: [7; 32],
    };
    Arc::new(Dispatch::new(parts, now))
}
