//! `/tokens`: API tokens.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use dispatch::{Goodbye, Hints, Who, until_known};
use model::{Name, TokenId};
use sessions::Refused;
use store::people::{Scope, Token};
use wire::rest::CreateToken;
use wire::shapes::{self, List};

use crate::app::App;
use crate::http::audit::Called;
use crate::http::body::Json;
use crate::http::caller::SignedIn;
use crate::http::failure::Answer;
use crate::http::query::id;
use crate::identity::token;

/// The most tokens of one user.
const MOST_TOKENS: usize = 100;

pub(in crate::http) async fn list(
    State(app): State<Arc<App>>,
    SignedIn(person): SignedIn,
) -> Answer<axum::Json<List<shapes::Token>>> {
    let found = app.store().tokens(person.id()).await?;
    let shapes = found.iter().map(|token| shape(token, None));
    Ok(axum::Json(List::whole(shapes.collect())))
}

pub(in crate::http) async fn create(
    State(app): State<Arc<App>>,
    SignedIn(person): SignedIn,
    Json(ask): Json<CreateToken>,
) -> Answer<Response> {
    let name = Name::parse(&ask.name);
    let name = name.map_err(|error| Refused::invalid("name", error.to_string()))?;
    if ask.scopes.is_empty() {
        return Err(Refused::invalid("scopes", "a token has at least one scope").into());
    }
    if ask.expires_in_ms == Some(0) {
        return Err(Refused::invalid("expiresInMs", "it must be at least 1").into());
    }
    if app.store().tokens(person.id()).await?.len() >= MOST_TOKENS {
        let message = format!("one account has at most {MOST_TOKENS} tokens");
        return Err(Refused::new(wire::ErrorCode::Conflict, message).into());
    }
    let now = app.now();
    let (text, token_hash) = token::fresh(&*app.ids);
    let scopes: BTreeSet<Scope> = ask.scopes.into_iter().map(kept).collect();
    let made = Token {
        id: TokenId(app.ids.object_id(now)),
        user_id: person.id(),
        name,
        scopes: scopes.into_iter().collect(),
        token_hash,
        created_at: now,
        expires_at: ask
            .expires_in_ms
            .map(|ms| now.plus(Duration::from_millis(ms))),
        last_used_at: None,
    };
    until_known(|| app.store().create_token(made.clone())).await?;
    let location = [(header::LOCATION, format!("/api/v1/tokens/{}", made.id))];
    let body = axum::Json(shape(&made, Some(text)));
    Ok((StatusCode::CREATED, location, body).into_response())
}

pub(in crate::http) async fn delete(
    State(app): State<Arc<App>>,
    SignedIn(person): SignedIn,
    Path(token): Path<String>,
) -> Answer<(StatusCode, Extension<Called>)> {
    let token = id(&token, "token")?;
    let gone = || Refused::not_found("there is no such token");
    // Looked for first: a try whose answer was lost may have deleted it.
    let found = app.store().tokens(person.id()).await?;
    let found = found.into_iter().find(|found| found.id == token);
    let found = found.ok_or_else(gone)?;
    let deleted = until_known(|| app.store().delete_token(person.id(), token)).await?;
    if !deleted.is_gone() {
        return Err(gone().into());
    }
    app.hub.close(Who::Token(token), Goodbye::SignedOut);
    let called = Called(found.name.to_string());
    Ok((StatusCode::NO_CONTENT, Extension(called)))
}

fn shape(token: &Token, text: Option<String>) -> shapes::Token {
    shapes::Token {
        id: token.id,
        name: token.name.to_string(),
        scopes: token.scopes.iter().copied().map(shown).collect(),
        created_at: token.created_at,
        expires_at: token.expires_at,
        last_used_at: token.last_used_at,
        token: text.map(Into::into),
    }
}

fn kept(scope: shapes::Scope) -> Scope {
    match scope {
        shapes::Scope::Play => Scope::Play,
        shapes::Scope::Read => Scope::Read,
        shapes::Scope::Edit => Scope::Edit,
        shapes::Scope::Metrics => Scope::Metrics,
    }
}

fn shown(scope: Scope) -> shapes::Scope {
    match scope {
        Scope::Play => shapes::Scope::Play,
        Scope::Read => shapes::Scope::Read,
        Scope::Edit => shapes::Scope::Edit,
        Scope::Metrics => shapes::Scope::Metrics,
    }
}
