//! Jobs by what they are looked for: pages of the history, open ones, those of an agent, those
//! that the sweep must look at.

use model::{AgentId, AttemptKey, Job, UserId};
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};
use store::jobs::{Due, DueQuery, DueReason, JobFilter, JobRow, PageKey};

use super::{CoreResult, document, jobs};

/// See [`store::Jobs::jobs_page`].
pub(crate) fn page(
    conn: &Connection,
    user: UserId,
    filter: &JobFilter,
    after: Option<PageKey>,
    limit: u32,
) -> CoreResult<Vec<JobRow>> {
    let mut sql = "SELECT body FROM job WHERE user_id = ?".to_owned();
    let mut values = vec![Value::from(user.to_string())];
    let mut add = |condition: &str, value: Value| {
        sql.push_str(" AND ");
        sql.push_str(condition);
        values.push(value);
    };
    if let Some(robot) = filter.robot {
        add("robot_id = ?", robot.to_string().into());
    }
    if let Some(agent) = filter.agent {
        add("last_agent = ?", agent.to_string().into());
    }
    if let Some(from) = filter.from {
        add("created_at >= ?", from.as_millis().into());
    }
    if let Some(to) = filter.to {
        add("created_at < ?", to.as_millis().into());
    }
    for word in filter.q.as_deref().unwrap_or("").split_whitespace() {
        add("instr(search, ?) > 0", word.to_lowercase().into());
    }
    if let Some((first, others)) = filter.statuses.split_first() {
        let marks = ", ?".repeat(others.len());
        add(
            &format!("status IN (?{marks})"),
            first.as_str().to_owned().into(),
        );
        values.extend(others.iter().map(|s| Value::from(s.as_str().to_owned())));
    }
    if let Some(key) = after {
        sql.push_str(" AND (created_at, id) < (?, ?)");
        values.push(key.created_at.as_millis().into());
        values.push(key.id.to_string().into());
    }
    sql.push_str(" ORDER BY created_at DESC, id DESC LIMIT ?");
    values.push(i64::from(limit).into());
    let found: Vec<Job> = document::many(conn, "job", &sql, params_from_iter(values))?;
    found.into_iter().map(|job| jobs::row(conn, job)).collect()
}

/// See [`store::Jobs::open_jobs`].
pub(crate) fn open(conn: &Connection, user: UserId, limit: u32) -> CoreResult<Vec<Job>> {
    document::many(
        conn,
        "job",
        "SELECT body FROM job WHERE user_id = ?1 AND ended_at IS NULL
         ORDER BY created_at, id LIMIT ?2",
        params![user.to_string(), limit],
    )
}

/// See [`store::Jobs::jobs_of_agent`].
pub(crate) fn of_agent(conn: &Connection, agent: AgentId) -> CoreResult<Vec<Job>> {
    document::many(
        conn,
        "job",
        "SELECT body FROM job
         WHERE id IN (SELECT id FROM job WHERE holder = ?1
                      UNION SELECT job_id FROM job_untold WHERE agent_id = ?1)
         ORDER BY created_at, id",
        params![agent.to_string()],
    )
}

/// See [`store::Jobs::due`]. A damaged job does not keep the sweep from the others.
pub(crate) fn due(conn: &Connection, query: &DueQuery, most: u32) -> CoreResult<Vec<Due>> {
    let now = query.now.as_millis();
    let silent = query.heard_before.as_millis();
    let told = query.told_before.as_millis();
    let mut found = Vec::new();
    let mut add =
        |why, jobs: Vec<Job>| found.extend(jobs.iter().filter_map(|job| due_of(job, why)));
    add(
        DueReason::OfferRanOut,
        document::readable(
            conn,
            "job",
            "SELECT body FROM job WHERE offer_until <= ?1 ORDER BY offer_until LIMIT ?2",
            params![now, most],
        )?,
    );
    add(
        DueReason::AgentSilent,
        document::readable(
            conn,
            "job",
            "SELECT job.body FROM job CROSS JOIN agent ON agent.id = job.holder
             WHERE job.holder IS NOT NULL AND job.status = 'executing'
               AND agent.removed_at IS NULL AND coalesce(agent.last_seen_at, 0) <= ?1
             LIMIT ?2",
            params![silent, most],
        )?,
    );
    add(
        DueReason::KillOverdue,
        document::readable(
            conn,
            "job",
            "SELECT body FROM job WHERE kill_told_at <= ?1 ORDER BY kill_told_at LIMIT ?2",
            params![told, most],
        )?,
    );
    add(
        DueReason::AgentRemoved,
        document::readable(
            conn,
            "job",
            "SELECT job.body FROM job CROSS JOIN agent ON agent.id = job.holder
             WHERE job.holder IS NOT NULL AND agent.removed_at IS NOT NULL
             LIMIT ?1",
            params![most],
        )?,
    );
    Ok(found)
}

fn due_of(job: &Job, why: DueReason) -> Option<Due> {
    let (n, by, agent_name) = match (job.offer(), job.current()) {
        (Some(offer), _) => (offer.n, &offer.by, &offer.agent_name),
        (None, Some(attempt)) => (attempt.n, &attempt.by, &attempt.agent_name),
        (None, None) => return None,
    };
    Some(Due {
        attempt: AttemptKey {
            job: job.id,
            attempt: n,
        },
        agent: by.agent,
        agent_name: agent_name.clone(),
        why,
    })
}
