//! `/api/docs`: the API's document to look at, without a foreign host.

use axum::http::{HeaderName, header};
use axum::response::IntoResponse;

const PAGE: &str = include_str!("docs.html");
const SCRIPT: &str = include_str!("docs.js");
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; \
    connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

type Fields = [(HeaderName, &'static str); 3];

fn fields(media_type: &'static str) -> Fields {
    [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ]
}

pub(super) async fn page() -> impl IntoResponse {
    (fields("text/html; charset=utf-8"), PAGE)
}

pub(super) async fn script() -> impl IntoResponse {
    (fields("text/javascript; charset=utf-8"), SCRIPT)
}
