//! Accounts, sessions, one-time links, API tokens.

use model::{ObjectId, SessionId, Sha256, Timestamp, TokenId, UserId};
use rusqlite::{Connection, OptionalExtension, Params, params};
use store::people::{
    Invite, InviteTaken, Link, LinkOpens, LinkTaken, NewSession, Session, SetUp, Token, User,
    UserCreated, UserPatch, UserRow,
};

use super::{CoreResult, document};

/// See [`store::People::any_user`].
pub(crate) fn any_user(conn: &Connection) -> CoreResult<bool> {
    Ok(document::text(conn, "SELECT id FROM user LIMIT 1", [])?.is_some())
}

/// See [`store::People::set_up`]. The same call again is known by the user's id.
pub(crate) fn set_up(
    conn: &Connection,
    token: Sha256,
    user: &User,
    now: Timestamp,
) -> CoreResult<SetUp> {
    let found = read_link(conn, token)?.filter(|found| found.link.opens == LinkOpens::Setup);
    let used_by = found.as_ref().and_then(|found| found.used_by.clone());
    if used_by == Some(user.id.to_string())
        && let Some(stored) = self::user(conn, user.id)?
    {
        return Ok(SetUp::Done(stored));
    }
    if used_by.is_some() {
        return Ok(SetUp::LinkUsed);
    }
    if any_user(conn)? {
        return Ok(SetUp::AccountExists);
    }
    let Some(found) = found else {
        return Ok(SetUp::LinkUnknown);
    };
    if found.replaced || now >= found.link.expires_at {
        return Ok(SetUp::LinkExpired);
    }
    use_link(conn, token, &user.id.to_string())?;
    Ok(SetUp::Done(insert_user(conn, user)?))
}

/// See [`store::People::create_user`].
pub(crate) fn create_user(conn: &Connection, user: &User) -> CoreResult<UserCreated> {
    if let Some(stored) = self::user(conn, user.id)? {
        return Ok(UserCreated::Created(stored));
    }
    if let Some(other) = user_by_email(conn, &user.email)? {
        return Ok(UserCreated::EmailTaken(other));
    }
    Ok(UserCreated::Created(insert_user(conn, user)?))
}

/// See [`store::People::user`].
pub(crate) fn user(conn: &Connection, id: UserId) -> CoreResult<Option<User>> {
    document::one(
        conn,
        "user",
        "SELECT body FROM user WHERE id = ?1",
        params![id.to_string()],
    )
}

/// See [`store::People::user_by_email`].
pub(crate) fn user_by_email(conn: &Connection, email: &str) -> CoreResult<Option<User>> {
    document::one(
        conn,
        "user",
        "SELECT body FROM user WHERE email = ?1",
        params![folded(email)],
    )
}

/// See [`store::People::patch_user`].
pub(crate) fn patch_user(
    conn: &Connection,
    id: UserId,
    patch: &UserPatch,
) -> CoreResult<Option<User>> {
    let Some(mut user) = self::user(conn, id)? else {
        return Ok(None);
    };
    if let Some(name) = &patch.name {
        user.name.clone_from(name);
    }
    if let Some(password) = &patch.password {
        user.password.clone_from(password);
    }
    if let Some(settings) = &patch.settings {
        user.settings.clone_from(settings);
    }
    if let Some(role) = patch.role {
        user.role = role;
    }
    if let Some(disabled) = patch.disabled {
        user.disabled = disabled;
    }
    document::execute(
        conn,
        "UPDATE user SET body = ?2 WHERE id = ?1",
        params![id.to_string(), document::write(&user)?],
    )?;
    Ok(Some(user))
}

