//! `/enrolments`: tokens for computers without a person in front of them.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use dispatch::{EnrolmentRequest, until_known};
use sessions::{Refused, view};
use wire::rest::CreateEnrolment;
use wire::shapes::{Enrolment, List};

use super::fields::{labels, name};
use crate::app::App;
use crate::http::audit::Called;
use crate::http::body::JsonIfAny;
use crate::http::caller::SignedIn;
use crate::http::failure::Answer;
use crate::http::query::id;

/// How long a token lives if nothing else is asked for.
const USUAL_LIFE_MS: u64 = 3_600_000;

pub(in crate::http) async fn list(
    State(app): State<Arc<App>>,
    SignedIn(person): SignedIn,
) -> Answer<axum::Json<List<Enrolment>>> {
    let found = app.store().enrolments(person.id()).await?;
    let shapes = found.iter().map(view::enrolment).collect();
    Ok(axum::Json(List::whole(shapes)))
}

pub(in crate::http) async fn create(
    State(app): State<Arc<App>>,
    SignedIn(person): SignedIn,
    JsonIfAny(ask): JsonIfAny<CreateEnrolment>,
) -> Answer<Response> {
    let request = EnrolmentRequest {
        user: person.id(),
        name: name(ask.name.as_deref())?,
        labels: labels(ask.labels.as_deref().unwrap_or_default())?,
        uses: ask.uses.unwrap_or(1),
        life: Duration::from_millis(ask.expires_in_ms.unwrap_or(USUAL_LIFE_MS)),
    };
    let made = app.dispatch.create_enrolment(request, app.now()).await?;
    let mut shape = view::enrolment(&made.enrolment);
    shape.token = Some(made.token.into());
    let location = [(header::LOCATION, format!("/api/v1/enrolments/{}", shape.id))];
    Ok((StatusCode::CREATED, location, axum::Json(shape)).into_response())
}

pub(in crate::http) async fn delete(
    State(app): State<Arc<App>>,
    SignedIn(person): SignedIn,
    Path(enrolment): Path<String>,
) -> Answer<(StatusCode, Option<Extension<Called>>, ())> {
    let enrolment = id(&enrolment, "enrolment token")?;
    let gone = || Refused::not_found("there is no such enrolment token");
    // Looked for first: a try whose answer was lost may have deleted it.
    let found = app.store().enrolments(person.id()).await?;
    let found = found.into_iter().find(|found| found.id == enrolment);
    let found = found.ok_or_else(gone)?;
    let deleted = until_known(|| app.store().delete_enrolment(person.id(), enrolment)).await?;
    if deleted.is_gone() {
        let called = found.name.map(|name| Extension(Called(name.to_string())));
        Ok((StatusCode::NO_CONTENT, called, ()))
    } else {
        Err(gone().into())
    }
}
