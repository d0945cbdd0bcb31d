//! Claims: the oldest jobs that an agent may run become offers to it.
//!
//! A user's free jobs are looked at by the few distinct things that they ask for (`job.needs`), so
//! that a claim costs the same whether ten or ten thousand jobs wait for another computer.

use model::mutation::{Mutation, active};
use model::transition::{Command, OfferTo, apply};
use model::{Job, Timestamp};
use rusqlite::{Connection, params};
use store::agents::Agent;
use store::jobs::{Claim, Claimed};

use super::{CoreResult, agents, document, jobs};

/// The most jobs of one kind that a claim reads. Only jobs that this agent declined a moment ago
/// are read without being offered.
const MOST_READ: i64 = 512;

/// See [`store::Jobs::offer_next`].
pub(crate) fn offer_next(conn: &Connection, claim: &Claim) -> CoreResult<Claimed> {
    let agent = match agents::read(conn, claim.connection.agent)? {
        Some(agent) if agent.removed.is_none() => agent,
        _ => return Ok(Claimed::Removed),
    };
    if agent.joined.is_none() || agent.outdates(&claim.connection) {
        return Ok(Claimed::OldConnection);
    }
    take_back(conn, &agent, claim.now)?;
    let held: Vec<Job> = document::many(
        conn,
        "job",
        "SELECT body FROM job WHERE holder = ?1 ORDER BY created_at, id",
        params![agent.id.to_string()],
    )?;
    let again: Vec<Job> = held
        .iter()
        .filter(|job| job.offer().is_some_and(|o| o.claim_id == claim.claim_id))
        .cloned()
        .collect();
    if !again.is_empty() {
        return Ok(Claimed::Offers(again));
    }
    if agent.paused {
        return Ok(Claimed::Offers(Vec::new()));
    }
    let slots = usize::try_from(agent.slots().min(claim.free)).unwrap_or(usize::MAX);
    let all_slots = usize::try_from(agent.slots()).unwrap_or(usize::MAX);
    let room = if active(Mutation::SlotsUncounted) {
        slots
    } else {
        slots.min(all_slots.saturating_sub(held.len()))
    };
    let mut offers = Vec::new();
    for job in oldest(conn, &agent, claim.now, room)? {
        let command = Command::Offer(OfferTo {
            connection: claim.connection.clone(),
            agent_name: agent.name.clone(),
            claim_id: claim.claim_id.clone(),
            until: claim.until,
        });
        if let Ok(changed) = apply(&job, &command, claim.now) {
            jobs::update(conn, &job, &changed.job)?;
            offers.push(changed.job);
        }
    }
    Ok(Claimed::Offers(offers))
}

/// Takes back this agent's offers that have run out and that no sweep has seen yet.
fn take_back(conn: &Connection, agent: &Agent, now: Timestamp) -> CoreResult<()> {
    let run_out: Vec<Job> = document::many(
        conn,
        "job",
        "SELECT body FROM job WHERE holder = ?1 AND offer_until <= ?2",
        params![agent.id.to_string(), now.as_millis()],
    )?;
    for job in run_out {
        let Some(n) = job.offer().map(|offer| offer.n) else {
            continue;
        };
        let command = Command::Expire {
            n,
            declined_until: None,
        };
        if let Ok(changed) = apply(&job, &command, now) {
            jobs::update(conn, &job, &changed.job)?;
        }
    }
    Ok(())
}

/// The oldest free jobs that the agent may run, at most `most`.
fn oldest(conn: &Connection, agent: &Agent, now: Timestamp, most: usize) -> CoreResult<Vec<Job>> {
    if most == 0 {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for needs in distinct_needs(conn, agent)? {
        if !meets(agent, &needs) {
            continue;
        }
        let mut statement = conn.prepare_cached(
            "SELECT body FROM job
             WHERE user_id = ?1 AND needs = ?2 AND status = 'waiting' AND holder IS NULL
             ORDER BY created_at, id LIMIT ?3",
        )?;
        let mut rows = statement.query(params![agent.user_id.to_string(), needs, MOST_READ])?;
        let mut of_this_kind = 0;
        while of_this_kind < most
            && let Some(row) = rows.next()?
        {
            let body: String = row.get(0)?;
            let job: Option<Job> = document::try_read("job", &body);
            if let Some(job) = job.filter(|job| job.fits(agent.id, &agent.labels, now)) {
                found.push(job);
                of_this_kind += 1;
            }
        }
    }
    found.sort_by_key(|job| (job.created_at, job.id));
    found.truncate(most);
    Ok(found)
}

/// What the user's free jobs ask for, each once: one index seek for each.
fn distinct_needs(conn: &Connection, agent: &Agent) -> CoreResult<Vec<String>> {
    document::texts(
        conn,
        "WITH RECURSIVE kinds (needs) AS (
             SELECT min(needs) FROM job
             WHERE user_id = ?1 AND status = 'waiting' AND holder IS NULL
             UNION ALL
             SELECT (SELECT min(job.needs) FROM job
                     WHERE user_id = ?1 AND status = 'waiting' AND holder IS NULL
                       AND job.needs > kinds.needs)
             FROM kinds WHERE kinds.needs IS NOT NULL
         )
         SELECT needs FROM kinds WHERE needs IS NOT NULL",
        params![agent.user_id.to_string()],
    )
}

/// Whether the agent has what `needs` asks for; written by `jobs::needs`.
fn meets(agent: &Agent, needs: &str) -> bool {
    let (wanted, labels) = needs.split_once(' ').unwrap_or((needs, ""));
    let wanted_here = wanted == "-" || wanted == agent.id.to_string();
    let has = |label: &str| agent.labels.iter().any(|own| own.as_str() == label);
    wanted_here && labels.split(',').filter(|label| !label.is_empty()).all(has)
}
