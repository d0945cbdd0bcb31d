//! How a computer becomes an agent.

use model::{AgentId, EnrolmentId, Label, Name, PairingId, Sha256, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension, params};
use store::agents::Agent;
use store::pairings::{
    Approval, Enrolled, Enrolment, NewAgent, Pairing, PairingAnswer, PairingAnswered,
    PairingCreated, PairingState, PendingBounds,
};

use super::{CoreResult, agents, document};

/// See [`store::Pairings::create_pairing`].
pub(crate) fn create(
    conn: &Connection,
    pairing: &Pairing,
    bounds: PendingBounds,
) -> CoreResult<PairingCreated> {
    let now = pairing.created_at;
    if let Some(used) = key_use(conn, pairing.key_hash)? {
        let before = match used.pairing {
            Some(id) => read(conn, id)?,
            None => None,
        };
        let same = match before {
            Some(before) if before.user_id == pairing.user_id => match before.state {
                PairingState::Pending => (now < before.expires_at).then_some(before),
                PairingState::Approved { agent } => agents::read(conn, agent)?
                    .is_some_and(|agent| agent.removed.is_none())
                    .then_some(before),
                PairingState::Denied => None,
            },
            _ => None,
        };
        return Ok(same.map_or(PairingCreated::KeyTaken, PairingCreated::Same));
    }
    let (from_address, in_all) = pending_count(conn, pairing, now)?;
    if from_address >= bounds.from_address || in_all >= bounds.in_all {
        return Ok(PairingCreated::TooMany);
    }
    document::execute(
        conn,
        "INSERT INTO pairing (id, user_id, address, pending, created_at, expires_at, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            pairing.id.to_string(),
            pairing.user_id.to_string(),
            pairing.address,
            pairing.state == PairingState::Pending,
            pairing.created_at.as_millis(),
            pairing.expires_at.as_millis(),
            document::write(pairing)?
        ],
    )?;
    document::execute(
        conn,
        "INSERT INTO agent_key (hash, pairing_id) VALUES (?1, ?2)",
        params![pairing.key_hash.to_string(), pairing.id.to_string()],
    )?;
    Ok(PairingCreated::Created(pairing.clone()))
}

/// See [`store::Pairings::pairing`].
pub(crate) fn read(conn: &Connection, id: PairingId) -> CoreResult<Option<Pairing>> {
    document::one(
        conn,
        "pairing",
        "SELECT body FROM pairing WHERE id = ?1",
        params![id.to_string()],
    )
}

/// See [`store::Pairings::pending_pairings`].
pub(crate) fn pending(conn: &Connection, user: UserId, now: Timestamp) -> CoreResult<Vec<Pairing>> {
    document::many(
        conn,
        "pairing",
        "SELECT body FROM pairing WHERE user_id = ?1 AND pending = 1 AND expires_at > ?2
         ORDER BY created_at DESC, id DESC",
        params![user.to_string(), now.as_millis()],
    )
}

