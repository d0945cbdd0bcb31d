//! The one thread that writes.
//!
//! Commands that arrive together share one transaction, each in its own savepoint, so that one
//! `fsync` makes all of them durable and one that fails takes no other with it. An answer goes out
//! only after the commit that it rests on. A caller that stops waiting changes nothing: its
//! command is done.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;

use rusqlite::{Connection, ErrorCode};
use store::{StoreError, StoreResult};
use tokio::sync::{mpsc, oneshot};

use crate::core::error::{describe, not_done};
use crate::core::{CoreError, CoreResult};

/// The most commands of one transaction.
const MOST_TOGETHER: usize = 256;
/// The most commands that wait; beyond it callers wait for room.
const QUEUE: usize = 1_024;

/// The door to the thread.
pub(crate) struct Writer {
    queue: Option<mpsc::Sender<Box<dyn Command>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread, which owns `conn` until the writer is dropped.
    pub(crate) fn start(mut conn: Connection) -> std::io::Result<Self> {
        let (queue, mut commands) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || serve(&mut conn, &mut commands))?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    /// Carries out `verb` in the next transaction.
    pub(crate) async fn write<T, F>(&self, verb: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> CoreResult<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let command = Box::new(Verb {
            verb: Some(verb),
            done: None,
            answer,
        });
        let queue = self.queue.as_ref().ok_or_else(ended)?;
        queue.send(command).await.map_err(|_| ended())?;
        answered
            .await
            .unwrap_or_else(|_| Err(StoreError::Unknown("the writing thread ended".to_owned())))
    }
}

impl Drop for Writer {
    /// Waits for what was accepted, so that the database is closed afterwards.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

/// One verb in a transaction of its own on the caller's thread, as the writing thread would do it.
pub(crate) fn write_alone<T, F>(conn: &Connection, verb: F) -> StoreResult<T>
where
    F: FnOnce(&Connection) -> CoreResult<T>,
{
    begin(conn)?;
    match in_savepoint(conn, verb) {
        Ok(done) => commit(conn).map(|()| done),
        Err(error) => {
            roll_back(conn);
            Err(error)
        }
    }
}

/// A verb whose type of answer is hidden.
trait Command: Send {
    /// Carries it out and keeps the answer.
    fn run(&mut self, conn: &Connection);
    /// Answers: what was kept, or the failure of the whole transaction.
    fn reply(self: Box<Self>, transaction: Result<(), StoreError>);
}

struct Verb<T, F> {
    verb: Option<F>,
    done: Option<StoreResult<T>>,
    answer: oneshot::Sender<StoreResult<T>>,
}

impl<T, F> Command for Verb<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> CoreResult<T> + Send,
{
    fn run(&mut self, conn: &Connection) {
        if let Some(verb) = self.verb.take() {
            self.done = Some(in_savepoint(conn, verb));
        }
    }

