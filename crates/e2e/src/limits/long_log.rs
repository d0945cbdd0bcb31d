//! Very many lines in one attempt, all of them written while the server is away.

use std::fmt;
use std::fs;
use std::time::Duration;

use serde_json::Value;
use testkit::{Agent, LIMIT, Person, Place, Server, Witness, until_within};
use tokio::time::Instant;

use super::LIMITS;
use super::gauge::{Files, Use};

const LONG: &str = include_str!("../../robots/long.robot");

/// What came of it.
#[derive(Debug)]
pub struct LongLog {
    /// Lines that the robot wrote.
    pub lines: u64,
    /// Events in all that were delivered.
    pub events: u64,
    /// The agent before the robot began to write.
    pub before: Use,
    /// The agent when everything was spooled and nothing delivered.
    pub spooled: Use,
    /// The agent when everything was delivered.
    pub delivered: Use,
    /// What the spool took on the disk when everything was in it.
    pub spool: Files,
    /// From the gate to the end of the robot, its events spooled.
    pub writing: Duration,
    /// From the start of the server to the end of the job.
    pub delivering: Duration,
}

impl fmt::Display for LongLog {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lines, events, .. } = self;
        writeln!(out, "{lines} lines in {events} events, none missing")?;
        writeln!(out, "agent before:    {}", self.before)?;
        writeln!(out, "agent, spooled:  {}", self.spooled)?;
        writeln!(out, "agent, at last:  {}", self.delivered)?;
        let (files, mib) = (self.spool.count, self.spool.bytes >> 20);
        writeln!(out, "spool:           {files} files, {mib} MiB")?;
        let (writing, delivering) = (self.writing.as_secs_f64(), self.delivering.as_secs_f64());
        writeln!(out, "written, spooled in {writing:.1} s")?;
        write!(out, "delivered in        {delivering:.1} s")
    }
}

/// Has a real robot write so many lines while the server is away, then delivers them.
///
/// # Panics
/// A line is missing, doubled or out of order, or something does not go on.
pub async fn long_log(lines: u64) -> LongLog {
    // A tenth of a millisecond for each line is what a computer takes that does nothing else.
    let limit = LIMIT + Duration::from_millis(lines);
    let place = Place::new();
    let mut server = Server::start(&place, &LIMITS).await;
    let anna = server.owner().await;
    let mut agent = Agent::join(&place, &anna, "reception").await;
    let robot = anna.robot("Long", LONG).await;
    let witness = Witness::new(&place, "witness");
    let count = format!("{}/lines", witness.folder());
    fs::write(count, lines.to_string()).expect("the folder is there");
    let job = anna.play(&robot, witness.folder()).await;
    witness.has("start", 1).await;

    server.kill();
    let before = Use::of(agent.process().id());
    let spool_folder = agent.data().join("spool").join(format!("{job}-1"));
    let begun = Instant::now();
    witness.open_gate();
    until_within(
        limit,
        "the robot ends and all of it is spooled",
        async || agent.told("ended").pop(),
    )
    .await;
    let writing = begun.elapsed();
    let spooled = Use::of(agent.process().id());
    let spool = Files::below(&spool_folder);

    let begun = Instant::now();
    server.restart().await;
    let ended = delivered(&anna, &job, limit).await;
    let delivering = begun.elapsed();
    assert_eq!(ended["status"], "success", "{ended}");
    let delivered = Use::of(agent.process().id());
    let events = every_line_is_there(&anna, &job, lines).await;
    LongLog {
        lines,
        events,
        before,
        spooled,
        delivered,
        spool,
        writing,
        delivering,
    }
}

/// Waits until the job has ended.
async fn delivered(anna: &Person, job: &str, limit: Duration) -> Value {
    until_within(limit, "the job ends", async || {
        let now = anna.job(job).await;
        now["outcome"].is_object().then_some(now)
    })
    .await
}

/// Looks at every event: numbers without a hole, and each line once, in order. Answers how many
/// events there are.
async fn every_line_is_there(anna: &Person, job: &str, lines: u64) -> u64 {
    let (mut events, mut line) = (0, 0);
    let mut after = Some(0);
    while let Some(from) = after {
        let path = format!("/jobs/{job}/events?attempt=1&after={from}&limit=1000");
        let page = anna.get(&path).await;
        for event in page["items"].as_array().expect("events are a list") {
            events += 1;
            assert_eq!(event["seq"], events, "{event}");
            assert_ne!(event["kind"], "gap", "{event}");
            let text = event["text"].as_str().unwrap_or_default();
            if let Some(number) = text.strip_prefix("line ") {
                line += 1;
                assert_eq!(number, line.to_string(), "{event}");
            }
        }
        after = page["nextAfter"].as_u64();
    }
    assert_eq!(line, lines, "the robot's lines");
    events
}
