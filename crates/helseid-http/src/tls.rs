//! TLS as everything here speaks it: by the one crypto backend, named at each use. What another library has made the
//! default of the process is neither asked for nor set.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::WantsClientCert;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls_platform_verifier::Verifier;

/// Trusts what the system trusts, and `own` besides.
pub(crate) fn client(
    own: Vec<CertificateDer<'static>>,
) -> Result<rustls::ConfigBuilder<ClientConfig, WantsClientCert>, rustls::Error> {
    let provider: Arc<CryptoProvider> = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = Verifier::new_with_extra_roots(own, provider.clone())?;
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.dangerous().with_custom_certificate_verifier(Arc::new(verifier)))
}
