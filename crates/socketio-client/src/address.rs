//! Where the server is: from the URL that a person typed to the WebSocket address.
//!
//! The builder parses once, so that a bad address is an error before anything
//! runs; behind it nobody looks at the URL again. The path of the URL is a
//! prefix (a reverse proxy's folder), never a namespace.

use tokio_tungstenite::tungstenite::http::Uri;

/// Why a URL cannot be the address of a Socket.IO server.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AddressError {
    /// It is no absolute URL at all.
    #[error("`{0}` is not a URL like `https://example.org`")]
    NotAUrl(String),
    /// The scheme is none of the four that can carry a WebSocket.
    #[error("the scheme `{0}` is none of `http`, `https`, `ws`, `wss`")]
    Scheme(String),
    /// A password in the URL would end in logs.
    #[error("the URL carries a user name or a password; use `auth` or a header")]
    Credentials,
    /// What follows the host is no port.
    #[error("`{0}` is not a port")]
    Port(String),
}

/// A parsed address. `uri` is what the WebSocket handshake asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) tls: bool,
    /// Without the brackets of an IPv6 address.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) uri: Uri,
}

impl Address {
    /// Puts `url` (with an optional prefix and query) and Socket.IO's own `path` together.
    pub(crate) fn parse(url: &str, path: &str) -> Result<Self, AddressError> {
        let not_a_url = || AddressError::NotAUrl(url.to_owned());
        let given: Uri = url.trim().parse().map_err(|_| not_a_url())?;
        let tls = match given.scheme_str() {
            Some("http" | "ws") => false,
            Some("https" | "wss") => true,
            Some(other) => return Err(AddressError::Scheme(other.to_owned())),
            None => return Err(not_a_url()),
        };
        let authority = given.authority().ok_or_else(not_a_url)?.as_str();
        if authority.contains('@') {
            return Err(AddressError::Credentials);
        }
        let bracketed = given
            .host()
            .filter(|host| !host.is_empty())
            .ok_or_else(not_a_url)?;
        let port = match authority.strip_prefix(bracketed).unwrap_or_default() {
            "" if tls => 443,
            "" => 80,
            typed => {
                let digits = typed.trim_start_matches(':');
                digits
                    .parse()
                    .map_err(|_| AddressError::Port(digits.to_owned()))?
            }
        };
        let host = bracketed
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();

        let scheme = if tls { "wss" } else { "ws" };
        let prefix = given.path().trim_end_matches('/');
        let own = path.trim_matches('/');
        let own = if own.is_empty() {
            String::new()
        } else {
            format!("/{own}")
        };
        let query = given
            .query()
            .map(|query| format!("&{query}"))
            .unwrap_or_default();
        let whole =
            format!("{scheme}://{authority}{prefix}{own}/?EIO=4&transport=websocket{query}");
        let uri = whole.parse().map_err(|_| not_a_url())?;
        Ok(Self {
            tls,
            host,
            port,
            uri,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn uri(url: &str) -> String {
        Address::parse(url, "/socket.io/").unwrap().uri.to_string()
    }

    #[test]
    fn the_four_schemes_become_two() {
        let tail = "/socket.io/?EIO=4&transport=websocket";
        assert_eq!(uri("http://example.org"), format!("ws://example.org{tail}"));
        assert_eq!(uri("ws://example.org/"), format!("ws://example.org{tail}"));
        assert_eq!(
            uri("https://example.org"),
            format!("wss://example.org{tail}")
        );
        assert_eq!(
            uri("wss://example.org:8443"),
            format!("wss://example.org:8443{tail}")
        );
    }

    #[test]
    fn the_path_is_a_prefix_and_the_query_is_kept() {
        assert_eq!(
            uri("https://example.org/robots/?tenant=4"),
            "wss://example.org/robots/socket.io/?EIO=4&transport=websocket&tenant=4"
        );
    }

    #[test]
    fn the_own_path_can_be_another() {
        let address = Address::parse("http://a/b", "live").unwrap();
        assert_eq!(address.uri.path(), "/b/live/");
        assert_eq!(
            Address::parse("http://a/b/", "/").unwrap().uri.path(),
            "/b/"
        );
    }

    #[test]
    fn ports_follow_the_scheme_and_brackets_are_taken_off() {
        let plain = Address::parse("http://[::1]", "socket.io").unwrap();
        assert_eq!(
            (plain.host.as_str(), plain.port, plain.tls),
            ("::1", 80, false)
        );
        let secure = Address::parse("wss://[::1]:9", "socket.io").unwrap();
        assert_eq!(
            (secure.host.as_str(), secure.port, secure.tls),
            ("::1", 9, true)
        );
        assert_eq!(Address::parse("https://a", "socket.io").unwrap().port, 443);
    }

    #[test]
    fn what_cannot_be_an_address_says_why() {
        let error = |url| Address::parse(url, "/socket.io/").unwrap_err();
        assert!(matches!(error("example.org"), AddressError::NotAUrl(_)));
        assert!(matches!(error(""), AddressError::NotAUrl(_)));
        assert_eq!(
            error("ftp://example.org"),
            AddressError::Scheme("ftp".to_owned())
        );
        assert_eq!(
            error("http://anna:pw@example.org"),
            AddressError::Credentials
        );
        assert!(matches!(
            error("http://example.org:99999"),
            AddressError::Port(_)
        ));
    }

    proptest! {
        #[test]
        fn no_url_panics(url in any::<String>(), path in any::<String>()) {
            let _ = Address::parse(&url, &path);
            let _ = Address::parse(&format!("http://{url}"), &path);
        }
    }
}
