//! Events as the agent makes and numbers them.

use model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// One event as JSON text: an object without a line break.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventText(pub String);

impl EventText {
    /// An event of `kind` with further fields.
    pub(crate) fn made(at: Timestamp, kind: &str, fields: Value) -> Self {
        let mut object = Map::new();
        object.insert("at".into(), json!(at));
        object.insert("kind".into(), json!(kind));
        if let Value::Object(fields) = fields {
            object.extend(fields);
        }
        Self(Value::Object(object).to_string())
    }

    /// A gap. Without `count` nobody knows how many events are missing.
    #[must_use]
    pub fn gap(at: Timestamp, count: Option<u64>, reason: &str) -> Self {
        match count {
            Some(count) => Self::made(at, "gap", json!({ "count": count, "reason": reason })),
            None => Self::made(at, "gap", json!({ "reason": reason })),
        }
    }

    /// The event with its number in front. What an event says about its own number is not
    /// believed: the first of two fields of one name loses in every JSON parser that we know, so
    /// makers of events leave the name alone.
    #[must_use]
    pub fn numbered(&self, seq: u64) -> Self {
        match self.0.strip_prefix('{') {
            Some("}") | None => Self(format!("{{\"seq\":{seq},\"kind\":\"note\"}}")),
            Some(rest) => Self(format!("{{\"seq\":{seq},{rest}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_numbered_without_being_read() {
        let gap = EventText::gap(Timestamp::from_millis(0), Some(3), "disk_full").numbered(7);
        let read: Value = serde_json::from_str(&gap.0).unwrap();
        assert_eq!(read["seq"], 7);
        assert_eq!(read["count"], 3);
        assert_eq!(read["at"], "1970-01-01T00:00:00.000Z");
    }
}
