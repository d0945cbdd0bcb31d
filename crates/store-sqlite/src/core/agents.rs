//! Agents: one document each.

use model::{AgentId, Connection as AgentConnection, Sha256, Timestamp, UserId};
use rusqlite::{Connection, params};
use store::agents::{
    Agent, AgentPatch, AgentPatched, Connected, Join, Joined, Removal, Renew, Renewed, Running,
    StandingJoin,
};

use super::{CoreResult, document};

/// See [`store::Agents::agent`].
pub(crate) fn read(conn: &Connection, id: AgentId) -> CoreResult<Option<Agent>> {
    let body = document::text(
        conn,
        "SELECT body FROM agent WHERE id = ?1",
        params![id.to_string()],
    )?;
    body.map(|body| document::read("agent", id, &body))
        .transpose()
}

/// See [`store::Agents::agents`].
pub(crate) fn of_user(conn: &Connection, user: UserId) -> CoreResult<Vec<Agent>> {
    document::many(
        conn,
        "agent",
        "SELECT body FROM agent WHERE user_id = ?1 AND removed_at IS NULL
         ORDER BY name_folded, id",
        params![user.to_string()],
    )
}

/// Whether the agent has been heard from after `at`.
pub(crate) fn heard_after(conn: &Connection, id: AgentId, at: Timestamp) -> CoreResult<bool> {
    let seen = document::number(
        conn,
        "SELECT last_seen_at FROM agent WHERE id = ?1",
        params![id.to_string()],
    )?;
    Ok(seen.is_some_and(|seen| seen > at.as_millis()))
}

/// See [`store::Agents::connect_agent`].
pub(crate) fn connect(conn: &Connection, id: AgentId, key: Sha256) -> CoreResult<Connected> {
    let Some(mut agent) = read(conn, id)?.filter(|agent| agent.key_hash == key) else {
        return Ok(Connected::Unknown);
    };
    if let Some(removal) = agent.removed {
        return Ok(Connected::Removed(removal));
    }
    agent.connections += 1;
    update(conn, &agent)?;
    Ok(Connected::Number {
        number: agent.connections,
        agent,
    })
}

/// See [`store::Agents::join_agent`].
pub(crate) fn join(conn: &Connection, join: &Join) -> CoreResult<Joined> {
    let Some(mut agent) = not_removed(conn, join.connection.agent)? else {
        return Ok(Joined::Removed);
    };
    if let Some(stands) = &agent.joined
        && agent.outdates(&join.connection)
    {
        return Ok(Joined::OldConnection {
            stands: stands.clone(),
        });
    }
    let before = agent.joined.replace(StandingJoin {
        number: join.connection.number,
        instance: join.connection.instance.clone(),
    });
    agent.program_slots = join.slots;
    agent.version.clone_from(&join.version);
    agent.os.clone_from(&join.os);
    agent.host.clone_from(&join.host);
    if let Some(checks) = &join.checks {
        agent.checks.clone_from(checks);
        agent.checked_at = Some(join.now);
    }
    agent.last_seen_at = agent.last_seen_at.max(Some(join.now));
    agent.left = false;
    agent.rev += 1;
    update(conn, &agent)?;
    Ok(Joined::Stands { agent, before })
}

/// See [`store::Agents::renew_agent`].
pub(crate) fn renew(conn: &Connection, renew: &Renew) -> CoreResult<Renewed> {
    let Some(mut agent) = not_removed(conn, renew.connection.agent)? else {
        return Ok(Renewed::Removed);
    };
    if !joined_last(&agent, &renew.connection) {
        return Ok(Renewed::NotJoined {
            stands: agent.joined,
        });
    }
    let seen_before = agent.last_seen_at;
    agent.last_seen_at = seen_before.max(Some(renew.now));
    if let Some(checks) = &renew.checks {
        agent.checks.clone_from(checks);
        agent.checked_at = Some(renew.now);
        agent.rev += 1;
    }
    update(conn, &agent)?;
    Ok(Renewed::Noted { agent, seen_before })
}

