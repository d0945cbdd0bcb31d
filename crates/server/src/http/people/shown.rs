//! People, as all their handlers show them.

use axum::http::{HeaderValue, header};
use axum::response::Response;
use store::people::User;
use wire::shapes::Me;

pub(in crate::http) fn me_shape(user: &User) -> Me {
    Me {
        user_id: user.id,
        name: user.name.to_string(),
        email: user.email.clone(),
        role: user.role,
        settings: user.settings.clone(),
    }
}

/// The response with a `Set-Cookie` field.
pub(in crate::http) fn with_cookie(mut response: Response, cookie: &str) -> Response {
    let value = HeaderValue::from_str(cookie).expect("a cookie of ours is plain ASCII");
    response.headers_mut().append(header::SET_COOKIE, value);
    response
}
