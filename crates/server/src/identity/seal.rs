//! Secrets at rest: XChaCha20-Poly1305 with a key that lies beside the database, never in it.
//!
//! A sealed secret is a nonce and a ciphertext that is bound to its job and name, so that one
//! cannot be put in the place of another.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use dispatch::{Seal, Unsealable};
use hmac::{Hmac, KeyInit as KeyInitMac, Mac};
use model::{Ids, JobId};
use thiserror::Error;

const NONCE_BYTES: usize = 24;

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

impl SecretKey {
    /// Reads the key file, or makes one that only its owner can read.
    ///
    /// # Errors
    /// It cannot be read, written, or holds no key.
    pub fn read_or_make(path: &Path, ids: &dyn Ids) -> Result<Self, SecretKeyError> {
        match Self::read(path)? {
            Some(key) => Ok(key),
            None => Self::make(path, ids),
        }
    }

    /// Reads the key file; nothing if there is none.
    ///
    /// # Errors
    /// It cannot be read, or holds no key.
    pub fn read(path: &Path) -> Result<Option<Self>, SecretKeyError> {
        match fs::read_to_string(path) {
            Ok(text) => match Self::parse(&text) {
                Some(key) => Ok(Some(key)),
                None => Err(SecretKeyError::Damaged {
                    path: path.to_owned(),
                }),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
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

    /// A key derived from this one for one purpose, such as the keyed hash of requests.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut mac = <Hmac<sha2::Sha256> as KeyInitMac>::new_from_slice(&self.0)
            .expect("HMAC takes keys of any length");
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(Key::from_slice(&self.0))
    }
}

impl Seal for SecretKey {
    fn seal(&self, job: JobId, name: &str, value: &str, nonce: [u8; NONCE_BYTES]) -> Vec<u8> {
        let place = place(job, name);
        let payload = Payload {
            msg: value.as_bytes(),
            aad: place.as_bytes(),
        };
        let sealed = self
            .cipher()
            .encrypt(XNonce::from_slice(&nonce), payload)
            .expect("a secret is shorter than the cipher's 256 GiB");
        [&nonce[..], &sealed].concat()
    }

    fn open(&self, job: JobId, name: &str, sealed: &[u8]) -> Result<String, Unsealable> {
        let refused = || Unsealable {
            name: name.to_owned(),
        };
        let (nonce, msg) = sealed.split_at_checked(NONCE_BYTES).ok_or_else(refused)?;
        let aad = place(job, name);
        let payload = Payload {
            msg,
            aad: aad.as_bytes(),
        };
        let opened = self.cipher().decrypt(XNonce::from_slice(nonce), payload);
        String::from_utf8(opened.map_err(|_| refused())?).map_err(|_| refused())
    }
}

/// The place that a secret is bound to.
fn place(job: JobId, name: &str) -> String {
    format!("{job}/{name}")
}

#[cfg(test)]
mod tests {
    use model::ObjectId;

    use super::*;
    use crate::clock::SystemIds;

    #[test]
    fn a_secret_opens_in_its_own_place_only() {
        let job = JobId(ObjectId::from_bytes([1; 12]));
        let other = JobId(ObjectId::from_bytes([2; 12]));
        let key = SecretKey([7; 32]);
        let sealed = key.seal(job, "PASSWORD", "hunter2", [3; 24]);
        assert_eq!(key.open(job, "PASSWORD", &sealed).unwrap(), "hunter2");
        assert!(key.open(other, "PASSWORD", &sealed).is_err());
        assert!(key.open(job, "OTHER", &sealed).is_err());
        let another = SecretKey([8; 32]);
        assert!(another.open(job, "PASSWORD", &sealed).is_err());
        assert!(key.open(job, "PASSWORD", b"short").is_err());
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
