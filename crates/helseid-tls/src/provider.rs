//! The protocol versions and cipher suites: TLS 1.3, and TLS 1.2 with the suites that FAPI 2.0 permits.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{self as backend, cipher_suite as suite};
use rustls::server::ResolvesServerCert;
use rustls::{ServerConfig, SupportedCipherSuite};

/// The suites, strongest first (FAPI 2.0 Security Profile section 5.2.1; RFC 9325 section 4.2).
const SUITES: [SupportedCipherSuite; 7] = [
    suite::TLS13_AES_256_GCM_SHA384,
    suite::TLS13_AES_128_GCM_SHA256,
    suite::TLS13_CHACHA20_POLY1305_SHA256,
    suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
];

/// The one crypto backend, with [`SUITES`] alone.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider { cipher_suites: SUITES.to_vec(), ..backend::default_provider() })
}

/// A server with the certificate that `certificates` resolves, without client certificates, for HTTP/1.1.
pub(crate) fn config(certificates: Arc<dyn ResolvesServerCert>) -> Result<ServerConfig, rustls::Error> {
    let builder = ServerConfig::builder_with_provider(provider());
    let builder = builder.with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?;
    let mut config = builder.with_no_client_auth().with_cert_resolver(certificates);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
