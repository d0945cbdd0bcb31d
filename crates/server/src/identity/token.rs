//! Random tokens. The server stores and logs only their digest.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{Ids, Sha256};
use sha2::Digest;

/// 256 random bits, as base64url, and the digest that is stored.
#[must_use]
pub fn fresh(ids: &dyn Ids) -> (String, Sha256) {
    let mut bytes = [0; 32];
    ids.fill_secret(&mut bytes);
    let text = URL_SAFE_NO_PAD.encode(bytes);
    (text, Sha256(sha2::Sha256::digest(bytes).into()))
}

/// The digest of a token that somebody sent; nothing if it cannot be one of ours.
#[must_use]
pub fn digest(text: &str) -> Option<Sha256> {
    let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
    (bytes.len() == 32).then(|| Sha256(sha2::Sha256::digest(bytes).into()))
}

/// A digest as agents send it: base64url of 32 bytes.
#[must_use]
pub fn parse_digest(text: &str) -> Option<Sha256> {
    let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
    bytes.try_into().ok().map(Sha256)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemIds;

    #[test]
    fn a_token_has_the_digest_that_was_stored() {
        let (text, stored) = fresh(&SystemIds);
        assert_eq!(digest(&text), Some(stored));
        assert_ne!(digest(&fresh(&SystemIds).0), Some(stored));
    }

    #[test]
    fn what_cannot_be_a_token_has_no_digest() {
        for text in ["", "short", "not base64url!", &"A".repeat(44)] {
            assert_eq!(digest(text), None, "{text}");
        }
    }
}
