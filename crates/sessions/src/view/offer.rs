//! Offers, as agents get them.

use dispatch::OfferMade;
use model::{AttemptKey, RobotKind};
use store::robots::Content;
use wire::agent::{Offer, OfferedParameter, OfferedRobot, OfferedSettings};

/// Up to this size a source stands in the offer itself.
const SOURCE_IN_OFFER: usize = 64 * 1024;

/// Where an agent gets what does not stand in its offer.
#[must_use]
pub fn package_path(attempt: AttemptKey) -> String {
    let AttemptKey { job, attempt } = attempt;
    format!("/api/v1/attempts/{job}/{attempt}/package")
}

/// The shape of an open offer; nothing if it is open no longer.
#[must_use]
pub fn offer(made: OfferMade) -> Option<Offer> {
    let OfferMade {
        job,
        version,
        parameters,
    } = made;
    let open = job.offer()?;
    let key = AttemptKey {
        job: job.id,
        attempt: open.n,
    };
    let (source, package_url) = match version.content {
        Content::Source { text } if text.len() <= SOURCE_IN_OFFER => (Some(text), None),
        Content::Source { .. } | Content::Package { .. } => (None, Some(package_path(key))),
    };
    let parameters = parameters.into_iter().map(|one| OfferedParameter {
        name: one.name,
        r#type: word(&one.kind),
        value: one.value,
        set: one.set,
    });
    Some(Offer {
        job_id: job.id,
        attempt: open.n,
        expires_at: open.expires_at,
        robot: OfferedRobot {
            id: job.robot_id,
            name: job.robot_name.to_string(),
            version: job.robot_version,
            kind: RobotKind::RobotFramework,
            sha256: version.head.sha256,
            source,
            package_url,
        },
        parameters: parameters.collect(),
        settings: OfferedSettings {
            stop_grace_ms: job.settings.stop_grace_ms,
            repeatable: job.settings.repeatable,
            timeout_ms: job.settings.timeout_ms,
        },
        traceparent: None,
    })
}

/// The word that stands for a value on the wire.
fn word<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(_) | Err(_) => String::new(),
    }
}
