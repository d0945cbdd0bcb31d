//! Sessions: how long they live, their cookie, and how one is opened.

use std::collections::BTreeSet;
use std::time::Duration;

use dispatch::{Goodbye, Hints, Who, until_known};
use model::{SessionId, Timestamp, UserId};
use store::people::{NewSession, User};

use crate::app::App;
use crate::identity::token;

/// How long a session lives after its last use.
pub const SESSION_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);
/// The use of a session or token is noted again after this time: not each request is a write.
pub const NOTE_USE_AFTER: Duration = Duration::from_secs(600);
/// The longest description of a browser that is kept.
const LONGEST_USER_AGENT: usize = 300;

/// Where a session is opened from.
#[derive(Debug, Clone)]
pub struct Browser {
    /// The address.
    pub address: String,
    /// What the browser calls itself.
    pub user_agent: String,
}

/// Opens a session of `user`; answers the value of its cookie.
///
/// # Errors
/// The store's.
pub async fn open_session(
    app: &App,
    user: &User,
    by_link: bool,
    browser: Browser,
    now: Timestamp,
) -> store::StoreResult<String> {
    let (session, text) = new_session(app, browser, now);
    let session = session.of(user.id, by_link, now);
    until_known(|| app.store().create_session(session.clone())).await?;
    Ok(text)
}

/// A session to be opened, and the value of its cookie.
#[must_use]
pub fn new_session(app: &App, browser: Browser, now: Timestamp) -> (NewSession, String) {
    let (text, token_hash) = token::fresh(&*app.ids);
    let user_agent = browser.user_agent.chars().take(LONGEST_USER_AGENT);
    let session = NewSession {
        id: SessionId(app.ids.object_id(now)),
        token_hash,
        address: browser.address,
        user_agent: user_agent.collect(),
    };
    (session, text)
}

/// Ends all sessions of `user` but one, and closes their sockets.
///
/// # Errors
/// The store's.
pub async fn end_sessions(
    app: &App,
    user: UserId,
    but: Option<SessionId>,
) -> store::StoreResult<()> {
    // A try whose answer was lost does not name what it ended.
    let before = app.store().sessions(user).await?;
    let before = before.into_iter().map(|session| session.id);
    let ended = until_known(|| app.store().delete_other_sessions(user, but)).await?;
    let all: BTreeSet<SessionId> = before.chain(ended.answer).collect();
    for session in all.into_iter().filter(|session| Some(*session) != but) {
        app.hub.close(Who::Session(session), Goodbye::SignedOut);
    }
    Ok(())
}

/// The `Set-Cookie` field of a session.
#[must_use]
pub fn cookie(app: &App, value: &str) -> String {
    field(app, value, SESSION_LIFE.as_secs())
}

/// The `Set-Cookie` field that removes the session's cookie.
#[must_use]
pub fn no_cookie(app: &App) -> String {
    field(app, "", 0)
}

fn field(app: &App, value: &str, max_age: u64) -> String {
    let is_https = |origin: &String| origin.starts_with("https://");
    let secure = if app.origin.as_ref().is_some_and(is_https) {
        "; Secure"
    } else {
        ""
    };
    let name = &app.cookie;
    format!("{name}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}")
}
