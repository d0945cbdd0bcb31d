//! How shapes are written down, and how messages are read.

use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

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
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "export", derive(ts_rs::TS), ts(optional_fields))]
        #[serde(rename_all = "camelCase")]
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

/// Reads a message or a body.
///
/// # Errors
/// The field that is wrong, by its path (`parameters[0].value`), or `""` for the whole.
pub fn read<T: DeserializeOwned>(json: &str) -> Result<T, Vec<Field>> {
    if let Ok(read) = serde_json::from_str(json) {
        return Ok(read);
    }
    // Read again, now with an eye on where it goes wrong.
    let mut reader = serde_json::Deserializer::from_str(json);
    match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Ok(read) => Ok(read),
        Err(error) => {
            let path = error.path().to_string();
            let name = if path == "." || path == "?" {
                String::new()
            } else {
                path
            };
            let said = error.into_inner().to_string();
            // The place in the text means nothing to who made the object.
            let message = said.split(" at line ").next().unwrap_or(&said).to_owned();
            Err(vec![Field { name, message }])
        }
    }
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
        assert_eq!(
            read::<Outer>("{}").unwrap_err()[0].message,
            "missing field `list`"
        );
    }
}
