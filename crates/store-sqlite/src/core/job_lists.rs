//! Jobs by what they are looked for: pages of the history, open ones, those of an agent, those
//! that the sweep must look at.

use std::fmt::Write;

use model::{AgentId, AttemptKey, Job, RobotId, Status, Timestamp, UserId};
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};
use store::jobs::{Due, DueQuery, DueReason, JobFilter, JobRow, JobsPage, PageAsk, PageKey};

use super::{CoreResult, document, jobs};

/// See [`store::Jobs::jobs_page`]. The history is walked along the index of the narrowest filter;
/// the others are asked of each job on the way.
pub(crate) fn page(
    conn: &Connection,
    user: UserId,
    filter: &JobFilter,
    ask: PageAsk,
) -> CoreResult<JobsPage> {
    let walk = Walk::of(filter);
    let mut sql = "SELECT created_at, id, ".to_owned();
    let mut values = Vec::new();
    let mut asked = Conditions::default();
    walk.ask_of_each(filter, &mut asked);
    if asked.texts.is_empty() {
        sql.push_str("body");
    } else {
        let all = asked.texts.join(" AND ");
        write!(sql, "CASE WHEN {all} THEN body END").expect("a string takes every text");
        values.append(&mut asked.values);
    }
    let mut bounds = Conditions::default();
    walk.begin(user, &mut bounds);
    if let Some(from) = filter.from {
        bounds.add("created_at >= ?", from.as_millis());
    }
    if let Some(to) = filter.to {
        bounds.add("created_at < ?", to.as_millis());
    }
    if let Some(key) = ask.after {
        bounds.add("(created_at, id) < (?, ?)", key.created_at.as_millis());
        bounds.values.push(key.id.to_string().into());
    }
    let (index, all) = (walk.index(), bounds.texts.join(" AND "));
    write!(
        sql,
        " FROM job INDEXED BY {index} WHERE {all} ORDER BY created_at DESC, id DESC"
    )
    .expect("a string takes every text");
    values.append(&mut bounds.values);

    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let limit = usize::try_from(ask.limit).unwrap_or(usize::MAX);
    let mut found: Vec<Job> = Vec::new();
    let mut next = None;
    let mut last = None;
    let mut looked_at = 0;
    while let Some(row) = rows.next()? {
        if found.len() >= limit || looked_at >= ask.look_at {
            next = last;
            break;
        }
        looked_at += 1;
        let id: String = row.get(1)?;
        if let Some(body) = row.get::<_, Option<String>>(2)? {
            found.push(document::read("job", &id, &body)?);
        }
        let unreadable = |error| document::damaged("job", &id, error);
        last = Some(PageKey {
            created_at: Timestamp::from_millis(row.get(0)?),
            id: id.parse().map_err(unreadable)?,
        });
    }
    let rows: CoreResult<Vec<JobRow>> = found.into_iter().map(|job| jobs::row(conn, job)).collect();
    Ok(JobsPage { rows: rows?, next })
}

/// The index that a list of jobs is read along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Walk {
    /// All jobs of the user.
    All,
    /// Those in one status.
    Status(Status),
    /// Those of a robot.
    Robot(RobotId),
    /// Those of an agent.
    Agent(AgentId),
}

/// Conditions of SQL and their values.
#[derive(Default)]
struct Conditions {
    texts: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    fn add(&mut self, text: &str, value: impl Into<Value>) {
        self.texts.push(text.to_owned());
        self.values.push(value.into());
    }
}

impl Walk {
    /// The narrowest: few jobs are open, and a robot or an agent has fewer than a status.
    fn of(filter: &JobFilter) -> Self {
        let status = match filter.statuses.as_slice() {
            [one] => Some(*one),
            _ => None,
        };
        match (status, filter.robot, filter.agent) {
            (Some(open @ (Status::Waiting | Status::Executing)), _, _) => Self::Status(open),
            (_, Some(robot), _) => Self::Robot(robot),
            (_, None, Some(agent)) => Self::Agent(agent),
            (Some(ended), None, None) => Self::Status(ended),
            (None, None, None) => Self::All,
        }
    }

    fn index(self) -> &'static str {
        match self {
            Self::All => "job_page",
            Self::Status(_) => "job_page_status",
            Self::Robot(_) => "job_page_robot",
            Self::Agent(_) => "job_page_agent",
        }
    }

    /// Where the walk begins.
    fn begin(self, user: UserId, bounds: &mut Conditions) {
        bounds.add("user_id = ?", user.to_string());
        match self {
            Self::All => {}
            Self::Status(status) => bounds.add("status = ?", status.as_str().to_owned()),
            Self::Robot(robot) => bounds.add("robot_id = ?", robot.to_string()),
            Self::Agent(agent) => bounds.add("last_agent = ?", agent.to_string()),
        }
    }

    /// What is asked of each job on the way.
    fn ask_of_each(self, filter: &JobFilter, asked: &mut Conditions) {
        if let Some(robot) = filter.robot
            && self != Self::Robot(robot)
        {
            asked.add("robot_id = ?", robot.to_string());
        }
        if let Some(agent) = filter.agent
            && self != Self::Agent(agent)
        {
            asked.add("last_agent IS ?", agent.to_string());
        }
        if let Some((first, others)) = filter.statuses.split_first()
            && !matches!(self, Self::Status(_))
        {
            let marks = ", ?".repeat(others.len());
            asked.add(&format!("status IN (?{marks})"), first.as_str().to_owned());
            let others = others
                .iter()
                .map(|one| Value::from(one.as_str().to_owned()));
            asked.values.extend(others);
        }
        if let Some(number) = filter.number {
            // No job has a number that is larger.
            let number = i64::try_from(number).unwrap_or(i64::MAX);
            asked.add("json_extract(body, '$.number') = ?", number);
        }
        for word in filter.q.as_deref().unwrap_or("").split_whitespace() {
            asked.add("instr(search, ?) > 0", word.to_lowercase());
        }
    }
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

/// See [`store::Jobs::left_waiting`].
pub(crate) fn left_waiting(
    conn: &Connection,
    deleted_before: Timestamp,
    most: u32,
) -> CoreResult<Vec<Job>> {
    document::readable(
        conn,
        "job",
        "SELECT job.body FROM job INDEXED BY job_open CROSS JOIN robot ON robot.id = job.robot_id
         WHERE job.ended_at IS NULL AND job.status = 'waiting' AND robot.deleted_at <= ?1
         LIMIT ?2",
        params![deleted_before.as_millis(), most],
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
