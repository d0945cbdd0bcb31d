//! `GET /agents`

use std::sync::Arc;

use axum::extract::State;
use sessions::view;
use wire::shapes::{Agent, List};

use crate::app::App;
use crate::http::caller::Reader;
use crate::http::failure::Answer;

pub(in crate::http) async fn list(
    State(app): State<Arc<App>>,
    Reader(person): Reader,
) -> Answer<axum::Json<List<Agent>>> {
    let agents = view::agents_shape(&app.dispatch, person.id(), app.now()).await?;
    Ok(axum::Json(List::whole(agents)))
}
