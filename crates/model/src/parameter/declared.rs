//! What a robot declares that it needs.

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

/// The type of a parameter. The list is closed: an unknown word is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "export", derive(ts_rs::TS))]
pub enum ParameterType {
    /// Any text, kept exactly.
    Text,
    /// A number, whole if the parameter says so.
    Number,
    /// Yes or no.
    Boolean,
    /// A day of the calendar, written `2026-11-30`.
    Date,
    /// One of the declared values.
    Choice,
    /// A file. It cannot be given yet.
    File,
    /// A text that is sealed and never shown again.
    Secret,
}

/// One of the values that a choice offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(ts_rs::TS), ts(optional_fields))]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown instead of the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// One declared parameter, as stored with a version of a robot and sent to
/// pages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "export", derive(ts_rs::TS), ts(optional_fields))]
pub struct Parameter {
    /// The name, as the robot wrote it.
    pub name: String,
    /// What people read above the field; without one they read the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The type of its values.
    #[serde(rename = "type")]
    pub kind: ParameterType,
    /// Whether a value must be given.
    #[serde(default)]
    pub required: bool,
    /// The value that counts when none is given, of the JSON type of `kind`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "export", ts(type = "string | number | boolean"))]
    pub default: Option<Value>,
    /// The values of a choice; empty for all other types.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// What people read below the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The smallest number allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "export", ts(type = "number"))]
    pub min: Option<Number>,
    /// The largest number allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "export", ts(type = "number"))]
    pub max: Option<Number>,
    /// Whether a number must be whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<bool>,
    /// A form for texts. It cannot be declared yet and nothing checks it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Whether the field of a text has several lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiline: Option<bool>,
    /// The line of the declaration, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

impl Parameter {
    /// A required parameter that says nothing but its name and its type.
    pub fn new(name: impl Into<String>, kind: ParameterType) -> Self {
        Parameter {
            name: name.into(),
            label: None,
            kind,
            required: true,
            default: None,
            choices: Vec::new(),
            help: None,
            min: None,
            max: None,
            whole: None,
            pattern: None,
            multiline: None,
            line: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_parameter_is_written_without_what_it_does_not_say() {
        let mut month = Parameter::new("MONTH", ParameterType::Text);
        assert_eq!(
            serde_json::to_value(&month).unwrap(),
            json!({"name":"MONTH","type":"text","required":true})
        );
        month.required = false;
        month.label = Some("Month".into());
        month.default = Some(json!("2026-10"));
        month.whole = Some(true);
        month.min = Some(0.into());
        month.line = Some(4);
        let written = json!({"name":"MONTH","label":"Month","type":"text","required":false,
            "default":"2026-10","min":0,"whole":true,"line":4});
        assert_eq!(serde_json::to_value(&month).unwrap(), written);
        assert_eq!(serde_json::from_value::<Parameter>(written).unwrap(), month);
    }

    #[test]
    fn an_unknown_type_is_refused() {
        assert!(serde_json::from_value::<ParameterType>(json!("colour")).is_err());
    }
}
