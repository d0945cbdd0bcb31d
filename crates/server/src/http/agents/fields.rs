//! Fields that several handlers of computers read.

use model::{Label, Name, Sha256};
use sessions::Refused;

use crate::identity::token;

/// The longest text of a computer about itself that is kept.
pub(in crate::http) const LONGEST_TEXT: usize = 200;
/// The most labels of one thing.
pub(in crate::http) const MOST_LABELS: usize = 50;

/// A text of a computer about itself, cut to what is kept.
pub(in crate::http) fn cut(text: &str) -> String {
    text.chars().take(LONGEST_TEXT).collect()
}

pub(in crate::http) fn key_hash(text: &str) -> Result<Sha256, Refused> {
    let wrong = || Refused::invalid("keyHash", "it must be base64url of 32 bytes");
    token::parse_digest(text).ok_or_else(wrong)
}

pub(in crate::http) fn name(text: Option<&str>) -> Result<Option<Name>, Refused> {
    let name = text.map(Name::parse).transpose();
    name.map_err(|error| Refused::invalid("name", error.to_string()))
}

/// Labels, each once.
pub(in crate::http) fn labels(texts: &[String]) -> Result<Vec<Label>, Refused> {
    let mut labels = Vec::new();
    for (i, text) in texts.iter().enumerate() {
        let wrong = |error: model::names::NameError| {
            Refused::invalid(format!("labels[{i}]"), error.to_string())
        };
        let label = Label::parse(text).map_err(wrong)?;
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    if labels.len() > MOST_LABELS {
        return Err(Refused::invalid(
            "labels",
            format!("at most {MOST_LABELS} labels"),
        ));
    }
    Ok(labels)
}
