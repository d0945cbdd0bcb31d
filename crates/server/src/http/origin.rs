//! Requests that carry our cookie come from our own page, or not at all.
//!
//! Browsers send cookies along with requests that other sites make, and WebSockets know no
//! same-origin rule. So a request with the session cookie is checked here, in one HTTP layer
//! before REST and Socket.IO: a foreign `Origin` is refused, and what changes something, Socket.IO
//! POSTs and WebSocket upgrades must have ours. A plain GET may lack it: browsers send none on
//! same-origin GETs.

use axum::http::{HeaderMap, Method, header};

/// Whether the request may carry the session cookie. `ours` is the public origin; without it, the
/// origin whose host and port equal the request's `Host` is ours.
#[must_use]
pub fn allows(method: &Method, headers: &HeaderMap, ours: Option<&str>) -> bool {
    match origin(headers) {
        Origin::Absent => is_plain_read(method, headers),
        Origin::Of(origin) => is_ours(&origin, headers, ours),
        Origin::Opaque => false,
    }
}

/// Whether the request comes from nowhere or from our own page: for doors that make a session.
#[must_use]
pub fn allows_sign_in(headers: &HeaderMap, ours: Option<&str>) -> bool {
    match origin(headers) {
        Origin::Absent => true,
        Origin::Of(origin) => is_ours(&origin, headers, ours),
        Origin::Opaque => false,
    }
}

enum Origin {
    Absent,
    Opaque,
    Of(String),
}

fn origin(headers: &HeaderMap) -> Origin {
    match headers.get(header::ORIGIN).map(|value| value.to_str()) {
        None => Origin::Absent,
        Some(Ok(text)) if text != "null" => Origin::Of(text.trim_end_matches('/').to_lowercase()),
        Some(_) => Origin::Opaque,
    }
}

fn is_plain_read(method: &Method, headers: &HeaderMap) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
        && !headers.contains_key(header::UPGRADE)
}

fn is_ours(origin: &str, headers: &HeaderMap, ours: Option<&str>) -> bool {
    if let Some(ours) = ours {
        return origin == ours;
    }
    let host = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok());
    let of_origin = origin.split_once("://").map(|(_, authority)| authority);
    host.is_some_and(|host| of_origin == Some(host.to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&str, &str)]) -> HeaderMap {
        let pairs = fields.iter().map(|(name, value)| {
            let name: header::HeaderName = name.parse().unwrap();
            (name, value.parse().unwrap())
        });
        pairs.collect()
    }

    #[test]
    fn our_own_page_may_do_everything() {
        let ours = headers(&[
            ("host", "localhost:7777"),
            ("origin", "http://localhost:7777"),
        ]);
        assert!(allows(&Method::POST, &ours, None));
        assert!(allows_sign_in(&ours, None));
    }

    #[test]
    fn a_foreign_page_may_do_nothing() {
        let foreign = headers(&[
            ("host", "localhost:7777"),
            ("origin", "https://evil.example"),
        ]);
        for method in [Method::GET, Method::POST] {
            assert!(!allows(&method, &foreign, None));
        }
        assert!(!allows_sign_in(&foreign, None));
        let opaque = headers(&[("host", "localhost:7777"), ("origin", "null")]);
        assert!(!allows(&Method::GET, &opaque, None));
    }

    #[test]
    fn without_an_origin_only_reading_is_allowed() {
        let plain = headers(&[("host", "localhost:7777")]);
        assert!(allows(&Method::GET, &plain, None));
        assert!(!allows(&Method::POST, &plain, None));
        let upgrade = headers(&[("host", "localhost:7777"), ("upgrade", "websocket")]);
        assert!(!allows(&Method::GET, &upgrade, None));
        assert!(allows_sign_in(&plain, None));
    }

    #[test]
    fn behind_a_proxy_the_public_address_counts() {
        let proxied = headers(&[
            ("host", "10.0.0.7:7777"),
            ("origin", "https://rpa.example.org"),
        ]);
        assert!(allows(
            &Method::POST,
            &proxied,
            Some("https://rpa.example.org")
        ));
        assert!(!allows(
            &Method::POST,
            &proxied,
            Some("https://other.example.org")
        ));
        assert!(!allows(&Method::POST, &proxied, None));
    }
}
