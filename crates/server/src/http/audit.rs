//! Who changed what: one layer around REST notes each change that a person asked for, right after it was done, and admins
//! read it. A row is a second write: a server that dies between the two has changed something that no row tells. Refusals
//! are not noted, and neither is what agents report; `play` and `cancel` over a socket are noted by its own door.

use std::sync::{Arc, OnceLock};

use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use dispatch::until_known;
use model::{Actor, ActorKind, ObjectId, Timestamp, UserId};
use serde::Deserialize;
use sessions::Refused;
use store::audit::{AuditAsk, AuditEntry};
use wire::shapes::{self, List};

use super::caller::{Admin, Remote};
use super::failure::{Answer, Failure};
use super::query::{Query, cursor};
use crate::app::App;
use crate::socket::Person;

/// A job was played.
pub(crate) const PLAYED: &str = "job.played";
/// A computer came with an enrolment token.
const ENROLLED: &str = "computer.enrolled";
/// A job's end was asked for.
pub(crate) const CANCELLED: &str = "job.cancelled";

/// What each change is called. Doors that are not here change nothing of a person's.
const ACTIONS: &[(&str, &str, &str)] = &[
    ("POST", "/setup", "account.made"),
    ("POST", "/session", "session.opened"),
    ("DELETE", "/session", "session.closed"),
    ("PATCH", "/me", "account.changed"),
    ("DELETE", "/sessions/{id}", "session.ended"),
    ("POST", "/tokens", "token.made"),
    ("DELETE", "/tokens/{id}", "token.revoked"),
    ("PATCH", "/users/{user}", "user.changed"),
    ("POST", "/invites", "invite.made"),
    ("POST", "/invites/accept", "account.made"),
    ("DELETE", "/invites/{id}", "invite.revoked"),
    ("POST", "/users/{user}/robots", "robot.made"),
    ("PATCH", "/robots/{id}", "robot.changed"),
    ("DELETE", "/robots/{id}", "robot.deleted"),
    ("PUT", "/robots/{id}/source", "robot.saved"),
    ("POST", "/jobs", PLAYED),
    ("POST", "/jobs/{id}/cancel", CANCELLED),
    ("POST", "/jobs/{id}/retry", PLAYED),
    ("POST", "/agents", ENROLLED),
    ("POST", "/agents/{id}/check", "computer.checked"),
    ("PATCH", "/agents/{id}", "computer.changed"),
    ("DELETE", "/agents/{id}", "computer.revoked"),
    ("POST", "/pairings/deny", "pairing.denied"),
    ("POST", "/pairings/{id}/approve", "pairing.approved"),
    ("POST", "/pairings/{id}/deny", "pairing.denied"),
    ("POST", "/enrolments", "enrolment.made"),
    ("DELETE", "/enrolments/{id}", "enrolment.revoked"),
];
/// Changing doors that are not noted, and why.
#[cfg(test)]
const NOT_NOTED: &[(&str, &str, &str)] = &[
    ("POST", "/robots/check", "it changes nothing"),
    ("POST", "/pairings", "a computer that asks changes nothing"),
    (
        "PUT",
        "/attempts/{job}/{attempt}/artifacts/{name}",
        "a computer reports",
    ),
];

/// The largest answer in which a name is looked for.
const MOST_BYTES: usize = 1 << 20;

/// Who a request turned out to come from, filled in by whoever finds out.
#[derive(Clone, Default)]
pub(crate) struct Asker(Arc<OnceLock<(UserId, Actor)>>);

impl Asker {
    /// Says who it is.
    pub(crate) fn is(&self, person: &Person) {
        // Asked for twice in one request it is the same person.
        let _known = self.0.set((person.id(), person.actor.clone()));
    }
}

/// What the thing that was changed is called, from a door whose answer does not say: an extension
/// of the response.
#[derive(Clone)]
pub(crate) struct Called(pub(crate) String);

/// Whose account it happened in, from a door that is open to everybody: an extension of the response.
#[derive(Clone)]
pub(crate) struct For(pub(crate) UserId, pub(crate) Actor);

/// What an answer tells of the thing that was changed.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Named {
    id: Option<String>,
    agent_id: Option<String>,
    user_id: Option<UserId>,
    email: Option<String>,
    name: Option<String>,
    robot_name: Option<String>,
    number: Option<u64>,
    host: Option<String>,
}

/// The layer.
pub(super) async fn note(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().cloned();
    let path = path.as_ref().map_or("", MatchedPath::as_str);
    let action = action_of(
        request.method(),
        path.strip_prefix("/api/v1").unwrap_or(path),
    );
    let Some(action) = action else {
        return next.run(request).await;
    };
    let asker = Asker::default();
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(asker.clone());
    let Remote(browser) = Remote::of(&parts);
    let in_path = id_in(parts.uri.path());
    let response = next.run(Request::from_parts(parts, body)).await;
    if !response.status().is_success() {
        return response;
    }
    let called = response.extensions().get::<Called>().cloned();
    let whose = response.extensions().get::<For>().cloned();
    let (response, named) = named(response).await;
    let known = asker.0.get().cloned();
    let known = known.or_else(|| whose.map(|For(user, by)| (user, by)));
    // Who makes an account or signs in was nobody before: the answer says who they are.
    let by = known.or_else(|| {
        let user = named.user_id?;
        let by = Actor {
            kind: ActorKind::User,
            id: user.to_string(),
            name: named.name.clone().unwrap_or_default(),
        };
        Some((user, by))
    });
    if let Some((user_id, by)) = by {
        let now = app.now();
        let target_name = match (called, &named.robot_name, named.number) {
            (Some(Called(name)), _, _) => Some(name),
            (None, Some(robot), Some(number)) => Some(format!("{robot}, {number}")),
            _ => named.name.or(named.host).or(named.email),
        };
        let target_id = named.id.or(named.agent_id).or(in_path);
        let entry = AuditEntry {
            id: row_of(&app, action, target_id.as_deref()),
            at: now,
            user_id,
            by,
            action: action.to_owned(),
            target_id,
            target_name,
            address: browser.address,
        };
        write(&app, entry).await;
    }
    response
}

