//! Events in compressed batches. They stay bytes: nothing here looks into them.

use model::mutation::{Mutation, active};
use model::transition::may_append;
use model::{AttemptNumber, JobId};
use rusqlite::{Connection, OptionalExtension, params};
use store::StoreError;
use store::logs::{Append, Appended, Compacted, EventsRead};

use super::document::{self, count, int};
use super::{CoreResult, jobs};

/// The most events of a joined batch.
const JOINED_EVENTS: u64 = 4_000;
/// The most bytes of a joined batch, before compression.
const JOINED_BYTES: u64 = 1 << 20;
/// What zstd calls its default: smaller batches are not worth more time.
const LEVEL: i32 = 3;

/// Lines, compressed.
#[derive(Debug, Clone)]
pub(crate) struct Packed {
    bytes: u64,
    body: Vec<u8>,
}

/// Compresses events; done before the writer's turn.
pub(crate) fn pack(events: &[String]) -> CoreResult<Packed> {
    pack_text(&events.join("\n"))
}

fn pack_text(text: &str) -> CoreResult<Packed> {
    let body = zstd::bulk::compress(text.as_bytes(), LEVEL).map_err(|error| {
        StoreError::Unavailable(format!("a batch of events cannot be compressed: {error}"))
    })?;
    Ok(Packed {
        bytes: u64::try_from(text.len()).unwrap_or(u64::MAX),
        body,
    })
}

/// See [`store::Logs::append_events`]. `packed` is all of `append.events`.
pub(crate) fn append(conn: &Connection, append: &Append, packed: Packed) -> CoreResult<Appended> {
    let Some(job) = jobs::read(conn, append.job)? else {
        return Ok(Appended::Gone);
    };
    let events = u64::try_from(append.events.len()).unwrap_or(u64::MAX);
    let last = append.first.saturating_add(events).saturating_sub(1);
    if let Err(refusal) = may_append(&job, &append.by, last) {
        return Ok(Appended::Refused(refusal));
    }
    let n = append.by.n;
    let before = stored_to(conn, append.job, n)?;
    let next = before + 1;
    let (first, last) = if append.first < next && active(Mutation::DuplicatesStored) {
        (next, before + events)
    } else {
        (append.first, last)
    };
    if first > next {
        return Ok(Appended::Missing { up_to: before });
    }
    if last < next {
        return Ok(Appended::Stored {
            before,
            up_to: before,
        });
    }
    let known = usize::try_from(next - first).unwrap_or(usize::MAX);
    let packed = match known {
        0 => packed,
        known => pack(append.events.get(known..).unwrap_or_default())?,
    };
    insert(conn, append.job, n, next, last, &packed)?;
    document::execute(
        conn,
        "INSERT INTO log (job_id, attempt, stored_to, bytes) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET stored_to = excluded.stored_to, bytes = bytes + excluded.bytes",
        params![append.job.to_string(), n, int(last), int(packed.bytes)],
    )?;
    Ok(Appended::Stored {
        before,
        up_to: last,
    })
}

/// See [`store::Logs::stored_to`].
pub(crate) fn stored_to(conn: &Connection, job: JobId, attempt: AttemptNumber) -> CoreResult<u64> {
    let found = document::number(
        conn,
        "SELECT stored_to FROM log WHERE job_id = ?1 AND attempt = ?2",
        params![job.to_string(), attempt],
    )?;
    Ok(count(found.unwrap_or(0)))
}

/// See [`store::Logs::events`].
pub(crate) fn events(
    conn: &Connection,
    job: JobId,
    attempt: AttemptNumber,
    after: u64,
    limit: u32,
    most_bytes: usize,
) -> CoreResult<EventsRead> {
    let up_to = stored_to(conn, job, attempt)?;
    let mut read = EventsRead {
        first: after.saturating_add(1),
        events: Vec::new(),
        up_to,
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if after >= up_to || limit == 0 {
        return Ok(read);
    }
    let mut statement = conn.prepare_cached(
        "SELECT first, bytes, body FROM event_batch
         WHERE job_id = ?1 AND attempt = ?2
           AND first >= (SELECT max(first) FROM event_batch
                         WHERE job_id = ?1 AND attempt = ?2 AND first <= ?3)
         ORDER BY first",
    )?;
    let mut rows = statement.query(params![job.to_string(), attempt, int(read.first)])?;
    let mut size = 0;
    while let Some(row) = rows.next()? {
        let first = count(row.get(0)?);
        let text = unpack(job, count(row.get(1)?), &row.get::<_, Vec<u8>>(2)?)?;
        let known = usize::try_from(read.first.saturating_sub(first)).unwrap_or(usize::MAX);
        let skip = if read.events.is_empty() { known } else { 0 };
        for line in text.split('\n').skip(skip) {
            let full = size + line.len() > most_bytes && !read.events.is_empty();
            if full || read.events.len() >= limit {
                return Ok(read);
            }
            size += line.len();
            read.events.push(line.to_owned());
        }
    }
    Ok(read)
}

/// Batches that are to become one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    first: u64,
    last: u64,
}