/// See [`store::Pairings::answer_pairing`].
pub(crate) fn answer(conn: &Connection, answer: &PairingAnswer) -> CoreResult<PairingAnswered> {
    let found = read(conn, answer.pairing)?.filter(|pairing| pairing.user_id == answer.user);
    let Some(mut pairing) = found else {
        return Ok(PairingAnswered::Gone);
    };
    match (&pairing.state, &answer.what) {
        (PairingState::Approved { agent }, Approval::Approve { .. }) => {
            let agent = agents::read(conn, *agent)?.ok_or_else(|| {
                document::damaged("pairing", pairing.id, "its agent is not there")
            })?;
            return Ok(PairingAnswered::Approved { pairing, agent });
        }
        (PairingState::Denied, Approval::Deny) => return Ok(PairingAnswered::Denied(pairing)),
        (PairingState::Approved { .. }, Approval::Deny)
        | (PairingState::Denied, Approval::Approve { .. }) => {
            return Ok(PairingAnswered::Conflict(pairing));
        }
        (PairingState::Pending, _) => {}
    }
    if answer.now >= pairing.expires_at {
        return Ok(PairingAnswered::Conflict(pairing));
    }
    match &answer.what {
        Approval::Deny => {
            pairing.state = PairingState::Denied;
            update(conn, &pairing)?;
            Ok(PairingAnswered::Denied(pairing))
        }
        Approval::Approve {
            code, most_wrong, ..
        } if pairing.code.replace('-', "") != *code => {
            pairing.wrong_codes += 1;
            if pairing.wrong_codes >= *most_wrong {
                pairing.state = PairingState::Denied;
            }
            update(conn, &pairing)?;
            Ok(PairingAnswered::WrongCode(pairing))
        }
        Approval::Approve { agent, .. } => {
            let agent = new_agent(
                *agent,
                pairing.user_id,
                pairing.key_hash,
                free_name(conn, pairing.user_id, &pairing.name)?,
                answer.now,
            );
            let agent = Agent {
                host: pairing.host.clone(),
                os: pairing.os.clone(),
                version: pairing.version.clone(),
                labels: pairing.labels.clone(),
                ..agent
            };
            agents::insert(conn, &agent)?;
            pairing.state = PairingState::Approved { agent: agent.id };
            update(conn, &pairing)?;
            Ok(PairingAnswered::Approved { pairing, agent })
        }
    }
}

/// See [`store::Pairings::create_enrolment`].
pub(crate) fn create_enrolment(conn: &Connection, enrolment: &Enrolment) -> CoreResult<()> {
    document::execute(
        conn,
        "INSERT INTO enrolment (id, user_id, token_hash, created_at, body)
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO NOTHING",
        params![
            enrolment.id.to_string(),
            enrolment.user_id.to_string(),
            enrolment.token_hash.to_string(),
            enrolment.created_at.as_millis(),
            document::write(enrolment)?
        ],
    )?;
    Ok(())
}

/// See [`store::Pairings::enrolments`].
pub(crate) fn enrolments(conn: &Connection, user: UserId) -> CoreResult<Vec<Enrolment>> {
    document::many(
        conn,
        "enrolment",
        "SELECT body FROM enrolment WHERE user_id = ?1 ORDER BY created_at DESC, id DESC",
        params![user.to_string()],
    )
}

/// See [`store::Pairings::delete_enrolment`].
pub(crate) fn delete_enrolment(
    conn: &Connection,
    user: UserId,
    id: EnrolmentId,
) -> CoreResult<bool> {
    let deleted = document::execute(
        conn,
        "DELETE FROM enrolment WHERE user_id = ?1 AND id = ?2",
        params![user.to_string(), id.to_string()],
    )?;
    Ok(deleted > 0)
}

/// See [`store::Pairings::enrol`]. A key that was enrolled with this token before is answered
/// first: the token may be used up by exactly that.
pub(crate) fn enrol(conn: &Connection, token: Sha256, new: &NewAgent) -> CoreResult<Enrolled> {
    let used = key_use(conn, new.key_hash)?;
    if let Some(used) = &used
        && used.token == Some(token)
        && let Some(id) = used.agent
    {
        let agent = agents::read(conn, id)?.filter(|agent| agent.removed.is_none());
        return Ok(agent.map_or(Enrolled::KeyTaken, Enrolled::Agent));
    }
    let found: Option<Enrolment> = document::one(
        conn,
        "enrolment",
        "SELECT body FROM enrolment WHERE token_hash = ?1",
        params![token.to_string()],
    )?;
    let valid = found.filter(|e| e.used < e.uses && new.now < e.expires_at);
    let Some(mut enrolment) = valid else {
        return Ok(Enrolled::Refused);
    };
    if used.is_some() {
        return Ok(Enrolled::KeyTaken);
    }
    enrolment.used += 1;
    document::execute(
        conn,
        "UPDATE enrolment SET body = ?2 WHERE id = ?1",
        params![enrolment.id.to_string(), document::write(&enrolment)?],
    )?;
    let name = new.name.clone().or_else(|| enrolment.name.clone());
    let name = name.unwrap_or_else(|| Name::nearest(&new.host, "computer"));
    let agent = Agent {
        host: new.host.clone(),
        os: new.os.clone(),
        version: new.version.clone(),
        labels: joined(&enrolment.labels, &new.labels),
        ..new_agent(
            new.id,
            enrolment.user_id,
            new.key_hash,
            free_name(conn, enrolment.user_id, &name)?,
            new.now,
        )
    };
    agents::insert(conn, &agent)?;
    document::execute(
        conn,
        "INSERT INTO agent_key (hash, agent_id, enrolment_token) VALUES (?1, ?2, ?3)",
        params![
            new.key_hash.to_string(),
            agent.id.to_string(),
            token.to_string()
        ],
    )?;
    Ok(Enrolled::Agent(agent))
}

