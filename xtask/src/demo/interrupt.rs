//! Ctrl-C, and the signals that mean the same, as news of the stage that is open.

use std::sync::mpsc::Sender;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use anyhow::{Context, Result};

use super::process::News;

/// A person wanted it to end: no failure, but not what was asked for either.
#[derive(Debug)]
pub(crate) struct Stopped;

impl std::fmt::Display for Stopped {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("stopped")
    }
}

impl std::error::Error for Stopped {}

/// The handler of a process can be set only once; who hears it changes.
static HEARER: Mutex<Option<Sender<News>>> = Mutex::new(None);
static SET: OnceLock<()> = OnceLock::new();

/// From now on, an interrupt is told to this stage and no longer ends the process.
pub(super) fn tell(news: &Sender<News>) -> Result<()> {
    *hearer() = Some(news.clone());
    if SET.set(()).is_err() {
        return Ok(());
    }
    ctrlc::set_handler(|| {
        if let Some(news) = hearer().as_ref() {
            // A stage that is closed has nothing left to stop.
            let _ = news.send(News::Interrupted);
        }
    })
    .context("listening for Ctrl-C")
}

fn hearer() -> MutexGuard<'static, Option<Sender<News>>> {
    HEARER.lock().unwrap_or_else(PoisonError::into_inner)
}
