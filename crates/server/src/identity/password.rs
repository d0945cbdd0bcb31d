//! Passwords: what is accepted, and how they are kept (argon2id, OWASP's first choice of
//! parameters as the library's defaults).

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use thiserror::Error;

/// The least number of characters.
pub const SHORTEST: usize = 12;
/// The most bytes: hashing a novel would only cost time.
const LONGEST_BYTES: usize = 1024;

/// A password that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WeakPassword {
    /// Too few characters.
    #[error("a password has at least {SHORTEST} characters")]
    Short,
    /// Too many bytes.
    #[error("a password has at most {LONGEST_BYTES} bytes")]
    Long,
    /// One that everybody tries first.
    #[error("this password is one of those that are tried first")]
    Common,
}

/// Whether a person may choose `password`.
///
/// # Errors
/// Why not.
pub fn check(password: &str) -> Result<(), WeakPassword> {
    if password.chars().count() < SHORTEST {
        return Err(WeakPassword::Short);
    }
    if password.len() > LONGEST_BYTES {
        return Err(WeakPassword::Long);
    }
    let folded = password.to_lowercase();
    let first = folded.chars().next();
    if COMMON.contains(&folded.as_str()) || folded.chars().all(|c| Some(c) == first) {
        return Err(WeakPassword::Common);
    }
    Ok(())
}

/// The hash that is stored, in PHC form. Takes tens of milliseconds: call it off the event loop.
///
/// # Errors
/// The library's own; none is known for passwords that passed [`check`].
pub fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    Ok(Argon2::default()
        .hash_password(password.as_bytes())?
        .to_string())
}

/// Whether `password` is the one behind `stored`. As slow as [`hash`], also when `stored` is
/// nobody's, so that time does not tell whether an account exists.
#[must_use]
pub fn verify(password: &str, stored: Option<&str>) -> bool {
    let hash = stored.unwrap_or(NOBODYS);
    let Ok(parsed) = PasswordHash::new(hash) else {
        return false;
    };
    let right = Argon2::default()
        .verify_password(password.as_bytes(), &parsed)
        .is_ok();
    right && stored.is_some()
}

/// A hash of a password that nobody has.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ib2R5$\
                       hrmhtoyB4nYJHeaaTDvmIhvvHPKy0HNx7eNSeeOtQBU";

/// Passwords of twelve characters and more that head the published lists of leaked ones.
const COMMON: &[&str] = &[
    "123456789012",
    "1234567890123",
    "123456789abc",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "administrator",
    "arkwright123",
    "changeme1234",
    "correcthorsebatterystaple",
    "iloveyou1234",
    "letmein12345",
    "password1234",
    "password12345",
    "passwordpassword",
    "qwerty123456",
    "qwertyuiop12",
    "qwertyuiop123",
    "qwertyuiopasdf",
    "welcome12345",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_verified_by_its_own_hash_only() {
        let stored = hash("correct battery horse").unwrap();
        assert!(verify("correct battery horse", Some(&stored)));
        assert!(!verify("correct battery hors", Some(&stored)));
    }

    #[test]
    fn nobody_is_refused_after_the_same_work() {
        assert!(PasswordHash::new(NOBODYS).is_ok());
        assert!(!verify("anything at all", None));
    }

    #[test]
    fn short_and_common_passwords_are_refused() {
        assert_eq!(check("elevenchars"), Err(WeakPassword::Short));
        assert_eq!(check("PasswordPassword"), Err(WeakPassword::Common));
        assert_eq!(check("zzzzzzzzzzzzzz"), Err(WeakPassword::Common));
        assert_eq!(check("zwölf Zeichen"), Ok(()));
    }
}
