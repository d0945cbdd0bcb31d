//! Secrets at rest: ChaCha20-Poly1305 with a key that lies beside the database, never in it.
//!
//! A sealed secret is a random nonce and a ciphertext that is bound to its job and name, so that
//! one cannot be put in the place of another.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, KeyInit, Nonce};
use hmac::{Hmac, Mac};
use model::Ids;
use thiserror::Error;

const NONCE_BYTES: usize = 12;

/// The key for sealed secrets and for the keyed hashes of requests.
pub struct SecretKey([u8; 32]);

/// A key file that cannot be used.
#[derive(Debug, Error)]
pub enum SecretKeyError {
    /// It cannot be read.
    #[error("the key file `{path}` cannot be read")]
    Read {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It cannot be made.
    #[error("the key file `{path}` cannot be written")]
    Write {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no key.
    #[error("the key file `{path}` does not hold a key of 32 bytes in base64")]
    Damaged {
        /// Where.
        path: PathBuf,
    },
}

/// A sealed secret that cannot be opened: another key, or damaged.
#[derive(Debug, Error)]
#[error("a secret cannot be opened with the key of this server")]
pub struct NotOpened;

impl SecretKey {
    /// Reads the key file, or makes one that only its owner can read.
    ///
    /// # Errors
    /// It cannot be read, written, or holds no key.
    pub fn read_or_make(path: &Path, ids: &dyn Ids) -> Result<Self, SecretKeyError> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&text).ok_or_else(|| SecretKeyError::Damaged {
                path: path.to_owned(),
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Self::make(path, ids),
            Err(source) => Err(SecretKeyError::Read {
                path: path.to_owned(),
                source,
            }),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        STANDARD.decode(text.trim()).ok()?.try_into().ok().map(Self)
    }

    fn make(path: &Path, ids: &dyn Ids) -> Result<Self, SecretKeyError> {
        let mut key = [0; 32];
        ids.fill_secret(&mut key);
        let write = || -> std::io::Result<()> {
            let mut options = fs::OpenOptions::new();
            let mut file = options
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)?;
            writeln!(file, "{}", STANDARD.encode(key))?;
            file.sync_all()
        };
        match write() {
            Ok(()) => Ok(Self(key)),
            Err(source) => Err(SecretKeyError::Write {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// Seals `secret` for the place that `bound_to` names.
    #[must_use]
    pub fn seal(&self, secret: &[u8], bound_to: &[u8], ids: &dyn Ids) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        ids.fill_secret(&mut nonce);
        let payload = Payload {
            msg: secret,
            aad: bound_to,
        };
        let sealed = self
            .cipher()
            .encrypt(Nonce::from_slice(&nonce), payload)
            .expect("a secret is shorter than the cipher's 256 GiB");
        [&nonce[..], &sealed].concat()
    }

    /// Opens what was sealed for the place that `bound_to` names.
    ///
    /// # Errors
    /// [`NotOpened`].
    pub fn open(&self, sealed: &[u8], bound_to: &[u8]) -> Result<Vec<u8>, NotOpened> {
        let (nonce, msg) = sealed.split_at_checked(NONCE_BYTES).ok_or(NotOpened)?;
        let payload = Payload { msg, aad: bound_to };
        self.cipher()
            .decrypt(Nonce::from_slice(nonce), payload)
            .map_err(|_| NotOpened)
    }

    /// A key derived from this one for one purpose, such as the keyed hash of requests.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut mac = <Hmac<sha2::Sha256> as KeyInitMac>::new_from_slice(&self.0)
            .expect("HMAC takes keys of any length");
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new(Key::from_slice(&self.0))
    }
}

use hmac::KeyInit as KeyInitMac;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemIds;

    #[test]
    fn a_secret_opens_in_its_own_place_only() {
        let key = SecretKey([7; 32]);
        let sealed = key.seal(b"hunter2", b"job/PASSWORD", &SystemIds);
        assert_eq!(key.open(&sealed, b"job/PASSWORD").unwrap(), b"hunter2");
        assert!(key.open(&sealed, b"other/PASSWORD").is_err());
        assert!(SecretKey([8; 32]).open(&sealed, b"job/PASSWORD").is_err());
        assert!(key.open(b"short", b"job/PASSWORD").is_err());
    }

    #[test]
    fn the_key_file_is_made_once_and_read_by_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        let made = SecretKey::read_or_make(&path, &SystemIds).unwrap();
        let read = SecretKey::read_or_make(&path, &SystemIds).unwrap();
        assert_eq!(made.0, read.0);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn a_damaged_key_file_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        fs::write(&path, "not a key").unwrap();
        let refused = SecretKey::read_or_make(&path, &SystemIds);
        assert!(matches!(refused, Err(SecretKeyError::Damaged { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), "not a key");
    }
}
