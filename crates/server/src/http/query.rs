//! What stands behind the question mark, and cursors.

use std::collections::HashMap;
use std::convert::Infallible;
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::Timestamp;
use sessions::Refused;
use store::agents::Running;

use crate::app::App;

/// The parameters of a request's address. Of several with one name the last counts.
pub(crate) struct Query(HashMap<String, String>);

impl FromRequestParts<Arc<App>> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Infallible> {
        let pairs = parts.uri.query().unwrap_or_default().split('&');
        let pairs = pairs.filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (plain(name), plain(value))
        });
        Ok(Self(pairs.collect()))
    }
}

fn plain(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced)
        .decode_utf8_lossy()
        .into_owned()
}

impl Query {
    /// The text of that name, unless it is absent or empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let text = self.0.get(name).map(String::as_str);
        text.filter(|text| !text.is_empty())
    }

    /// Whether it is there, with or without a value.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The value of that name.
    ///
    /// # Errors
    /// It is no `T`.
    pub(crate) fn value<T: FromStr>(&self, name: &str, what: &str) -> Result<Option<T>, Refused> {
        let parse = |text: &str| {
            let parsed = text.parse();
            parsed.map_err(|_| Refused::invalid(name, format!("it must be {what}")))
        };
        self.text(name).map(parse).transpose()
    }

    /// The time of that name.
    ///
    /// # Errors
    /// It is none.
    pub(crate) fn time(&self, name: &str) -> Result<Option<Timestamp>, Refused> {
        let wrong = || Refused::invalid(name, "it must be a time as in RFC 3339");
        let parse = |text| Timestamp::parse(text).ok_or_else(wrong);
        self.text(name).map(parse).transpose()
    }

    /// What becomes of what runs on a computer that is removed; unless it is said, it is stopped.
    ///
    /// # Errors
    /// It is neither.
    pub(crate) fn running(&self) -> Result<Running, Refused> {
        match self.text("running") {
            None | Some("stop") => Ok(Running::Stop),
            Some("finish") => Ok(Running::Finish),
            Some(_) => Err(Refused::invalid("running", "it must be stop or finish")),
        }
    }

    /// How many are to be listed.
    ///
    /// # Errors
    /// Out of range.
    pub(crate) fn limit(&self, usual: u32, most: u32) -> Result<u32, Refused> {
        let what = format!("a number from 1 to {most}");
        let limit = self.value("limit", &what)?.unwrap_or(usual);
        if (1..=most).contains(&limit) {
            Ok(limit)
        } else {
            Err(Refused::invalid("limit", format!("it must be {what}")))
        }
    }

    /// What a cursor of ours holds.
    ///
    /// # Errors
    /// It is none of ours.
    pub(crate) fn cursor<T>(&self, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Refused> {
        let Some(text) = self.text("cursor") else {
            return Ok(None);
        };
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let held = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let held = held.and_then(|held| read(&held));
        let made_up = || Refused::invalid("cursor", "it is not one that this server gave");
        held.map(Some).ok_or_else(made_up)
    }
}

/// A cursor that holds `text`.
pub(crate) fn cursor(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// The id in a path; one that is no id names nothing.
pub(crate) fn id<T: FromStr>(text: &str, what: &str) -> Result<T, Refused> {
    let gone = |_| Refused::not_found(format!("there is no such {what}"));
    text.parse().map_err(gone)
}
