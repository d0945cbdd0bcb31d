//! `/invites`: links with which a person makes an account of their own.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use dispatch::until_known;
use model::{ObjectId, Role};
use sessions::Refused;
use store::people::{Invite, InviteTaken};
use wire::rest::{AcceptInvite, CreateInvite};
use wire::shapes::{self, List};
use wire::{ErrorBody, ErrorCode};

use super::setup::NewAccount;
use super::shown::{me_shape, with_cookie};
use crate::app::App;
use crate::http::audit::Called;
use crate::http::body::Json;
use crate::http::caller::{Admin, Remote};
use crate::http::failure::Answer;
use crate::http::query::id;
use crate::identity::{sign_in, token};

/// How long an invite lives.
const LIFE: Duration = Duration::from_secs(7 * 24 * 3600);

pub(in crate::http) async fn list(
    State(app): State<Arc<App>>,
    Admin(_): Admin,
) -> Answer<axum::Json<List<shapes::Invite>>> {
    let now = app.now();
    let found = app.store().invites().await?;
    let good = found.iter().filter(|invite| now < invite.expires_at);
    let shapes = good.map(|invite| shape(invite, None));
    Ok(axum::Json(List::whole(shapes.collect())))
}

pub(in crate::http) async fn create(
    State(app): State<Arc<App>>,
    Admin(admin): Admin,
    Json(ask): Json<CreateInvite>,
) -> Answer<Response> {
    if ask.role == Role::Owner {
        return Err(Refused::invalid("role", "it must be admin or user").into());
    }
    let now = app.now();
    let (text, token_hash) = token::fresh(&*app.ids);
    let invite = Invite {
        id: app.ids.object_id(now),
        token_hash,
        role: ask.role,
        by: admin.id(),
        by_name: admin.user.name.to_string(),
        created_at: now,
        expires_at: now.plus(LIFE),
    };
    until_known(|| app.store().create_invite(invite.clone())).await?;
    let location = [(header::LOCATION, format!("/api/v1/invites/{}", invite.id))];
    let body = axum::Json(shape(&invite, Some(text)));
    Ok((StatusCode::CREATED, location, called(invite.role), body).into_response())
}

pub(in crate::http) async fn delete(
    State(app): State<Arc<App>>,
    Admin(_): Admin,
    Path(invite): Path<String>,
) -> Answer<(StatusCode, Extension<Called>)> {
    let invite: ObjectId = id(&invite, "invite")?;
    let gone = || Refused::not_found("there is no such invite");
    // Looked for first: a try whose answer was lost may have deleted it.
    let found = app.store().invites().await?;
    let found = found.into_iter().find(|found| found.id == invite);
    let found = found.ok_or_else(gone)?;
    let deleted = until_known(|| app.store().delete_invite(invite)).await?;
    if deleted.is_gone() {
        Ok((StatusCode::NO_CONTENT, called(found.role)))
    } else {
        Err(gone().into())
    }
}

pub(in crate::http) async fn accept(
    State(app): State<Arc<App>>,
    Remote(browser): Remote,
    Json(ask): Json<AcceptInvite>,
) -> Answer<Response> {
    let refused = |message: &str| Refused::new(ErrorCode::Unauthenticated, message);
    let account = NewAccount::read(&ask.name, &ask.email, &ask.password)?;
    let token = token::digest(ask.invite.as_str());
    let token = token.ok_or_else(|| refused("this invite is not valid"))?;
    let now = app.now();
    // The store gives it the role of the invite.
    let user = account.with(&app, Role::User, now).await?;
    let taken = until_known(|| app.store().accept_invite(token, user.clone(), now)).await?;
    match taken.answer {
        InviteTaken::Done(user) => {
            let cookie = sign_in::open_session(&app, &user, false, browser, now).await?;
            let answer = (StatusCode::CREATED, axum::Json(me_shape(&user)));
            let cookie = sign_in::cookie(&app, &cookie);
            Ok(with_cookie(answer.into_response(), &cookie))
        }
        InviteTaken::EmailTaken => {
            Err(Refused::invalid("email", "there is an account with this address").into())
        }
        InviteTaken::Used => {
            let body = ErrorBody::new(ErrorCode::Conflict, "this invite was already used");
            Err(Refused::from(body.hint("sign in")).into())
        }
        InviteTaken::Expired => Err(refused("this invite has expired").into()),
        InviteTaken::Unknown => Err(refused("this invite is not valid").into()),
    }
}

/// An invite has no name: it is told by what its account may do.
fn called(role: Role) -> Extension<Called> {
    let role = match role {
        Role::Owner => "owner",
        Role::Admin => "admin",
        Role::User => "user",
    };
    Extension(Called(role.to_owned()))
}

fn shape(invite: &Invite, text: Option<String>) -> shapes::Invite {
    shapes::Invite {
        id: invite.id,
        role: invite.role,
        by_name: invite.by_name.clone(),
        created_at: invite.created_at,
        expires_at: invite.expires_at,
        token: text.map(Into::into),
    }
}
