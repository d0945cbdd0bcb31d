//! The address of the server, as a person enters it.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An address that reaches a server: `http` or `https`, a host, perhaps a port and a path prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServerUrl(Url);

/// An address that was refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum BadServerUrl {
    /// It is no address.
    #[error("`{0}` is no address; it looks like https://arkwright.example.org")]
    NoUrl(String),
    /// It has more than a server's address.
    #[error("`{0}` has more than a server's address; leave out what follows the host and port")]
    TooMuch(String),
    /// It would send the agent's key through the network in the clear.
    #[error(
        "`{0}` is not encrypted: everybody on the way could read the key of this computer and what \
         its robots work on. Use https://, or say `--insecure-http` once if the way is safe"
    )]
    Insecure(String),
}

impl ServerUrl {
    /// Reads what a person entered; a bare host means `https`, a bare loopback address `http`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, BadServerUrl> {
        let text = text.trim().trim_end_matches('/');
        let no_url = || BadServerUrl::NoUrl(text.to_owned());
        let complete = if text.contains("://") {
            text.to_owned()
        } else {
            let guess = Url::parse(&format!("http://{text}")).map_err(|_| no_url())?;
            if is_loopback(&guess) {
                format!("http://{text}")
            } else {
                format!("https://{text}")
            }
        };
        let url = Url::parse(&complete).map_err(|_| no_url())?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(no_url());
        }
        let extra = url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some();
        if extra {
            return Err(BadServerUrl::TooMuch(text.to_owned()));
        }
        Ok(Self(url))
    }

    /// Refuses unencrypted ways through a network, unless somebody said that this one is safe.
    ///
    /// # Errors
    /// `Insecure`.
    pub fn must_be_safe(&self, insecure_http: bool) -> Result<(), BadServerUrl> {
        if self.0.scheme() == "https" || is_loopback(&self.0) || insecure_http {
            return Ok(());
        }
        Err(BadServerUrl::Insecure(self.to_string()))
    }

    /// The address of something on the server. `path` begins with a slash.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        format!("{self}{path}")
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl TryFrom<String> for ServerUrl {
    type Error = BadServerUrl;
    fn try_from(text: String) -> Result<Self, BadServerUrl> {
        Self::parse(&text)
    }
}

impl From<ServerUrl> for String {
    fn from(url: ServerUrl) -> String {
        url.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_host_is_completed() {
        let read = |text: &str| ServerUrl::parse(text).map(|url| url.to_string());
        assert_eq!(
            read("rpa.example.org/").as_deref(),
            Ok("https://rpa.example.org")
        );
        assert_eq!(
            read("localhost:7777").as_deref(),
            Ok("http://localhost:7777")
        );
        assert_eq!(
            read("127.0.0.1:7777").as_deref(),
            Ok("http://127.0.0.1:7777")
        );
        assert_eq!(
            read("https://example.org/rpa/").as_deref(),
            Ok("https://example.org/rpa")
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "ftp://example.org", "two words"] {
            assert!(
                matches!(ServerUrl::parse(text), Err(BadServerUrl::NoUrl(_))),
                "{text}"
            );
        }
        for text in [
            "https://example.org/#x",
            "https://a:b@example.org",
            "https://e.org?x=1",
        ] {
            assert!(
                matches!(ServerUrl::parse(text), Err(BadServerUrl::TooMuch(_))),
                "{text}"
            );
        }
    }

    #[test]
    fn only_loopback_may_be_unencrypted() {
        let safe = |text: &str| ServerUrl::parse(text).unwrap().must_be_safe(false).is_ok();
        assert!(safe("http://[::1]:7777") && safe("https://example.org"));
        assert!(!safe("http://10.0.0.7:7777"));
        assert!(
            ServerUrl::parse("http://10.0.0.7")
                .unwrap()
                .must_be_safe(true)
                .is_ok()
        );
    }
}
