//! Bodies of requests.

use std::sync::Arc;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use futures_util::StreamExt;
use serde::de::{DeserializeOwned, IgnoredAny};
use sessions::Refused;
use wire::{ErrorBody, ErrorCode};

use super::failure::Failure;
use crate::app::App;

/// The largest JSON body: a source of 1 MiB, each character of it escaped.
const MOST_JSON_BYTES: usize = 8 * 1024 * 1024;
/// A body that is too large is read on up to here, so that its sender hears why.
const MOST_DISCARDED_BYTES: usize = 128 * 1024 * 1024;

/// A JSON body.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &Arc<App>) -> Result<Self, Failure> {
        if media_type(request.headers()) != "application/json" {
            return Err(wrong_media_type("application/json").into());
        }
        let bytes = whole(request.into_body(), MOST_JSON_BYTES).await?;
        read(&bytes).map(Self)
    }
}

/// A JSON body that may be absent: then it counts as `{}`.
pub(crate) struct JsonIfAny<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for JsonIfAny<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &Arc<App>) -> Result<Self, Failure> {
        let is_json = media_type(request.headers()) == "application/json";
        let bytes = whole(request.into_body(), MOST_JSON_BYTES).await?;
        if bytes.is_empty() {
            return read(b"{}").map(Self);
        }
        if !is_json {
            return Err(wrong_media_type("application/json").into());
        }
        read(&bytes).map(Self)
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    let malformed = || Refused::new(ErrorCode::Malformed, "the body is no JSON");
    let text = std::str::from_utf8(bytes).map_err(|_| malformed())?;
    if serde_json::from_str::<IgnoredAny>(text).is_err() {
        return Err(malformed().into());
    }
    Ok(wire::read(text).map_err(ErrorBody::invalid)?)
}

/// The media type without its parameters, in lower case.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE);
    let text = value.and_then(|value| value.to_str().ok()).unwrap_or("");
    let bare = text.split(';').next().unwrap_or_default();
    bare.trim().to_lowercase()
}

pub(crate) fn wrong_media_type(wanted: &str) -> Refused {
    let message = format!("the media type of the body must be {wanted}");
    Refused::new(ErrorCode::Malformed, message)
}

/// The whole body, of at most `most` bytes.
pub(crate) async fn whole(body: Body, most: usize) -> Result<Bytes, Refused> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| cut())?;
        if bytes.len() + chunk.len() > most {
            drop(bytes);
            discard(&mut stream).await;
            return Err(too_large(most));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.into())
}

/// Reads the rest of a refused body: a client that is cut off while it sends does not hear why.
pub(crate) async fn discard(stream: &mut BodyDataStream) {
    let mut discarded = 0;
    while let Some(Ok(chunk)) = stream.next().await {
        discarded += chunk.len();
        if discarded > MOST_DISCARDED_BYTES {
            break;
        }
    }
}

pub(crate) fn cut() -> Refused {
    Refused::new(ErrorCode::Malformed, "the body ended before it was whole")
}

pub(crate) fn too_large(most: impl std::fmt::Display) -> Refused {
    Refused::new(
        ErrorCode::TooLarge,
        format!("at most {most} bytes are taken here"),
    )
}
