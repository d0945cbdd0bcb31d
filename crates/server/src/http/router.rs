//! All addresses, and what each request passes before it reaches one.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, delete, get, patch, post, put};
use sessions::Refused;
use socketioxide::layer::SocketIoLayer;
use wire::ErrorCode;

use super::failure::Failure;
use super::{
    agents, assets, audit, docs, health, jobs, openapi, origin, people, reference, robots,
};
use crate::app::App;
use crate::socket::has_cookie;

/// Where REST begins.
const REST: &str = "/api/v1";

/// All routes of `app`, behind the Socket.IO door `sockets`.
pub fn router(app: Arc<App>, sockets: SocketIoLayer) -> Router {
    Router::new()
        .nest(REST, rest(&app))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/api/docs", get(docs::page))
        .route("/api/docs.js", get(docs::script))
        .route("/api", any(no_such_address))
        .route("/api/{*rest}", any(no_such_address))
        .fallback(get(assets::serve))
        .method_not_allowed_fallback(no_such_address)
        .layer(sockets)
        .layer(from_fn_with_state(Arc::clone(&app), check_origin))
        .layer(from_fn_with_state(Arc::clone(&app), refuse_while_draining))
        .layer(from_fn_with_state(Arc::clone(&app), reference::give))
        .with_state(app)
}

fn rest(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route("/openapi.json", get(openapi::document))
        .route("/setup", post(people::setup::set_up))
        .route(
            "/session",
            post(people::session::sign_in).delete(people::session::sign_out),
        )
        .route("/me", get(people::me::show).patch(people::me::change))
        .route("/sessions", get(people::sessions::list))
        .route("/sessions/{id}", delete(people::sessions::end))
        .route(
            "/tokens",
            get(people::tokens::list).post(people::tokens::create),
        )
        .route("/tokens/{id}", delete(people::tokens::delete))
        .route("/audit", get(audit::list))
        .route("/users", get(people::users::list))
        .route("/users/{user}", patch(people::users::change))
        .route(
            "/invites",
            get(people::invites::list).post(people::invites::create),
        )
        .route("/invites/accept", post(people::invites::accept))
        .route("/invites/{id}", delete(people::invites::delete))
        .route(
            "/users/{user}/robots",
            get(robots::list::list).post(robots::create::create),
        )
        .route("/robots/check", post(robots::check::check))
        .route(
            "/robots/{id}",
            get(robots::show::show)
                .patch(robots::change::change)
                .delete(robots::delete::delete),
        )
        .route("/robots/{id}/versions", get(robots::versions::list))
        .route(
            "/robots/{id}/source",
            get(robots::source::show).put(robots::source::save_version),
        )
        .route("/robots/{id}/play-form", get(robots::play_form::show))
        .route("/jobs", get(jobs::list::list).post(jobs::play::play))
        .route("/jobs/{id}", get(jobs::show::show))
        .route("/jobs/{id}/cancel", post(jobs::cancel::cancel))
        .route("/jobs/{id}/retry", post(jobs::retry::retry))
        .route("/jobs/{id}/events", get(jobs::events::list))
        .route("/jobs/{id}/events.jsonl", get(jobs::log::events))
        .route("/jobs/{id}/log.txt", get(jobs::log::text))
        .route("/jobs/{id}/steps", get(jobs::steps::tree))
        .route("/jobs/{id}/search", get(jobs::search::search))
        .route("/jobs/{id}/attempts", get(jobs::attempts::list))
        .route("/jobs/{id}/artifacts", get(jobs::artifacts::list))
        .route("/artifacts/{id}", get(jobs::artifacts::show))
        .route(
            "/attempts/{job}/{attempt}/artifacts/{name}",
            put(jobs::upload::upload),
        )
        .route(
            "/attempts/{job}/{attempt}/package",
            get(jobs::package::fetch),
        )
        .route(
            "/agents",
            get(agents::list::list).post(agents::enrol::enrol),
        )
        .route(
            "/agents/{id}",
            patch(agents::change::change).delete(agents::revoke::revoke),
        )
        .route("/agents/{id}/check", post(agents::check::check))
        .route(
            "/pairings",
            get(agents::pairings::list).post(agents::pairings::ask),
        )
        .route("/pairings/deny", post(agents::pairings::deny_from))
        .route("/pairings/{id}", get(agents::pairings::poll))
        .route("/pairings/{id}/approve", post(agents::pairings::approve))
        .route("/pairings/{id}/deny", post(agents::pairings::deny))
        .route(
            "/enrolments",
            get(agents::enrolments::list).post(agents::enrolments::create),
        )
        .route("/enrolments/{id}", delete(agents::enrolments::delete))
        .route_layer(from_fn_with_state(Arc::clone(app), audit::note))
        .fallback(no_such_address)
        .layer(from_fn(never_cached))
}

async fn no_such_address() -> Failure {
    Refused::not_found("there is no such address, or not with this method").into()
}

/// Answers of REST are of this moment, and never something else than they say.
async fn never_cached(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let fields = response.headers_mut();
    fields
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    fields.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

/// Requests with our cookie come from our own page, or not at all.
async fn check_origin(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let guarded = path.starts_with("/api/") || path.starts_with("/socket.io");
    let makes_a_session = matches!(
        path,
        "/api/v1/setup" | "/api/v1/session" | "/api/v1/invites/accept"
    ) && request.method() == axum::http::Method::POST;
    let ours = app.origin.as_deref();
    let headers = request.headers();
    let allowed = if makes_a_session {
        origin::allows_sign_in(headers, ours)
    } else {
        !guarded
            || !has_cookie(headers, &app.cookie)
            || origin::allows(request.method(), headers, ours)
    };
    if allowed {
        return next.run(request).await;
    }
    let message = "this request does not come from our own page";
    Failure::from(Refused::new(ErrorCode::Forbidden, message)).into_response()
}

async fn refuse_while_draining(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let is_rest = request.uri().path().starts_with("/api/");
    if !(is_rest && app.is_draining()) {
        return next.run(request).await;
    }
    let mut refused = Refused::new(ErrorCode::TryAgain, "the server is about to restart");
    refused.body.retry_after_ms = Some(2_000);
    Failure::from(refused).into_response()
}
