//! `/api/v1/openapi.json`: what can be asked, for tools.

use axum::Json;

/// The document.
pub(super) async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(utoipa::openapi::OpenApiBuilder::new().build())
}
