//! How secrets are kept: encrypted with a key that only the server knows.

use model::JobId;
use thiserror::Error;

/// Encrypts and decrypts secrets, given by the server. `job` and `name` belong to what is
/// authenticated, so that a secret opens only where it was put.
pub trait Seal: Send + Sync {
    /// The secret, encrypted; `nonce` was never used before.
    fn seal(&self, job: JobId, name: &str, value: &str, nonce: [u8; 24]) -> Vec<u8>;

    /// The secret in the clear.
    ///
    /// # Errors
    /// [`Unsealable`]: the key is another one, or the bytes were changed.
    fn open(&self, job: JobId, name: &str, sealed: &[u8]) -> Result<String, Unsealable>;
}

/// A secret that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the secret `{name}` cannot be decrypted with this server's key")]
pub struct Unsealable {
    /// The parameter.
    pub name: String,
}
