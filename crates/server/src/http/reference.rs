//! The reference of each request: in its log, in its errors, and on panics.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::FutureExt;
use sessions::Refused;
use tracing::Instrument;

use super::failure::Failure;
use crate::app::App;

/// Gives the request a reference, and writes it into whatever goes wrong.
pub(super) async fn give(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let reference = app.reference();
    let span = tracing::info_span!("request", reference, method = %request.method(),
        path = request.uri().path());
    let run = AssertUnwindSafe(next.run(request)).catch_unwind();
    async {
        let response = match run.await {
            Ok(mut response) => match response.extensions_mut().remove::<Failure>() {
                Some(failure) => failure.written(&reference),
                None => response,
            },
            Err(panic) => {
                let said = panic.downcast_ref::<String>().map(String::as_str);
                let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
                let cause = format!("a handler panicked: {}", said.unwrap_or("without words"));
                Failure::from(Refused::internal(cause)).written(&reference)
            }
        };
        tracing::debug!(status = response.status().as_u16(), "answered");
        response
    }
    .instrument(span)
    .await
}