/// See [`store::People::users`].
pub(crate) fn users(conn: &Connection) -> CoreResult<Vec<UserRow>> {
    let mut statement = conn.prepare_cached(
        "SELECT body,
            (SELECT max(last_used_at) FROM session WHERE user_id = user.id),
            (SELECT count(*) FROM agent WHERE user_id = user.id AND removed_at IS NULL),
            (SELECT count(*) FROM job WHERE user_id = user.id)
         FROM user ORDER BY id",
    )?;
    let rows = statement.query_map([], |row| {
        let (body, seen): (String, Option<i64>) = (row.get(0)?, row.get(1)?);
        let (agents, jobs): (i64, i64) = (row.get(2)?, row.get(3)?);
        Ok((body, seen, agents, jobs))
    })?;
    rows.map(|row| {
        let (body, seen, agents, jobs) = row?;
        Ok(UserRow {
            user: document::parse("user", &body)?,
            last_seen_at: seen.map(Timestamp::from_millis),
            agents: document::count(agents),
            jobs: document::count(jobs),
        })
    })
    .collect()
}

/// See [`store::People::create_invite`].
pub(crate) fn create_invite(conn: &Connection, invite: &Invite) -> CoreResult<()> {
    document::execute(
        conn,
        "INSERT INTO invite (id, token_hash, created_at, body) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (id) DO NOTHING",
        params![
            invite.id.to_string(),
            invite.token_hash.to_string(),
            invite.created_at.as_millis(),
            document::write(invite)?
        ],
    )?;
    Ok(())
}

/// See [`store::People::invites`].
pub(crate) fn invites(conn: &Connection) -> CoreResult<Vec<Invite>> {
    document::many(
        conn,
        "invite",
        "SELECT body FROM invite WHERE used_by IS NULL ORDER BY created_at DESC, id DESC",
        [],
    )
}

/// See [`store::People::delete_invite`].
pub(crate) fn delete_invite(conn: &Connection, id: ObjectId) -> CoreResult<bool> {
    let deleted = document::execute(
        conn,
        "DELETE FROM invite WHERE id = ?1 AND used_by IS NULL",
        params![id.to_string()],
    )?;
    Ok(deleted > 0)
}

