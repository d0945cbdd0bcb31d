//! `POST /jobs/{id}/cancel`

use std::sync::Arc;

use axum::extract::{Path, State};
use dispatch::CancelRefused;
use sessions::Refused;
use wire::rest::CancelJob;
use wire::shapes::Job;

use super::found::shape;
use crate::app::App;
use crate::http::body::Json;
use crate::http::caller::Player;
use crate::http::failure::Answer;
use crate::http::query::id;

pub(in crate::http) async fn cancel(
    State(app): State<Arc<App>>,
    Player(person): Player,
    Path(job): Path<String>,
    Json(ask): Json<CancelJob>,
) -> Answer<axum::Json<Job>> {
    let job = id(&job, "job")?;
    let user = person.id();
    let asked = app
        .dispatch
        .cancel(user, person.actor, job, ask.mode, app.now())
        .await;
    match asked {
        Ok(_) => Ok(axum::Json(shape(&app, job).await?)),
        Err(ended @ CancelRefused::HasEnded(_)) => {
            let mut refused = Refused::from(ended);
            refused.body.job = Some(Box::new(shape(&app, job).await?));
            Err(refused.into())
        }
        Err(refused) => Err(refused.into()),
    }
}
