//! Handshakes with clients that trust one CA and have their own clock, and the files behind them.

mod ca;
mod files;
mod handshake;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use helseid_protocol::forge::TestClock;
use helseid_protocol::time::{Clock as _, Timestamp};
use rcgen::{CertificateParams, KeyPair, SignatureAlgorithm};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, ProtocolVersion, RootCertStore};
use tokio::io::duplex;
use tokio_rustls::TlsConnector;

use crate::local_ca::{certificate_pem, lines};
use crate::{Host, TlsServer};

pub(super) const DAY: Duration = Duration::from_secs(86_400);

/// 2026-09-21, whatever the day is.
pub(super) fn clock() -> TestClock {
    TestClock::at(Timestamp::from_seconds(1_790_000_000))
}

pub(super) fn host(text: &str) -> Host {
    Host::parse(text).unwrap()
}

/// The time of a client, told by the test.
#[derive(Debug)]
struct At(Timestamp);

impl TimeProvider for At {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.seconds()).unwrap();
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// A client that knows all that the backend knows, and trusts `ca` alone.
pub(super) fn client(ca_pem: &str, now: Timestamp) -> ClientConfig {
    client_of(rustls::crypto::aws_lc_rs::default_provider(), ca_pem, now)
}

pub(super) fn client_of(provider: CryptoProvider, ca_pem: &str, now: Timestamp) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca_pem.as_bytes()).unwrap()).unwrap();
    let builder = ClientConfig::builder_with_details(Arc::new(provider), Arc::new(At(now)));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    builder.with_root_certificates(roots).with_no_client_auth()
}

/// What a client finds at the server of this name: the version, and the certificate.
pub(super) async fn meet(
    server: &TlsServer,
    client: ClientConfig,
    name: &str,
) -> Result<(ProtocolVersion, CertificateDer<'static>), String> {
    let (ours, theirs) = duplex(64 * 1024);
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let connector = TlsConnector::from(Arc::new(client));
    let (accepted, met) = tokio::join!(server.accept(ours), connector.connect(name, theirs));
    let met = met.map_err(|why| why.to_string())?;
    accepted.map_err(|why| why.to_string())?;
    let connection = met.get_ref().1;
    let leaf = connection.peer_certificates().unwrap()[0].clone().into_owned();
    Ok((connection.protocol_version().unwrap(), leaf))
}

/// The certificate that the server shows.
pub(super) async fn shown(server: &TlsServer, ca_pem: &str, now: Timestamp) -> CertificateDer<'static> {
    meet(server, client(ca_pem, now), "localhost").await.unwrap().1
}

/// A certificate that is its own CA, and its key, as files in a folder.
pub(super) struct Files {
    pub(super) folder: tempfile::TempDir,
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

impl Files {
    pub(super) fn new(algorithm: &'static SignatureAlgorithm) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name| folder.path().join(name);
        let files = Self { certificate: at("tls.crt"), key: at("tls.key"), folder };
        files.renew(algorithm);
        files
    }

    /// Writes another certificate with another key.
    pub(super) fn renew(&self, algorithm: &'static SignatureAlgorithm) {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_before = time::OffsetDateTime::from_unix_timestamp(clock().now().seconds()).unwrap();
        let signed = params.self_signed(&key).unwrap();
        std::fs::write(&self.certificate, certificate_pem(signed.der())).unwrap();
        let key = pem::Pem::new("PRIVATE KEY", key.serialize_der());
        std::fs::write(&self.key, pem::encode_config(&key, lines())).unwrap();
    }

    pub(super) fn pem(&self) -> String {
        std::fs::read_to_string(&self.certificate).unwrap()
    }
}

/// The mode of a file.
#[cfg(unix)]
pub(super) fn mode(file: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).unwrap().permissions().mode() & 0o777
}
