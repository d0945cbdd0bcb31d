//! The page inside the binary.
//!
//! Files under `assets/` have their content's hash in their name and never change; everything
//! else that a browser asks for as a page is `index.html`, which the page's own router takes
//! apart. A missing asset is a 404, never the page: an old tab would read HTML as a script.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header};
use sha2::Digest;

/// The built page. Empty in a binary that was built without it.
#[derive(rust_embed::RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Page;

/// What is shown where the page would be, if the binary was built without it.
const WITHOUT_PAGE: &str = include_str!("without_page.html");

/// What the page may load and run: itself alone. `style-src` needs its exception for styles that
/// components set at run time; scripts have none.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; \
    frame-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; \
    form-action 'self'";

/// Whether the page was built into this binary.
#[must_use]
pub fn has_page() -> bool {
    Page::get("index.html").is_some()
}

/// The name of the embedded page's build: the browser compares it and says when it is outdated.
#[must_use]
pub fn build() -> String {
    let index = Page::get("index.html");
    index.map_or_else(|| "none".to_owned(), |file| short_digest(&file.data))
}

/// Answers a GET that no other door took.
pub async fn serve(uri: Uri, headers: HeaderMap) -> Response<Body> {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") || path.starts_with("socket.io") {
        return empty(StatusCode::NOT_FOUND);
    }
    match asset(path, &headers) {
        Some(found) => found,
        None if path.starts_with("assets/") || !wants_html(&headers) => {
            empty(StatusCode::NOT_FOUND)
        }
        None => index(&headers),
    }
}

fn wants_html(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accept.is_none_or(|accept| accept.contains("text/html") || accept.contains("*/*"))
}

fn asset(path: &str, headers: &HeaderMap) -> Option<Response<Body>> {
    if path.is_empty() || path == "index.html" || path.ends_with(".br") || path.ends_with(".gz") {
        return None;
    }
    let plain = Page::get(path)?;
    let (file, encoding) = encoded(path, headers).map_or((plain, None), |(f, e)| (f, Some(e)));
    let cache = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let media_type = mime_guess::from_path(path).first_or_octet_stream();
    let mut response = Response::new(Body::from(file.data));
    let fields = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(media_type.as_ref()) {
        fields.insert(header::CONTENT_TYPE, value);
    }
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    fields.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Some(encoding) = encoding {
        fields.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    guard(fields);
    Some(response)
}

/// The stored form of the file that the browser takes: nothing is compressed while it waits.
fn encoded(path: &str, headers: &HeaderMap) -> Option<(rust_embed::EmbeddedFile, &'static str)> {
    let accept = headers.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
    let takes = |name: &str| accept.split(',').any(|part| part.trim().starts_with(name));
    let stored = |suffix: &str| Page::get(&format!("{path}.{suffix}"));
    let brotli = takes("br")
        .then(|| stored("br"))
        .flatten()
        .map(|file| (file, "br"));
    brotli.or_else(|| {
        takes("gzip")
            .then(|| stored("gz"))
            .flatten()
            .map(|file| (file, "gzip"))
    })
}

fn index(headers: &HeaderMap) -> Response<Body> {
    let Some(file) = Page::get("index.html") else {
        let text = WITHOUT_PAGE.replace("{version}", env!("CARGO_PKG_VERSION"));
        let mut response = Response::new(Body::from(text));
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, html);
        guard(response.headers_mut());
        return response;
    };
    let tag = format!("\"{}\"", short_digest(&file.data));
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    let mut response = if known == Some(tag.as_str()) {
        empty(StatusCode::NOT_MODIFIED)
    } else {
        Response::new(Body::from(file.data))
    };
    let fields = response.headers_mut();
    fields.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        fields.insert(header::ETAG, tag);
    }
    guard(fields);
    response
}

fn guard(fields: &mut HeaderMap) {
    let policy = HeaderValue::from_static(CONTENT_SECURITY_POLICY);
    fields.insert(header::CONTENT_SECURITY_POLICY, policy);
    fields.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    fields.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn short_digest(bytes: &[u8]) -> String {
    let digest = model::Sha256(sha2::Sha256::digest(bytes).into());
    digest.to_string().chars().take(16).collect()
}
