//! Agents, and how a computer becomes one.

pub(super) mod change;
pub(super) mod check;
pub(super) mod enrol;
pub(super) mod enrolments;
pub(super) mod list;
pub(super) mod pairings;
pub(super) mod revoke;

use model::{Label, Name, Sha256};
use sessions::Refused;

use crate::identity::token;

/// The longest text of a computer about itself that is kept.
const LONGEST_TEXT: usize = 200;
/// The most labels of one thing.
pub(super) const MOST_LABELS: usize = 50;

/// A text of a computer about itself, cut to what is kept.
fn cut(text: &str) -> String {
    text.chars().take(LONGEST_TEXT).collect()
}

fn key_hash(text: &str) -> Result<Sha256, Refused> {
    let wrong = || Refused::invalid("keyHash", "it must be base64url of 32 bytes");
    token::parse_digest(text).ok_or_else(wrong)
}

fn name(text: Option<&str>) -> Result<Option<Name>, Refused> {
    let name = text.map(Name::parse).transpose();
    name.map_err(|error| Refused::invalid("name", error.to_string()))
}

/// Labels, each once.
pub(super) fn labels(texts: &[String]) -> Result<Vec<Label>, Refused> {
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
