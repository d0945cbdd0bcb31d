//! The keyed hash by which a repeated request is recognised without keeping what it said.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use model::parameter::GivenValue;
use model::{AgentId, JobId, Label, RobotId};
use serde::Serialize;
use serde_json::Value;
use sha2::Sha256;

/// What makes two requests the same: the values as a map, in which an absent value and `null` are
/// one, and everything else as it was sent.
#[derive(Debug, Serialize)]
pub(crate) struct Content<'a> {
    pub(crate) robot: RobotId,
    pub(crate) version: Option<u32>,
    pub(crate) parameters: BTreeMap<&'a str, &'a Value>,
    pub(crate) agent: Option<AgentId>,
    pub(crate) label: Option<&'a Label>,
    pub(crate) retry_of: Option<JobId>,
}

impl<'a> Content<'a> {
    pub(crate) fn of(robot: RobotId, parameters: &'a [GivenValue]) -> Self {
        let given = parameters.iter().filter(|one| !one.value.is_null());
        Self {
            robot,
            version: None,
            parameters: given.map(|one| (one.name.as_str(), &one.value)).collect(),
            agent: None,
            label: None,
            retry_of: None,
        }
    }

    pub(crate) fn digest(&self, key: &[u8; 32]) -> [u8; 32] {
        let bytes = serde_json::to_vec(self).expect("maps with text keys become JSON");
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        mac.update(&bytes);
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use model::ObjectId;
    use serde_json::json;

    use super::*;

    fn given(values: &[(&str, Value)]) -> Vec<GivenValue> {
        values
            .iter()
            .map(|(name, value)| GivenValue {
                name: (*name).to_owned(),
                value: value.clone(),
            })
            .collect()
    }

    fn digest(values: &[(&str, Value)], key: u8) -> [u8; 32] {
        let robot = RobotId(ObjectId::from_bytes([1; 12]));
        Content::of(robot, &given(values)).digest(&[key; 32])
    }

    #[test]
    fn the_order_of_values_does_not_matter_and_null_counts_as_absent() {
        let one = digest(&[("A", json!(1)), ("B", json!("x"))], 1);
        assert_eq!(one, digest(&[("B", json!("x")), ("A", json!(1))], 1));
        let with_null = [("A", json!(1)), ("B", json!("x")), ("C", Value::Null)];
        assert_eq!(one, digest(&with_null, 1));
        assert_ne!(one, digest(&[("A", json!("1")), ("B", json!("x"))], 1));
    }

    #[test]
    fn another_key_hashes_otherwise() {
        assert_ne!(digest(&[], 1), digest(&[], 2));
    }
}
