//! Values as they come in, as they are kept, and what is wrong with them.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ParameterType;

/// One value as a person or a program gave it, not yet judged.
///
/// It may be a secret, so that its `Debug` shows the name only.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct GivenValue {
    /// The name of the parameter that it is meant for.
    pub name: String,
    /// Any JSON value.
    pub value: Value,
}

impl fmt::Debug for GivenValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GivenValue")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// What is kept and shown of one parameter of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(ts_rs::TS), ts(optional_fields))]
pub struct FilledValue {
    /// The name of the parameter.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: ParameterType,
    /// The value, of the JSON type of `kind`. Absent for a secret, and for an
    /// optional parameter that got no value and has no default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "export", ts(type = "string | number | boolean"))]
    pub value: Option<Value>,
    /// For a secret only: whether it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<bool>,
}

/// The text of one secret, on its way to be sealed or to the agent.
///
/// Its `Debug` shows the name only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretValue {
    /// The name of the parameter.
    pub name: String,
    /// The secret itself.
    pub value: String,
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretValue")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The values of one job: those that may be seen, and the secrets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filled {
    /// Every declared parameter once, in the order of declaration.
    pub values: Vec<FilledValue>,
    /// The secrets that were given, in the order of declaration.
    pub secrets: Vec<SecretValue>,
}

/// What is wrong with the value of one parameter, as a sentence for the person
/// at its field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProblem {
    /// The name of the parameter, or the undeclared name that was given.
    pub name: String,
    /// One sentence. It never contains a secret.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_is_never_printed() {
        let secret = SecretValue {
            name: "TOKEN".into(),
            value: "hunter2".into(),
        };
        let given = GivenValue {
            name: "TOKEN".into(),
            value: json!("hunter2"),
        };
        let printed = format!("{secret:?} {given:?}");
        assert!(printed.contains("TOKEN") && !printed.contains("hunter2"));
    }

    #[test]
    fn a_filled_secret_says_only_that_it_is_set() {
        let filled = FilledValue {
            name: "TOKEN".into(),
            kind: ParameterType::Secret,
            value: None,
            set: Some(true),
        };
        assert_eq!(
            serde_json::to_value(&filled).unwrap(),
            json!({"name":"TOKEN","type":"secret","set":true})
        );
    }
}
