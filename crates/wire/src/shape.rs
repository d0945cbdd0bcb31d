//! How shapes are written down, and how messages are read.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::de::{self, DeserializeOwned};
use serde::{Deserialize, Deserializer, Serialize};

use crate::error::Field;

/// Declares objects of the wire: first the fields that are always there, then, behind
/// `+ optional`, those that may be left out.
macro_rules! shapes {
    ($(
        $(#[$meta:meta])*
        $name:ident {
            $( $(#[$field_meta:meta])* $field:ident: $type:ty, )*
        }
        $(+ optional {
            $( $(#[$optional_meta:meta])* $optional:ident: $optional_type:ty, )*
        })?
    )+) => {$(
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "export", derive(ts_rs::TS), ts(optional_fields))]
        #[serde(rename_all = "camelCase")]
        $(#[$meta])*
        pub struct $name {
            $( $(#[$field_meta])* pub $field: $type, )*
            $($(
                $(#[$optional_meta])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $optional: Option<$optional_type>,
            )*)?
        }
    )+};
}

/// Declares a closed list of words: an unknown one is refused.
macro_rules! words {
    ($( $(#[$meta:meta])* $name:ident { $( $(#[$word_meta:meta])* $word:ident = $text:literal, )+ } )+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "export", derive(ts_rs::TS))]
        pub enum $name {
            $( $(#[$word_meta])* #[serde(rename = $text)] $word, )+
        }

        impl $name {
            /// The word as it stands on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$word => $text, )+ }
            }
        }
    )+};
}

/// A text where an id is expected. One that is no id names nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(ts_rs::TS))]
#[serde(transparent)]
pub struct IdText(pub String);

impl IdText {
    /// The id, if it is one.
    #[must_use]
    pub fn parse<T: FromStr>(&self) -> Option<T> {
        self.0.parse().ok()
    }
}

impl<T: ToString> From<T> for IdText {
    fn from(id: T) -> Self {
        Self(id.to_string())
    }
}

/// A password, key or token. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(ts_rs::TS), ts(type = "string"))]
#[serde(transparent)]
pub struct SecretText(pub String);

impl SecretText {
    /// The secret itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for SecretText {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Reads a message or a body: one JSON object.
///
/// A lone surrogate in a text is read as U+FFFD.
///
/// # Errors
/// The field that is wrong, by its path (`parameters[0].value`), or `""` for the whole.
pub fn read<T: DeserializeOwned>(json: &str) -> Result<T, Vec<Field>> {
    // Serde would take a list for an object whose fields it names in order.
    if !json.trim_start().starts_with('{') {
        return Err(vec![Field::whole("one JSON object is expected")]);
    }
    let json = &*without_lone_surrogates(json);
    if let Ok(read) = serde_json::from_str(json) {
        return Ok(read);
    }
    // Read again, now with an eye on where it goes wrong.
    let mut reader = serde_json::Deserializer::from_str(json);
    match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Ok(read) => match reader.end() {
            Ok(()) => Ok(read),
            Err(_) => Err(vec![Field::whole("one JSON object is expected")]),
        },
        Err(error) => Err(vec![field_of(&error)]),
    }
}

fn field_of(error: &serde_path_to_error::Error<serde_json::Error>) -> Field {
    let path = error.path().to_string();
    let mut name = match path.as_str() {
        "." | "?" => String::new(),
        _ => path,
    };
    let said = error.inner().to_string();
    // The place in the text means nothing to who made the object.
    let message = match said.rfind(" at line ") {
        Some(place) => said[..place].to_owned(),
        None => said,
    };
    let missing = message
        .strip_prefix("missing field `")
        .and_then(|rest| rest.strip_suffix('`'));
    if let Some(field) = missing {
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(field);
    }
    Field { name, message }
}

/// The same JSON with `\ufffd` in the place of each escaped surrogate that has no partner. Rust's
/// texts cannot hold one, and a peer that sends one must not lose its message for it.
fn without_lone_surrogates(json: &str) -> Cow<'_, str> {
    if !json.contains("\\ud") && !json.contains("\\uD") {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let kept = match code_unit(escape) {
            Some(0xD800..=0xDBFF) => {
                let paired = escape.get(6..).and_then(code_unit);
                match paired {
                    Some(0xDC00..=0xDFFF) => 12,
                    _ => 0,
                }
            }
            Some(0xDC00..=0xDFFF) => 0,
            Some(_) => 6,
            // An escape of one character, or no JSON at all.
            None => 1 + escape[1..].chars().next().map_or(0, char::len_utf8),
        };
        if kept == 0 {
            out.push_str("\\ufffd");
            rest = &escape[6..];
        } else {
            out.push_str(&escape[..kept]);
            rest = &escape[kept..];
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The number in the `\uXXXX` that `text` begins with.
fn code_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        u16::from_str_radix(digits, 16).ok()
    } else {
        None
    }
}

/// Reads a whole number that lies between two others.
pub(crate) fn between<'de, const LEAST: u64, const MOST: u64, N, D>(from: D) -> Result<N, D::Error>
where
    N: TryFrom<u64>,
    D: Deserializer<'de>,
{
    let number = u64::deserialize(from)?;
    if (LEAST..=MOST).contains(&number)
        && let Ok(number) = N::try_from(number)
    {
        return Ok(number);
    }
    Err(de::Error::custom(format_args!(
        "{number} does not lie between {LEAST} and {MOST}"
    )))
}

/// The same for one that may be left out.
pub(crate) fn between_if_given<'de, const LEAST: u64, const MOST: u64, N, D>(
    from: D,
) -> Result<Option<N>, D::Error>
where
    N: TryFrom<u64>,
    D: Deserializer<'de>,
{
    struct Given<const LEAST: u64, const MOST: u64, N>(N);

    impl<'de, const LEAST: u64, const MOST: u64, N: TryFrom<u64>> Deserialize<'de>
        for Given<LEAST, MOST, N>
    {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            between::<LEAST, MOST, N, D>(from).map(Self)
        }
    }

    let given: Option<Given<LEAST, MOST, N>> = Option::deserialize(from)?;
    Ok(given.map(|given| given.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Outer {
        #[expect(dead_code, reason = "read by serde alone")]
        list: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    struct Inner {
        #[expect(dead_code, reason = "read by serde alone")]
        value: u32,
    }

    #[test]
    fn a_wrong_field_is_named_by_its_path() {
        let refused = read::<Outer>(r#"{"list":[{"value":1},{"value":"x"}]}"#).unwrap_err();
        assert_eq!(refused[0].name, "list[1].value");
        assert_eq!(
            refused[0].message,
            "invalid type: string \"x\", expected u32"
        );
    }

    #[test]
    fn a_wrong_message_as_a_whole_has_no_name() {
        assert_eq!(read::<Outer>("[]").unwrap_err()[0].name, "");
        assert_eq!(read::<Outer>("{").unwrap_err()[0].name, "");
        assert_eq!(read::<Outer>("[[]]").unwrap_err()[0].name, "");
        assert_eq!(read::<Outer>(r#"{"list":[]} {}"#).unwrap_err()[0].name, "");
    }

    #[test]
    fn a_missing_field_is_named_by_its_own_path() {
        assert_eq!(
            read::<Outer>(r#"{"list":[{}]}"#).unwrap_err(),
            [Field {
                name: "list[0].value".into(),
                message: "missing field `value`".into(),
            }]
        );
        assert_eq!(read::<Outer>("{}").unwrap_err()[0].name, "list");
    }

    #[derive(Debug, Deserialize)]
    struct Text {
        text: String,
    }

    #[test]
    fn a_lone_surrogate_is_read_as_a_replacement_character() {
        for (sent, read_as) in [
            (r"\ud83d\ude00", "\u{1f600}"),
            (r"a\ud83d", "a\u{fffd}"),
            (r"\ude00b", "\u{fffd}b"),
            (r"\ud83d\ud83d\ude00", "\u{fffd}\u{1f600}"),
            (r"\ud83dx\ude00", "\u{fffd}x\u{fffd}"),
            (r"\\ud83d", r"\ud83d"),
            (r"\\\uD83D", "\\\u{fffd}"),
            (r"\u0000\ud83d", "\0\u{fffd}"),
        ] {
            let json = format!(r#"{{"text":"{sent}"}}"#);
            assert_eq!(read::<Text>(&json).unwrap().text, read_as, "{sent}");
        }
        assert!(read::<Text>(r#"{"text":"\ud8"#).is_err());
        assert!(read::<Text>(r#"{"text":"\ud83d\"#).is_err());
    }

    #[test]
    fn a_secret_text_is_never_printed() {
        let printed = format!("{:?}", SecretText::from("hunter2"));
        assert!(!printed.contains("hunter2"), "{printed}");
    }
}