/// What joining the batches of an attempt would do.
pub(crate) enum Plan {
    /// Nothing yet or nothing more.
    Nothing(Compacted),
    /// Join these.
    Join(Vec<Group>),
}

/// Which batches of a past attempt are to be joined.
pub(crate) fn plan(conn: &Connection, job: JobId, attempt: AttemptNumber) -> CoreResult<Plan> {
    let Some(found) = jobs::read(conn, job)? else {
        return Ok(Plan::Nothing(Compacted::Already));
    };
    if found.past(attempt).is_none() {
        let goes_on = attempt >= found.last_attempt;
        return Ok(Plan::Nothing(if goes_on {
            Compacted::NotEnded
        } else {
            Compacted::Already
        }));
    }
    let mut statement = conn.prepare_cached(
        "SELECT first, last, bytes FROM event_batch WHERE job_id = ?1 AND attempt = ?2
         ORDER BY first",
    )?;
    let mut rows = statement.query(params![job.to_string(), attempt])?;
    let mut groups: Vec<(Group, u64, u32)> = Vec::new();
    while let Some(row) = rows.next()? {
        let (first, last, bytes) = (count(row.get(0)?), count(row.get(1)?), count(row.get(2)?));
        match groups.last_mut() {
            Some((group, size, batches))
                if last - group.first < JOINED_EVENTS && *size + bytes < JOINED_BYTES =>
            {
                group.last = last;
                *size += bytes;
                *batches += 1;
            }
            _ => groups.push((Group { first, last }, bytes, 1)),
        }
    }
    let join: Vec<Group> = groups
        .into_iter()
        .filter(|(_, _, batches)| *batches > 1)
        .map(|(group, _, _)| group)
        .collect();
    Ok(if join.is_empty() {
        Plan::Nothing(Compacted::Already)
    } else {
        Plan::Join(join)
    })
}

/// The batches of a group as one; done before the writer's turn.
pub(crate) fn join(
    conn: &Connection,
    job: JobId,
    attempt: AttemptNumber,
    group: &Group,
) -> CoreResult<Packed> {
    let mut statement = conn.prepare_cached(
        "SELECT bytes, body FROM event_batch
         WHERE job_id = ?1 AND attempt = ?2 AND first BETWEEN ?3 AND ?4 ORDER BY first",
    )?;
    let mut rows = statement.query(params![
        job.to_string(),
        attempt,
        int(group.first),
        int(group.last)
    ])?;
    let mut texts = Vec::new();
    while let Some(row) = rows.next()? {
        texts.push(unpack(job, count(row.get(0)?), &row.get::<_, Vec<u8>>(1)?)?);
    }
    pack_text(&texts.join("\n"))
}

/// Puts the joined batch in the place of the group. A group that is no longer there as it was
/// planned, because somebody else joined it or the job was forgotten, is left alone.
pub(crate) fn replace(
    conn: &Connection,
    job: JobId,
    attempt: AttemptNumber,
    group: &Group,
    packed: &Packed,
) -> CoreResult<()> {
    let bounds = params![job.to_string(), attempt, int(group.first), int(group.last)];
    let found: Option<(i64, Option<i64>, Option<i64>)> = conn
        .prepare_cached(
            "SELECT count(*), max(last), sum(bytes) + count(*) - 1 FROM event_batch
             WHERE job_id = ?1 AND attempt = ?2 AND first BETWEEN ?3 AND ?4",
        )?
        .query_row(bounds, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let as_planned = found.is_some_and(|(batches, last, bytes)| {
        batches > 1 && last == Some(int(group.last)) && bytes == Some(int(packed.bytes))
    });
    if !as_planned {
        return Ok(());
    }
    document::execute(
        conn,
        "DELETE FROM event_batch
         WHERE job_id = ?1 AND attempt = ?2 AND first BETWEEN ?3 AND ?4",
        bounds,
    )?;
    insert(conn, job, attempt, group.first, group.last, packed)
}

fn insert(
    conn: &Connection,
    job: JobId,
    attempt: AttemptNumber,
    first: u64,
    last: u64,
    packed: &Packed,
) -> CoreResult<()> {
    document::execute(
        conn,
        "INSERT INTO event_batch (job_id, attempt, first, last, bytes, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            job.to_string(),
            attempt,
            int(first),
            int(last),
            int(packed.bytes),
            packed.body
        ],
    )?;
    Ok(())
}

fn unpack(job: JobId, bytes: u64, body: &[u8]) -> CoreResult<String> {
    let damaged = |reason: &dyn std::fmt::Display| document::damaged("log of job", job, reason);
    let size = usize::try_from(bytes).map_err(|error| damaged(&error))?;
    let text = zstd::bulk::decompress(body, size).map_err(|error| damaged(&error))?;
    String::from_utf8(text).map_err(|error| damaged(&error))
}
