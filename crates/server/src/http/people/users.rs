//! `GET /users`, `PATCH /users/{userId}`: accounts, for admins. They see numbers, never what the robots of others do.

use std::sync::Arc;

use axum::extract::{Path, State};
use dispatch::{Goodbye, Hints, Who, until_known};
use model::{Role, UserId};
use sessions::Refused;
use store::agents::Running;
use store::people::{UserPatch, UserRow};
use wire::ErrorCode;
use wire::rest::PatchUser;
use wire::shapes::{List, User};

use crate::app::App;
use crate::http::body::Json;
use crate::http::caller::Admin;
use crate::http::failure::Answer;
use crate::http::query::{Query, id};
use crate::identity::sign_in;

pub(in crate::http) async fn list(
    State(app): State<Arc<App>>,
    Admin(_): Admin,
) -> Answer<axum::Json<List<User>>> {
    let rows = app.store().users().await?;
    Ok(axum::Json(List::whole(rows.iter().map(shape).collect())))
}

/// Changes a role, disables an account or lets it in again. Who is disabled is signed out at once,
/// and their computers are removed: what runs there is stopped, or finishes without us.
pub(in crate::http) async fn change(
    State(app): State<Arc<App>>,
    Admin(admin): Admin,
    Path(user): Path<String>,
    query: Query,
    Json(ask): Json<PatchUser>,
) -> Answer<axum::Json<User>> {
    let running = query.running()?;
    if ask.role == Some(Role::Owner) {
        return Err(Refused::invalid("role", "it must be admin or user").into());
    }
    let user: UserId = id(&user, "account")?;
    let gone = || Refused::not_found("there is no such account");
    let found = app.store().user(user).await?.ok_or_else(gone)?;
    let conflict = |message: &str| Refused::new(ErrorCode::Conflict, message);
    if found.role == Role::Owner {
        return Err(conflict("the owner of this server keeps role and account").into());
    }
    if user == admin.id() {
        return Err(conflict("nobody changes their own role or disables themselves").into());
    }
    let patch = UserPatch {
        role: ask.role,
        disabled: ask.disabled,
        ..UserPatch::default()
    };
    until_known(|| app.store().patch_user(user, patch.clone())).await?;
    // Again for one that is disabled already: it may have been half-done.
    if ask.disabled == Some(true) {
        shut_out(&app, user, running).await?;
    }
    let rows = app.store().users().await?;
    let row = rows.iter().find(|row| row.user.id == user);
    Ok(axum::Json(shape(row.ok_or_else(gone)?)))
}

async fn shut_out(app: &App, user: UserId, running: Running) -> Result<(), Refused> {
    let store = app.store();
    sign_in::end_sessions(app, user, None).await?;
    for token in store.tokens(user).await? {
        app.hub.close(Who::Token(token.id), Goodbye::SignedOut);
    }
    for enrolment in store.enrolments(user).await? {
        until_known(|| store.delete_enrolment(user, enrolment.id)).await?;
    }
    for agent in store.agents(user).await? {
        let now = app.now();
        app.dispatch.revoke(user, agent.id, running, now).await?;
    }
    Ok(())
}

fn shape(row: &UserRow) -> User {
    User {
        user_id: row.user.id,
        name: row.user.name.to_string(),
        email: row.user.email.clone(),
        role: row.user.role,
        disabled: row.user.disabled,
        last_seen_at: row.last_seen_at,
        computers: Some(row.agents),
        jobs: Some(row.jobs),
    }
}
