//! Connections that only read, each used by one read at a time on a thread that may block.
//!
//! A read sees one state of the database from its beginning to its end. None is held across an
//! `await`: an open read keeps the write-ahead log from being cut.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use store::{StoreError, StoreResult};
use tokio::sync::Semaphore;

use crate::core::error::not_done;
use crate::core::{CoreError, CoreResult};

/// The pool.
pub(crate) struct Readers {
    free: Arc<Mutex<Vec<Connection>>>,
    turns: Arc<Semaphore>,
}

impl Readers {
    /// A pool of these connections.
    pub(crate) fn new(connections: Vec<Connection>) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(connections.len())),
            free: Arc::new(Mutex::new(connections)),
        }
    }

    /// Carries out `read` on the next free connection.
    pub(crate) async fn read<T, F>(&self, read: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> CoreResult<T> + Send + 'static,
    {
        let closed = |_| StoreError::Unavailable("the store is closed".to_owned());
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.map_err(closed)?;
        let free = Arc::clone(&self.free);
        let reading = tokio::task::spawn_blocking(move || {
            let lent = Lent::take(free);
            let done = lent.conn().and_then(|conn| in_one_state(conn, read));
            drop(lent);
            drop(turn);
            done
        });
        reading.await.unwrap_or_else(|error| {
            Err(StoreError::Unavailable(format!(
                "a read ended early: {error}"
            )))
        })
    }
}

/// One read over one state of the database.
pub(crate) fn in_one_state<T>(
    conn: &Connection,
    read: impl FnOnce(&Connection) -> CoreResult<T>,
) -> StoreResult<T> {
    let transaction = conn
        .unchecked_transaction()
        .map_err(|error| not_done(&error))?;
    read(&transaction).map_err(CoreError::not_done)
}

/// A connection that goes back to the pool also when the read panics.
struct Lent {
    pool: Arc<Mutex<Vec<Connection>>>,
    conn: Option<Connection>,
}

impl Lent {
    fn take(pool: Arc<Mutex<Vec<Connection>>>) -> Self {
        let conn = pool.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Self { pool, conn }
    }

    fn conn(&self) -> StoreResult<&Connection> {
        let none = || StoreError::Unavailable("no connection is free".to_owned());
        self.conn.as_ref().ok_or_else(none)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take() {
            self.pool
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(conn);
        }
    }
}
