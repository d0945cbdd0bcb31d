//! The same over TLS.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use serde_json::json;
use socketio_client::{Builder, ConnectError, Event};

use crate::node::NodeServer;
use crate::{LIMIT, next, standing};

#[tokio::test]
async fn a_certificate_that_is_trusted_lets_us_talk() {
    let server = NodeServer::with(json!({ "tls": true })).await;
    let mut roots = RootCertStore::empty();
    let pem = include_bytes!("../node/tls/certificate.pem");
    roots
        .add(CertificateDer::from_pem_slice(pem).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let builder = Builder::new(format!("https://localhost:{}", server.port)).tls(Arc::new(config));
    let (client, _events) = standing(builder).await;
    let answer = client
        .emit_ack("echo", &"x".repeat(100_000), LIMIT)
        .await
        .unwrap();
    assert_eq!(answer.first::<String>().unwrap().len(), 100_000);
    client.close().await;
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_not_taken() {
    let server = NodeServer::with(json!({ "tls": true })).await;
    let builder = Builder::new(format!("wss://localhost:{}", server.port))
        .connect_timeout(Duration::from_secs(30));
    let (_client, mut events) = builder.connect().unwrap();
    let Event::ConnectFailed(failed) = next(&mut events).await else {
        panic!("connected")
    };
    let ConnectError::Upgrade { source, .. } = failed.error else {
        panic!("{:?}", failed.error)
    };
    assert!(source.to_string().contains("certificate"), "{source}");
}
