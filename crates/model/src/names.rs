//! Names that people or callers choose, parsed once into types that hold their rules.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A name that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    /// Nothing but white space, or more than 100 characters.
    #[error("a name has 1 to 100 characters")]
    Length,
    /// A control character.
    #[error("a name has no line breaks or control characters")]
    Control,
    /// Not of the label's alphabet or length.
    #[error("a label has 1 to 40 of the characters a-z 0-9 . _ -")]
    Label,
    /// Not of a request id's alphabet or length.
    #[error("a request id has 1 to 64 of the characters A-Z a-z 0-9 . _ -")]
    RequestKey,
}

/// The name of a robot, an agent or a person: 1–100 characters, trimmed, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

impl Name {
    /// Trims and checks `text`.
    ///
    /// # Errors
    /// `Length` or `Control`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > 100 {
            return Err(NameError::Length);
        }
        if text.chars().any(char::is_control) {
            return Err(NameError::Control);
        }
        Ok(Self(text.to_owned()))
    }

    /// The nearest name to `text`: control characters become spaces, what is too long is cut, and
    /// `fallback` serves when nothing is left. For names that a machine made, such as host names.
    #[must_use]
    pub fn nearest(text: &str, fallback: &str) -> Self {
        let clean: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let cut: String = clean.trim().chars().take(100).collect();
        Self::parse(&cut).unwrap_or_else(|_| Self(fallback.to_owned()))
    }

    /// The name with `-n` behind it, shortened to fit.
    #[must_use]
    pub fn numbered(&self, n: u32) -> Self {
        let suffix = format!("-{n}");
        let room = 100 - suffix.chars().count();
        Self(self.0.chars().take(room).collect::<String>() + &suffix)
    }

    /// The name as people see it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which names are compared: without regard to case.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

/// A label of a computer or robot: `[a-z0-9._-]{1,40}`, lower-cased.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Label(String);

impl Label {
    /// Lower-cases and checks `text`.
    ///
    /// # Errors
    /// `Label`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.trim().to_lowercase();
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
        if (1..=40).contains(&text.len()) && text.chars().all(fits) {
            Ok(Self(text))
        } else {
            Err(NameError::Label)
        }
    }

    /// The label.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An id that a caller made to recognise its own repeated request: of a play, or of a claim.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RequestKey(String);

impl RequestKey {
    /// Checks `text`: 1–64 of `[A-Za-z0-9._-]`.
    ///
    /// # Errors
    /// `RequestKey`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if (1..=64).contains(&text.len()) && text.chars().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError::RequestKey)
        }
    }

    /// The key as it was sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! texts {
    ($($name:ident),+) => {$(
        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                Self::parse(&text)
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

texts!(Name, Label, RequestKey);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_bounded() {
        assert_eq!(
            Name::parse("  Pay invoices ").map(|n| n.to_string()),
            Ok("Pay invoices".into())
        );
        assert_eq!(Name::parse("   "), Err(NameError::Length));
        assert_eq!(Name::parse(&"ä".repeat(101)), Err(NameError::Length));
        assert_eq!(Name::parse("a\nb"), Err(NameError::Control));
        assert_eq!(Name::nearest("a\u{0}b", "computer").as_str(), "a b");
        assert_eq!(Name::nearest("\n", "computer").as_str(), "computer");
    }

    #[test]
    fn a_numbered_name_still_fits() {
        let long = Name::parse(&"x".repeat(100)).unwrap();
        assert_eq!(
            Name::parse(long.numbered(12).as_str()),
            Ok(long.numbered(12))
        );
    }

    #[test]
    fn a_label_is_lower_cased_and_of_its_alphabet() {
        assert_eq!(Label::parse("SAP").map(|l| l.to_string()), Ok("sap".into()));
        assert_eq!(Label::parse("two words"), Err(NameError::Label));
        assert_eq!(Label::parse(""), Err(NameError::Label));
    }
}