/// See [`store::People::accept_invite`]. The same call again is known by the user's id.
pub(crate) fn accept_invite(
    conn: &Connection,
    token: Sha256,
    user: &User,
    now: Timestamp,
) -> CoreResult<InviteTaken> {
    let found: Option<(String, Option<String>)> = conn
        .prepare_cached("SELECT body, used_by FROM invite WHERE token_hash = ?1")?
        .query_row(params![token.to_string()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((body, used_by)) = found else {
        return Ok(InviteTaken::Unknown);
    };
    if let Some(by) = used_by {
        let same = by == user.id.to_string();
        let stored = if same {
            self::user(conn, user.id)?
        } else {
            None
        };
        return Ok(stored.map_or(InviteTaken::Used, InviteTaken::Done));
    }
    let invite: Invite = document::parse("invite", &body)?;
    if now >= invite.expires_at {
        return Ok(InviteTaken::Expired);
    }
    if user_by_email(conn, &user.email)?.is_some() {
        return Ok(InviteTaken::EmailTaken);
    }
    document::execute(
        conn,
        "UPDATE invite SET used_by = ?2 WHERE token_hash = ?1",
        params![token.to_string(), user.id.to_string()],
    )?;
    let user = User {
        role: invite.role,
        ..user.clone()
    };
    Ok(InviteTaken::Done(insert_user(conn, &user)?))
}

/// See [`store::People::put_link`].
pub(crate) fn put_link(conn: &Connection, link: &Link) -> CoreResult<()> {
    let opens = match link.opens {
        LinkOpens::Setup => "setup",
        LinkOpens::SignIn { .. } => "signIn",
    };
    let token = link.token_hash.to_string();
    if link.opens == LinkOpens::Setup {
        document::execute(
            conn,
            "UPDATE link SET replaced = 1
             WHERE opens = 'setup' AND used_by IS NULL AND token_hash <> ?1",
            params![token],
        )?;
    }
    document::execute(
        conn,
        "INSERT INTO link (token_hash, opens, body) VALUES (?1, ?2, ?3)
         ON CONFLICT (token_hash) DO NOTHING",
        params![token, opens, document::write(link)?],
    )?;
    Ok(())
}

/// See [`store::People::take_sign_in_link`]. The same call again is known by the session's id,
/// which stands where set-up links name their account.
pub(crate) fn take_sign_in_link(
    conn: &Connection,
    token: Sha256,
    session: &NewSession,
    now: Timestamp,
) -> CoreResult<LinkTaken> {
    let Some(found) = read_link(conn, token)? else {
        return Ok(LinkTaken::Unknown);
    };
    let LinkOpens::SignIn { user } = found.link.opens else {
        return Ok(LinkTaken::Unknown);
    };
    let session_id = session.id.to_string();
    let opened = found.used_by.as_ref() == Some(&session_id);
    if found.used_by.is_some() && !opened {
        return Ok(LinkTaken::Used);
    }
    if now >= found.link.expires_at && !opened {
        return Ok(LinkTaken::Expired);
    }
    let Some(user) = self::user(conn, user)? else {
        return Ok(LinkTaken::Unknown);
    };
    if user.disabled {
        return Ok(LinkTaken::Disabled);
    }
    if !opened {
        use_link(conn, token, &session_id)?;
        create_session(conn, &session.clone().of(user.id, true, now))?;
    }
    Ok(LinkTaken::User(user))
}

/// See [`store::People::create_session`].
pub(crate) fn create_session(conn: &Connection, session: &Session) -> CoreResult<()> {
    document::execute(
        conn,
        "INSERT INTO session (id, user_id, token_hash, last_used_at, body)
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO NOTHING",
        params![
            session.id.to_string(),
            session.user_id.to_string(),
            session.token_hash.to_string(),
            session.last_used_at.as_millis(),
            document::write(session)?
        ],
    )?;
    Ok(())
}

/// See [`store::People::session`].
pub(crate) fn session(conn: &Connection, token: Sha256) -> CoreResult<Option<Session>> {
    let found = read_sessions(
        conn,
        "SELECT body, last_used_at FROM session WHERE token_hash = ?1",
        params![token.to_string()],
    )?;
    Ok(found.into_iter().next())
}

/// See [`store::People::touch_session`].
pub(crate) fn touch_session(conn: &Connection, id: SessionId, now: Timestamp) -> CoreResult<()> {
    document::execute(
        conn,
        "UPDATE session SET last_used_at = max(last_used_at, ?2) WHERE id = ?1",
        params![id.to_string(), now.as_millis()],
    )?;
    Ok(())
}

/// See [`store::People::sessions`].
pub(crate) fn sessions(conn: &Connection, user: UserId) -> CoreResult<Vec<Session>> {
    read_sessions(
        conn,
        "SELECT body, last_used_at FROM session WHERE user_id = ?1
         ORDER BY last_used_at DESC, id DESC",
        params![user.to_string()],
    )
}

/// See [`store::People::delete_session`].
pub(crate) fn delete_session(conn: &Connection, user: UserId, id: SessionId) -> CoreResult<bool> {
    let deleted = document::execute(
        conn,
        "DELETE FROM session WHERE user_id = ?1 AND id = ?2",
        params![user.to_string(), id.to_string()],
    )?;
    Ok(deleted > 0)
}

/// See [`store::People::delete_other_sessions`].
pub(crate) fn delete_other_sessions(
    conn: &Connection,
    user: UserId,
    but: Option<SessionId>,
) -> CoreResult<Vec<SessionId>> {
    let deleted = document::texts(
        conn,
        "DELETE FROM session WHERE user_id = ?1 AND id IS NOT ?2 RETURNING id",
        params![user.to_string(), but.map(|id| id.to_string())],
    )?;
    deleted
        .iter()
        .map(|id| {
            id.parse()
                .map_err(|error| document::damaged("session", id, error))
        })
        .collect()
}

/// See [`store::People::create_token`].
pub(crate) fn create_token(conn: &Connection, token: &Token) -> CoreResult<()> {
    document::execute(
        conn,
        "INSERT INTO token (id, user_id, token_hash, created_at, last_used_at, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO NOTHING",
        params![
            token.id.to_string(),
            token.user_id.to_string(),
            token.token_hash.to_string(),
            token.created_at.as_millis(),
            token.last_used_at.map(Timestamp::as_millis),
            document::write(token)?
        ],
    )?;
    Ok(())
}

/// See [`store::People::token`].
pub(crate) fn token(conn: &Connection, hash: Sha256) -> CoreResult<Option<Token>> {
    let found = read_tokens(
        conn,
        "SELECT body, last_used_at FROM token WHERE token_hash = ?1",
        params![hash.to_string()],
    )?;
    Ok(found.into_iter().next())
}

/// See [`store::People::touch_token`].
pub(crate) fn touch_token(conn: &Connection, id: TokenId, now: Timestamp) -> CoreResult<()> {
    document::execute(
        conn,
        "UPDATE token SET last_used_at = max(coalesce(last_used_at, ?2), ?2) WHERE id = ?1",
        params![id.to_string(), now.as_millis()],
    )?;
    Ok(())
}

/// See [`store::People::tokens`].
pub(crate) fn tokens(conn: &Connection, user: UserId) -> CoreResult<Vec<Token>> {
    read_tokens(
        conn,
        "SELECT body, last_used_at FROM token WHERE user_id = ?1
         ORDER BY created_at DESC, id DESC",
        params![user.to_string()],
    )
}

/// See [`store::People::delete_token`].
pub(crate) fn delete_token(conn: &Connection, user: UserId, id: TokenId) -> CoreResult<bool> {
    let deleted = document::execute(
        conn,
        "DELETE FROM token WHERE user_id = ?1 AND id = ?2",
        params![user.to_string(), id.to_string()],
    )?;
    Ok(deleted > 0)
}

/// A link as it lies there.
struct StoredLink {
    link: Link,
    used_by: Option<String>,
    replaced: bool,
}

fn read_link(conn: &Connection, token: Sha256) -> CoreResult<Option<StoredLink>> {
    let found: Option<(String, Option<String>, bool)> = conn
        .prepare_cached("SELECT body, used_by, replaced FROM link WHERE token_hash = ?1")?
        .query_row(params![token.to_string()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    found
        .map(|(body, used_by, replaced)| {
            Ok(StoredLink {
                link: document::parse("link", &body)?,
                used_by,
                replaced,
            })
        })
        .transpose()
}

fn use_link(conn: &Connection, token: Sha256, by: &str) -> CoreResult<()> {
    document::execute(
        conn,
        "UPDATE link SET used_by = ?2 WHERE token_hash = ?1",
        params![token.to_string(), by],
    )?;
    Ok(())
}

fn insert_user(conn: &Connection, user: &User) -> CoreResult<User> {
    let user = User {
        email: folded(&user.email),
        ..user.clone()
    };
    document::execute(
        conn,
        "INSERT INTO user (id, email, body) VALUES (?1, ?2, ?3)",
        params![user.id.to_string(), user.email, document::write(&user)?],
    )?;
    Ok(user)
}

/// The times of the last use lie beside the documents, which are written once.
fn read_sessions(conn: &Connection, sql: &str, params: impl Params) -> CoreResult<Vec<Session>> {
    with_last_use(conn, sql, params)?
        .into_iter()
        .map(|(body, used)| {
            let session: Session = document::parse("session", &body)?;
            Ok(Session {
                last_used_at: used.unwrap_or(session.last_used_at),
                ..session
            })
        })
        .collect()
}

fn read_tokens(conn: &Connection, sql: &str, params: impl Params) -> CoreResult<Vec<Token>> {
    with_last_use(conn, sql, params)?
        .into_iter()
        .map(|(body, used)| {
            let token: Token = document::parse("token", &body)?;
            Ok(Token {
                last_used_at: used,
                ..token
            })
        })
        .collect()
}

fn with_last_use(
    conn: &Connection,
    sql: &str,
    params: impl Params,
) -> CoreResult<Vec<(String, Option<Timestamp>)>> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params, |row| {
        let used: Option<i64> = row.get(1)?;
        Ok((row.get(0)?, used.map(Timestamp::from_millis)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn folded(email: &str) -> String {
    email.trim().to_lowercase()
}
