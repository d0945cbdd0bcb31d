//! TLS by rustls with the ring provider, named here so that no process-wide
//! default is needed or changed.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

use crate::error::BuildError;

/// Trusts what the system trusts.
pub(crate) fn system_config() -> Result<ClientConfig, BuildError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (taken, _ignored) = roots.add_parsable_certificates(found.certs);
    if taken == 0 {
        return Err(BuildError::NoRoots(found.errors.len()));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(BuildError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
