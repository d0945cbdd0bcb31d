//! Pairings and enrolment tokens.

use dispatch::Dispatch;
use model::{PairingId, Timestamp, UserId};
use store::StoreResult;
use store::pairings::{Enrolment, Pairing, PairingState};
use wire::shapes;

/// The shape of a pairing at `now`.
#[must_use]
pub fn pairing(pairing: &Pairing, now: Timestamp) -> shapes::Pairing {
    let (state, agent_id) = match &pairing.state {
        PairingState::Pending if now >= pairing.expires_at => (shapes::PairingState::Expired, None),
        PairingState::Pending => (shapes::PairingState::Pending, None),
        PairingState::Approved { agent } => (shapes::PairingState::Approved, Some(*agent)),
        PairingState::Denied => (shapes::PairingState::Denied, None),
    };
    shapes::Pairing {
        id: pairing.id,
        code: pairing.code.clone(),
        host: pairing.host.clone(),
        os: pairing.os.clone(),
        os_user: pairing.os_user.clone(),
        address: pairing.address.clone(),
        version: pairing.version.clone(),
        state,
        labels: pairing.labels.iter().map(ToString::to_string).collect(),
        created_at: pairing.created_at,
        expires_at: pairing.expires_at,
        agent_id,
        poll_ms: None,
    }
}

/// The pairing as it is now, and whose it is.
///
/// # Errors
/// The store's.
pub async fn pairing_shape(
    dispatch: &Dispatch,
    id: PairingId,
    now: Timestamp,
) -> StoreResult<Option<(UserId, shapes::Pairing)>> {
    let found = dispatch.store().pairing(id).await?;
    Ok(found.map(|found| (found.user_id, pairing(&found, now))))
}

/// The shape of an enrolment token, without the token.
#[must_use]
pub fn enrolment(enrolment: &Enrolment) -> shapes::Enrolment {
    shapes::Enrolment {
        id: enrolment.id,
        labels: enrolment.labels.iter().map(ToString::to_string).collect(),
        uses: enrolment.uses,
        used: enrolment.used,
        expires_at: enrolment.expires_at,
        created_at: enrolment.created_at,
        name: enrolment.name.as_ref().map(ToString::to_string),
        token: None,
    }
}