fn update(conn: &Connection, pairing: &Pairing) -> CoreResult<()> {
    document::execute(
        conn,
        "UPDATE pairing SET pending = ?2, body = ?3 WHERE id = ?1",
        params![
            pairing.id.to_string(),
            pairing.state == PairingState::Pending,
            document::write(pairing)?
        ],
    )?;
    Ok(())
}

/// How many pairings of that user id wait: from the same address, and in all.
fn pending_count(conn: &Connection, pairing: &Pairing, now: Timestamp) -> CoreResult<(u32, u32)> {
    let mut statement = conn.prepare_cached(
        "SELECT coalesce(sum(address = ?3), 0), count(*) FROM pairing
         WHERE user_id = ?1 AND pending = 1 AND expires_at > ?2",
    )?;
    let user = pairing.user_id.to_string();
    let counts = statement.query_row(params![user, now.as_millis(), pairing.address], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    Ok(counts)
}

/// What a key was used for.
struct KeyUse {
    pairing: Option<PairingId>,
    agent: Option<AgentId>,
    token: Option<Sha256>,
}

fn key_use(conn: &Connection, key: Sha256) -> CoreResult<Option<KeyUse>> {
    let found: Option<[Option<String>; 3]> = conn
        .prepare_cached(
            "SELECT pairing_id, agent_id, enrolment_token FROM agent_key WHERE hash = ?1",
        )?
        .query_row(params![key.to_string()], |row| {
            Ok([row.get(0)?, row.get(1)?, row.get(2)?])
        })
        .optional()?;
    Ok(found.map(|[pairing, agent, token]| KeyUse {
        pairing: pairing.and_then(|id| id.parse().ok()),
        agent: agent.and_then(|id| id.parse().ok()),
        token: token.and_then(|token| token.parse().ok()),
    }))
}

/// The first free of name, name-2, name-3 …
fn free_name(conn: &Connection, user: UserId, name: &Name) -> CoreResult<Name> {
    let mut free = name.clone();
    let mut n = 1;
    while agents::name_taken(conn, user, &free.folded(), None)? {
        n += 1;
        free = name.numbered(n);
    }
    Ok(free)
}

fn new_agent(id: AgentId, user: UserId, key: Sha256, name: Name, now: Timestamp) -> Agent {
    Agent {
        id,
        user_id: user,
        name,
        key_hash: key,
        host: String::new(),
        os: String::new(),
        version: String::new(),
        labels: Vec::new(),
        program_slots: 1,
        page_slots: None,
        paused: false,
        created_at: now,
        connections: 0,
        joined: None,
        last_seen_at: None,
        left: false,
        checks: Vec::new(),
        checked_at: None,
        removed: None,
        rev: 1,
    }
}

fn joined(one: &[Label], other: &[Label]) -> Vec<Label> {
    let mut labels = one.to_vec();
    for label in other {
        if !labels.contains(label) {
            labels.push(label.clone());
        }
    }
    labels
}