/// Who asks over a socket.
pub(crate) struct Asked {
    /// Whose account.
    pub(crate) user: UserId,
    /// Who.
    pub(crate) by: Actor,
    /// Where.
    pub(crate) address: String,
}

/// The row of what was asked of a job over a socket. The door writes it once it has answered: a
/// person who plays does not wait for it.
pub(crate) fn job_row(app: &App, asked: &Asked, action: &str, job: &shapes::Job) -> AuditEntry {
    let id = job.id.to_string();
    AuditEntry {
        id: row_of(app, action, Some(&id)),
        at: app.now(),
        user_id: asked.user,
        by: asked.by.clone(),
        action: action.to_owned(),
        target_name: Some(format!("{}, {}", job.robot_name, job.number)),
        target_id: Some(id),
        address: asked.address.clone(),
    }
}

/// The id of a new row. A job is played once and a computer comes once, however often somebody
/// asks: their rows have their ids.
fn row_of(app: &App, action: &str, target: Option<&str>) -> ObjectId {
    let once = target.filter(|_| action == PLAYED || action == ENROLLED);
    let once = once.and_then(|target| target.parse().ok());
    once.unwrap_or_else(|| app.ids.object_id(app.now()))
}

/// Writes a row. The change itself stands: that its row could not be written is told where somebody looks after the server.
pub(crate) async fn write(app: &App, entry: AuditEntry) {
    let noted = until_known(|| app.store().note_change(entry.clone())).await;
    if let Err(error) = noted {
        tracing::error!(%error, "a change could not be noted in the audit");
    }
}

fn action_of(method: &Method, path: &str) -> Option<&'static str> {
    let found = ACTIONS
        .iter()
        .find(|(known, door, _)| method == known && path == *door);
    found.map(|(_, _, action)| *action)
}

/// The first id in a path.
fn id_in(path: &str) -> Option<String> {
    let mut parts = path.split('/');
    let found = parts.find(|part| part.parse::<ObjectId>().is_ok());
    found.map(str::to_owned)
}

/// The response as it was, and what its body names.
async fn named(response: Response) -> (Response, Named) {
    let is_json = response.headers().get(header::CONTENT_TYPE);
    let is_json = is_json.is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
    if !is_json {
        return (response, Named::default());
    }
    let (parts, body) = response.into_parts();
    match to_bytes(body, MOST_BYTES).await {
        Ok(bytes) => {
            let named = serde_json::from_slice(&bytes).unwrap_or_default();
            (Response::from_parts(parts, Body::from(bytes)), named)
        }
        Err(error) => {
            let error = Refused::internal(error.to_string());
            (Failure::from(error).into_response(), Named::default())
        }
    }
}

/// `GET /audit?userId&action&from&to&limit&cursor`
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Admin(_): Admin,
    query: Query,
) -> Answer<axum::Json<List<shapes::AuditEntry>>> {
    let limit = query.limit(50, 200)?;
    let after = query.cursor(|held| {
        let (at, id) = held.split_once(' ')?;
        Some((Timestamp::from_millis(at.parse().ok()?), id.parse().ok()?))
    })?;
    let ask = AuditAsk {
        user: query.value("userId", "an id")?,
        action: query.text("action").map(str::to_owned),
        from: query.time("from")?,
        to: query.time("to")?,
        after,
        // One more, to know whether there is another page.
        limit: limit + 1,
    };
    let mut found = app.store().audit_page(ask).await?;
    let whole = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > whole;
    found.truncate(whole);
    let last = found.last().filter(|_| more);
    let next_cursor = last.map(|entry| cursor(&format!("{} {}", entry.at.as_millis(), entry.id)));
    let items = found.into_iter().map(shape).collect();
    Ok(axum::Json(List { items, next_cursor }))
}

fn shape(entry: AuditEntry) -> shapes::AuditEntry {
    shapes::AuditEntry {
        id: entry.id,
        at: entry.at,
        user_id: entry.user_id,
        by: entry.by,
        action: entry.action,
        address: entry.address,
        target_id: entry.target_id,
        target_name: entry.target_name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::openapi::changing_doors;

    #[test]
    fn every_door_that_changes_something_is_noted_or_says_why_not() {
        let doors = changing_doors();
        for (method, path) in &doors {
            let noted = ACTIONS.iter().any(|(m, p, _)| m == method && p == path);
            let told = NOT_NOTED.iter().any(|(m, p, _)| m == method && p == path);
            assert!(noted != told, "{method} {path}");
        }
        assert!(doors.len() > 25, "{}", doors.len());
    }
}
