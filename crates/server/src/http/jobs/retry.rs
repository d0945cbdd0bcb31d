//! `POST /jobs/{id}/retry`: the same again.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use dispatch::{RetryRefused, RetryRequest};
use sessions::Refused;
use wire::rest::Retry;

use super::found::{request_key, shape};
use super::play::answer;
use crate::app::App;
use crate::http::body::JsonIfAny;
use crate::http::caller::Player;
use crate::http::failure::Answer;
use crate::http::query::id;

pub(in crate::http) async fn retry(
    State(app): State<Arc<App>>,
    Player(person): Player,
    Path(job): Path<String>,
    headers: HeaderMap,
    JsonIfAny(ask): JsonIfAny<Retry>,
) -> Answer<Response> {
    let request = RetryRequest {
        user: person.id(),
        by: person.actor,
        request: request_key(&headers, None)?,
        job: id(&job, "job")?,
        secrets: ask.parameters,
    };
    let job = request.job;
    match app.dispatch.retry(request, app.now()).await {
        Ok(played) => answer(&app, &played).await,
        Err(refused @ RetryRefused::NotEnded(_)) => {
            let mut refused = Refused::from(refused);
            refused.body.job = Some(Box::new(shape(&app, job).await?));
            Err(refused.into())
        }
        Err(refused) => Err(refused.into()),
    }
}