/// See [`store::Agents::leave_agent`].
pub(crate) fn leave(conn: &Connection, connection: &AgentConnection) -> CoreResult<()> {
    if let Some(mut agent) = not_removed(conn, connection.agent)?
        && joined_last(&agent, connection)
        && !agent.left
    {
        agent.left = true;
        agent.rev += 1;
        update(conn, &agent)?;
    }
    Ok(())
}

/// See [`store::Agents::patch_agent`].
pub(crate) fn patch(
    conn: &Connection,
    user: UserId,
    id: AgentId,
    patch: &AgentPatch,
) -> CoreResult<AgentPatched> {
    let Some(before) = not_removed(conn, id)?.filter(|agent| agent.user_id == user) else {
        return Ok(AgentPatched::Gone);
    };
    let mut agent = before.clone();
    if let Some(name) = &patch.name {
        if name_taken(conn, user, &name.folded(), Some(id))? {
            return Ok(AgentPatched::NameTaken);
        }
        agent.name.clone_from(name);
    }
    if let Some(labels) = &patch.labels {
        agent.labels.clone_from(labels);
    }
    agent.page_slots = patch.slots.or(agent.page_slots);
    agent.paused = patch.paused.unwrap_or(agent.paused);
    if agent != before {
        agent.rev += 1;
        update(conn, &agent)?;
    }
    Ok(AgentPatched::Done(agent))
}

/// See [`store::Agents::remove_agent`]. The same call again is known by its time.
pub(crate) fn remove(
    conn: &Connection,
    user: UserId,
    id: AgentId,
    running: Running,
    now: Timestamp,
) -> CoreResult<Option<Agent>> {
    let Some(mut agent) = read(conn, id)?.filter(|agent| agent.user_id == user) else {
        return Ok(None);
    };
    let removal = Removal { at: now, running };
    if let Some(before) = &agent.removed {
        return Ok((*before == removal).then_some(agent));
    }
    agent.removed = Some(removal);
    agent.rev += 1;
    update(conn, &agent)?;
    Ok(Some(agent))
}

/// Whether another agent of that user has the name.
pub(crate) fn name_taken(
    conn: &Connection,
    user: UserId,
    folded: &str,
    but: Option<AgentId>,
) -> CoreResult<bool> {
    let found = document::text(
        conn,
        "SELECT id FROM agent WHERE user_id = ?1 AND name_folded = ?2 AND removed_at IS NULL",
        params![user.to_string(), folded],
    )?;
    Ok(found.is_some_and(|id| but.is_none_or(|but| but.to_string() != id)))
}

/// Stores a new agent.
pub(crate) fn insert(conn: &Connection, agent: &Agent) -> CoreResult<()> {
    document::execute(
        conn,
        "INSERT INTO agent (id, user_id, name_folded, body) VALUES (?1, ?2, ?3, ?4)",
        params![
            agent.id.to_string(),
            agent.user_id.to_string(),
            agent.name.folded(),
            document::write(agent)?
        ],
    )?;
    Ok(())
}

fn update(conn: &Connection, agent: &Agent) -> CoreResult<()> {
    document::execute(
        conn,
        "UPDATE agent SET name_folded = ?2, last_seen_at = ?3, removed_at = ?4, body = ?5
         WHERE id = ?1",
        params![
            agent.id.to_string(),
            agent.name.folded(),
            agent.last_seen_at.map(Timestamp::as_millis),
            agent.removed.as_ref().map(|removal| removal.at.as_millis()),
            document::write(agent)?
        ],
    )?;
    Ok(())
}

fn not_removed(conn: &Connection, id: AgentId) -> CoreResult<Option<Agent>> {
    Ok(read(conn, id)?.filter(|agent| agent.removed.is_none()))
}

fn joined_last(agent: &Agent, connection: &AgentConnection) -> bool {
    agent.joined.as_ref().is_some_and(|joined| {
        joined.number == connection.number && joined.instance == connection.instance
    })
}