    fn reply(self: Box<Self>, transaction: Result<(), StoreError>) {
        let done = self.done.unwrap_or_else(|| Err(ended()));
        let answer = match (done, transaction) {
            (Ok(done), Ok(())) => Ok(done),
            (Ok(_), Err(error)) | (Err(error), _) => Err(error),
        };
        // A caller that went away is not told.
        let _told = self.answer.send(answer);
    }
}

fn serve(conn: &mut Connection, commands: &mut mpsc::Receiver<Box<dyn Command>>) {
    let mut group = Vec::with_capacity(MOST_TOGETHER);
    while let Some(first) = commands.blocking_recv() {
        group.push(first);
        while group.len() < MOST_TOGETHER
            && let Ok(next) = commands.try_recv()
        {
            group.push(next);
        }
        together(conn, &mut group);
    }
}

/// Carries out a group in one transaction and answers.
fn together(conn: &Connection, group: &mut Vec<Box<dyn Command>>) {
    if let Err(error) = begin(conn) {
        return answer(group.drain(..), &Err(error));
    }
    let mut run = 0;
    while run < group.len() {
        group[run].run(conn);
        run += 1;
        if conn.is_autocommit() {
            // SQLite itself rolled everything back, because the disk is full or fails.
            let error = StoreError::Unavailable(
                "the transaction was rolled back: the disk is full or fails".to_owned(),
            );
            answer(group.drain(..run), &Err(error));
            run = 0;
            if let Err(error) = begin(conn) {
                return answer(group.drain(..), &Err(error));
            }
        }
    }
    let committed = commit(conn);
    if let Err(error) = &committed {
        tracing::error!(%error, commands = group.len(), "a transaction was not stored");
    }
    answer(group.drain(..), &committed);
}

fn answer(commands: impl Iterator<Item = Box<dyn Command>>, transaction: &StoreResult<()>) {
    for command in commands {
        command.reply(transaction.clone());
    }
}

fn begin(conn: &Connection) -> StoreResult<()> {
    conn.execute_batch("BEGIN IMMEDIATE")
        .map_err(|error| not_done(&error))
}

/// Commits. A failure of the disk leaves open whether the commit will be found after a restart.
fn commit(conn: &Connection) -> StoreResult<()> {
    conn.execute_batch("COMMIT").map_err(|error| {
        roll_back(conn);
        match error.sqlite_error_code() {
            Some(ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt) => {
                StoreError::Unknown(describe(&error))
            }
            _ => not_done(&error),
        }
    })
}

fn roll_back(conn: &Connection) {
    if !conn.is_autocommit()
        && let Err(error) = conn.execute_batch("ROLLBACK")
    {
        tracing::error!(%error, "a transaction could not be rolled back");
    }
}

/// A verb that fails or panics leaves nothing behind.
fn in_savepoint<T>(
    conn: &Connection,
    verb: impl FnOnce(&Connection) -> CoreResult<T>,
) -> StoreResult<T> {
    let savepoint = |sql: &str| -> CoreResult<()> {
        conn.prepare_cached(sql)?.execute([])?;
        Ok(())
    };
    savepoint("SAVEPOINT verb").map_err(CoreError::not_done)?;
    let done = catch_unwind(AssertUnwindSafe(|| verb(conn))).unwrap_or_else(|_| {
        let error = StoreError::Unavailable("a verb of the store panicked".to_owned());
        Err(error.into())
    });
    if conn.is_autocommit() {
        // The savepoint is gone with its transaction.
        return Err(done.err().map_or_else(ended, CoreError::not_done));
    }
    let undone = done.is_err().then(|| savepoint("ROLLBACK TO verb"));
    let closed = undone
        .unwrap_or(Ok(()))
        .and_then(|()| savepoint("RELEASE verb"));
    if let Err(error) = closed {
        // Whether the verb left something behind is not known: nothing of its transaction stays.
        roll_back(conn);
        return Err(error.not_done());
    }
    done.map_err(CoreError::not_done)
}

fn ended() -> StoreError {
    StoreError::Unavailable("the store is closed".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use rusqlite::params;

    use super::*;

    #[tokio::test]
    async fn a_verb_that_fails_takes_no_other_with_it() {
        let (writer, go) = held_up();
        let good = writer.write(|conn| put(conn, 1));
        let bad = writer.write(|conn| {
            put(conn, 2)?;
            conn.execute_batch("SELECT * FROM nowhere")?;
            Ok(())
        });
        let last = writer.write(|conn| put(conn, 3));
        let release = async { go.send(()).unwrap() };
        let (good, bad, last, ()) = tokio::join!(good, bad, last, release);
        assert!(good.is_ok() && last.is_ok());
        assert!(matches!(bad, Err(StoreError::Unavailable(_))), "{bad:?}");
        assert_eq!(writer.write(stored).await.unwrap(), [1, 3]);
    }

    #[tokio::test]
    async fn a_verb_that_panics_takes_no_other_with_it() {
        let (writer, go) = held_up();
        let good = writer.write(|conn| put(conn, 1));
        let bad = writer.write(|conn| -> CoreResult<()> {
            put(conn, 2)?;
            panic!("on purpose");
        });
        let release = async { go.send(()).unwrap() };
        let (good, bad, ()) = tokio::join!(good, bad, release);
        assert!(good.is_ok());
        assert!(matches!(bad, Err(StoreError::Unavailable(_))), "{bad:?}");
        assert_eq!(writer.write(stored).await.unwrap(), [1]);
    }

    #[tokio::test]
    async fn a_full_disk_is_said_and_survived() {
        let (writer, go) = held_up();
        let pages = |conn: &Connection| {
            let pages: i64 = conn.query_row("PRAGMA page_count", [], |row| row.get(0))?;
            conn.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
            Ok(())
        };
        go.send(()).unwrap();
        writer.write(pages).await.unwrap();
        let large = |conn: &Connection| -> CoreResult<()> {
            conn.execute(
                "INSERT INTO kept (n, body) VALUES (7, zeroblob(1000000))",
                [],
            )?;
            Ok(())
        };
        let full = writer.write(large).await;
        match full {
            Err(StoreError::Unavailable(why)) => assert!(why.contains("disk is full"), "{why}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(writer.write(stored).await.unwrap(), Vec::<i64>::new());
        let more = |conn: &Connection| {
            conn.query_row("PRAGMA max_page_count = 100000", [], |_| Ok(()))?;
            Ok(())
        };
        writer.write(more).await.unwrap();
        writer.write(large).await.unwrap();
        assert_eq!(writer.write(stored).await.unwrap(), [7]);
    }

    #[tokio::test]
    async fn a_transaction_that_cannot_be_committed_answers_nobody_with_success() {
        let (writer, go) = held_up();
        let good = writer.write(|conn| put(conn, 1));
        // A broken reference is found at the commit alone.
        let bad = writer.write(|conn| {
            conn.execute("INSERT INTO pointing (n) VALUES (99)", [])?;
            Ok(())
        });
        let release = async { go.send(()).unwrap() };
        let (good, bad, ()) = tokio::join!(good, bad, release);
        assert!(matches!(good, Err(StoreError::Unavailable(_))), "{good:?}");
        assert!(matches!(bad, Err(StoreError::Unavailable(_))), "{bad:?}");
        assert_eq!(writer.write(stored).await.unwrap(), Vec::<i64>::new());
        writer.write(|conn| put(conn, 2)).await.unwrap();
        assert_eq!(writer.write(stored).await.unwrap(), [2]);
    }

    #[tokio::test]
    async fn a_command_whose_caller_went_away_is_done() {
        let (writer, go) = held_up();
        let mut call = Box::pin(writer.write(|conn| put(conn, 1)));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(call.as_mut().poll(&mut context).is_pending());
        drop(call);
        go.send(()).unwrap();
        assert_eq!(writer.write(stored).await.unwrap(), [1]);
    }

    /// A writer that is busy until it is told to go on, so that what is sent meanwhile shares one
    /// transaction.
    fn held_up() -> (Writer, mpsc::Sender<()>) {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(
            "PRAGMA foreign_keys = ON;
             CREATE TABLE kept (n INTEGER PRIMARY KEY, body BLOB);
             CREATE TABLE pointing (n INTEGER REFERENCES kept (n) DEFERRABLE INITIALLY DEFERRED);",
        )
        .unwrap();
        let writer = Writer::start(conn).unwrap();
        let (go, wait) = mpsc::channel();
        let busy = Verb {
            verb: Some(move |_: &Connection| -> CoreResult<()> {
                wait.recv().unwrap();
                Ok(())
            }),
            done: None,
            answer: oneshot::channel().0,
        };
        let queue = writer.queue.as_ref().unwrap();
        queue.try_send(Box::new(busy)).ok().unwrap();
        (writer, go)
    }

    fn put(conn: &Connection, n: i64) -> CoreResult<()> {
        conn.execute("INSERT INTO kept (n) VALUES (?1)", params![n])?;
        Ok(())
    }

    fn stored(conn: &Connection) -> CoreResult<Vec<i64>> {
        let mut statement = conn.prepare("SELECT n FROM kept ORDER BY n")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
