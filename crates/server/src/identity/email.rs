//! E-mail addresses: only as much as is needed to tell accounts apart.

use thiserror::Error;

/// A text that is no address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no e-mail address")]
pub struct NotAnAddress(String);

/// The address as it is compared and kept: trimmed and case-folded.
///
/// # Errors
/// [`NotAnAddress`].
pub fn parse(text: &str) -> Result<String, NotAnAddress> {
    let folded = text.trim().to_lowercase();
    let refused = || NotAnAddress(text.trim().chars().take(100).collect());
    let (person, host) = folded.rsplit_once('@').ok_or_else(refused)?;
    let odd = |c: char| c.is_whitespace() || c.is_control();
    if person.is_empty() || host.is_empty() || folded.len() > 254 || folded.contains(odd) {
        return Err(refused());
    }
    Ok(folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_trimmed_and_folded() {
        assert_eq!(parse(" Anna@Example.ORG ").unwrap(), "anna@example.org");
        for wrong in ["", "anna", "@example.org", "anna@", "an na@example.org"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
