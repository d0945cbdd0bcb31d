//! A request that was not carried out.
//!
//! The response carries the refusal beside it; [`super::reference`] writes the body, because only
//! it knows the request's reference.

use std::error::Error;
use std::io::{self, ErrorKind};

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sessions::Refused;
use wire::{ErrorBody, ErrorCode};

/// When to try again after the disk was full.
const DISK_FULL_MS: u64 = 10_000;

/// A refusal or failure on its way to the client.
#[derive(Debug, Clone)]
pub(crate) struct Failure(pub(crate) Refused);

/// What a handler answers.
pub(crate) type Answer<T> = Result<T, Failure>;

impl<E: Into<Refused>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl Failure {
    /// The response with its body.
    pub(crate) fn written(self, reference: &str) -> Response {
        let body = self.0.into_body(reference);
        let status = StatusCode::from_u16(body.code.http_status())
            .expect("each code has a status of three digits");
        let retry_after = body.retry_after_ms.map(|ms| ms.div_ceil(1_000));
        let mut response = (status, axum::Json(&body)).into_response();
        let fields = response.headers_mut();
        if let Some(seconds) = retry_after {
            fields.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// A failure of the storage for files. For want of room it is nobody's mistake, and passes.
pub(crate) fn storage(error: &object_store::Error) -> Failure {
    let cause = format!("the storage for files: {error}");
    if !lacks_room(error) {
        return Refused::internal(cause).into();
    }
    let mut body = ErrorBody::new(ErrorCode::TryAgain, "the server's disk is full");
    body.retry_after_ms = Some(DISK_FULL_MS);
    let cause = Some(cause);
    Refused { body, cause }.into()
}

/// Whether the disk has no room, as the operating system says somewhere among the causes.
fn lacks_room(error: &object_store::Error) -> bool {
    let mut cause: Option<&dyn Error> = Some(error);
    while let Some(error) = cause {
        let said = error.downcast_ref::<io::Error>().map(io::Error::kind);
        if matches!(
            said,
            Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
        ) {
            return true;
        }
        cause = error.source();
    }
    false
}
