//! What was done, when: every fault and every press, as a file in the folder of the run.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use testkit::Place;
use tokio::time::Instant;

/// The diary. Clones write into the same one.
#[derive(Debug, Clone)]
pub(crate) struct Diary(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    begun: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    file: File,
    faults: BTreeMap<String, u64>,
}

impl Diary {
    /// A new one, which counts time from now on.
    ///
    /// # Panics
    /// The file cannot be made.
    pub(crate) fn begin(place: &Place) -> Self {
        let file = File::create(place.join("chaos.log")).expect("the folder can be written");
        Self(Arc::new(Inner {
            begun: Instant::now(),
            state: Mutex::new(State {
                file,
                faults: BTreeMap::new(),
            }),
        }))
    }

    /// Since the begin.
    pub(crate) fn elapsed(&self) -> Duration {
        self.0.begun.elapsed()
    }

    /// Something that happened.
    pub(crate) fn note(&self, what: &str) {
        let at = self.elapsed();
        writeln!(self.state().file, "{:9.3} {what}", at.as_secs_f64()).ok();
    }

    /// A fault, counted by its kind.
    pub(crate) fn fault(&self, kind: &str, details: &str) {
        *self.state().faults.entry(kind.to_owned()).or_default() += 1;
        self.note(&format!("fault: {kind} {details}"));
    }

    /// How many faults of each kind there were.
    pub(crate) fn faults(&self) -> BTreeMap<String, u64> {
        self.state().faults.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
