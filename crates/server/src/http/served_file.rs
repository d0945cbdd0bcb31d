//! Files as they are sent: whole or in ranges.

use std::ops::Range;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::Sha256;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sessions::Refused;

use super::failure::{Answer, storage};
use crate::files::Files;

/// What may stand unescaped in a file name in a header.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');

/// The file of that digest and size, or the range that the request asks for.
pub(super) async fn send(
    files: &Files,
    sha256: Sha256,
    size_bytes: u64,
    headers: &HeaderMap,
) -> Answer<Response> {
    let tag = format!("\"{sha256}\"");
    let asked = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok());
    let if_range = headers.get(header::IF_RANGE);
    let asked = asked.filter(|_| if_range.is_none_or(|value| value == tag.as_str()));
    let range = match asked.map(|text| range(text, size_bytes)) {
        Some(Asked::Range(range)) => Some(range),
        Some(Asked::Outside) => {
            let outside = [(header::CONTENT_RANGE, format!("bytes */{size_bytes}"))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, outside).into_response());
        }
        Some(Asked::Nothing) | None => None,
    };
    let found = files.open(sha256, range.clone()).await;
    let found = found.map_err(|error| storage(&error))?;
    let gone = || Refused::internal(format!("file `{sha256}` is not there"));
    let found = found.ok_or_else(gone)?;
    let length = found.range.end - found.range.start;
    let mut response = Body::from_stream(found.bytes).into_response();
    let fields = response.headers_mut();
    fields.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    fields.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        fields.insert(header::ETAG, tag);
    }
    if range.is_some() {
        let Range { start, end } = found.range;
        let text = format!("bytes {start}-{}/{size_bytes}", end.saturating_sub(1));
        if let Ok(value) = HeaderValue::from_str(&text) {
            fields.insert(header::CONTENT_RANGE, value);
        }
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// `Content-Disposition` for a file of that name.
pub(super) fn disposition(kind: &str, name: &str) -> HeaderValue {
    let name = utf8_percent_encode(name, PLAIN);
    HeaderValue::from_str(&format!("{kind}; filename*=UTF-8''{name}"))
        .expect("an escaped name is plain ASCII")
}

enum Asked {
    Range(Range<u64>),
    Outside,
    /// Several ranges, another unit, or nonsense: the whole file is an allowed answer.
    Nothing,
}

fn range(text: &str, size: u64) -> Asked {
    let Some(one) = text.strip_prefix("bytes=").filter(|one| !one.contains(',')) else {
        return Asked::Nothing;
    };
    let Some((first, last)) = one.trim().split_once('-') else {
        return Asked::Nothing;
    };
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Ok(first), Err(_)) if last.is_empty() => first..size,
        (Err(_), Ok(count)) if first.is_empty() => size.saturating_sub(count)..size,
        _ => return Asked::Nothing,
    };
    if range.start >= size || range.is_empty() {
        return Asked::Outside;
    }
    Asked::Range(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_browsers_write_them() {
        for (text, expected) in [
            ("bytes=0-0", Some(0..1)),
            ("bytes=2-", Some(2..10)),
            ("bytes=-3", Some(7..10)),
            ("bytes=8-99", Some(8..10)),
        ] {
            let Asked::Range(range) = range(text, 10) else {
                panic!("{text}");
            };
            assert_eq!(Some(range), expected, "{text}");
        }
        assert!(matches!(range("bytes=10-", 10), Asked::Outside));
        assert!(matches!(range("bytes=-0", 10), Asked::Outside));
        for text in ["bytes=0-1,3-4", "lines=1-2", "bytes=5-2", "bytes=x"] {
            assert!(matches!(range(text, 10), Asked::Nothing), "{text}");
        }
    }

    #[test]
    fn a_name_cannot_break_out_of_its_header() {
        let value = disposition("attachment", "a\"b\r\n; ü.html");
        let text = value.to_str().unwrap();
        assert_eq!(
            text,
            "attachment; filename*=UTF-8''a%22b%0D%0A%3B%20%C3%BC.html"
        );
    }
}
