//! Arguments of servers that serve HTTPS.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use helseid_authority::Tls;

/// Where a certificate comes from that is not in files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TlsMode {
    // Without documentation of its own: clap would print every option of the command in its long form.
    SelfSigned,
}

/// HTTPS of an authority.
#[derive(Debug, Args)]
#[command(next_help_heading = "HTTPS")]
pub(crate) struct TlsFlags {
    /// Serve HTTPS with a certificate of a local CA, which is made once and kept in the folder tls of the data folder
    #[arg(long, env = "HELSEID_AUTHORITY_TLS", value_name = "MODE", conflicts_with_all = ["tls_cert", "tls_key"])]
    tls: Option<TlsMode>,
    /// Serve HTTPS with the certificate in this PEM file, followed by those between it and its CA
    #[arg(long, env = "HELSEID_AUTHORITY_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key, in PEM; both files are read again when they change
    #[arg(long, env = "HELSEID_AUTHORITY_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

/// HTTPS of the sample API.
#[derive(Debug, Args)]
#[command(next_help_heading = "HTTPS")]
pub(crate) struct ApiTlsFlags {
    /// Serve HTTPS with a certificate of the local CA in the folder tls of the authority's data folder
    #[arg(long, env = "HELSEID_API_TLS", value_name = "MODE", conflicts_with_all = ["tls_cert", "tls_key"])]
    tls: Option<TlsMode>,
    /// Serve HTTPS with the certificate in this PEM file, followed by those between it and its CA
    #[arg(long, env = "HELSEID_API_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key, in PEM; both files are read again when they change
    #[arg(long, env = "HELSEID_API_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// The authority's data folder; by default the user's
    #[arg(long, env = "HELSEID_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

impl TlsFlags {
    /// What they ask for.
    pub(crate) fn tls(&self) -> Option<Tls> {
        asked(self.tls, self.tls_cert.as_ref(), self.tls_key.as_ref())
    }
}

impl ApiTlsFlags {
    /// What they ask for.
    pub(crate) fn tls(&self) -> Option<Tls> {
        asked(self.tls, self.tls_cert.as_ref(), self.tls_key.as_ref())
    }
}

fn asked(mode: Option<TlsMode>, certificate: Option<&PathBuf>, key: Option<&PathBuf>) -> Option<Tls> {
    match (mode, certificate, key) {
        (Some(TlsMode::SelfSigned), ..) => Some(Tls::self_signed()),
        (None, Some(certificate), Some(key)) => Some(Tls::files(certificate.clone(), key.clone())),
        _ => None,
    }
}
