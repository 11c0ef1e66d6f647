//! The configuration of TLS.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use helseid_protocol::time::{Clock, Timestamp};

use crate::certificates::{Certificates, Source};
use crate::error::TlsError;
use crate::folder::{ServerFile, UnfitCa};
use crate::local_ca::{Host, LocalCa};
use crate::pair;
use crate::server::TlsServer;

/// How often the files are read again, or the certificate's age is checked.
const CHECK_EVERY: Duration = Duration::from_secs(5);

/// The configuration of TLS: where the server's certificate comes from.
///
/// ```
/// use helseid_tls::{Host, Tls, TlsError};
///
/// // Without a folder, the CA is gone when the process ends.
/// let server = Tls::self_signed().open(None, "api", vec![Host::parse("api.example")?])?;
/// assert!(server.ca_pem().is_some_and(|pem| pem.starts_with("-----BEGIN CERTIFICATE-----")));
/// # Ok::<(), TlsError>(())
/// ```
#[derive(Clone)]
pub struct Tls {
    kind: Kind,
    clock: Arc<dyn Clock>,
    check_every: Duration,
}

#[derive(Debug, Clone)]
enum Kind {
    Files { certificate: PathBuf, key: PathBuf },
    SelfSigned,
}

impl Tls {
    /// Uses the certificate and the key in these files, in PEM. The first file has the server's own certificate first, then those
    /// between it and its CA.
    #[must_use]
    pub fn files(certificate: PathBuf, key: PathBuf) -> Self {
        Self::new(Kind::Files { certificate, key })
    }

    /// Uses a certificate that a [`LocalCa`] signs.
    #[must_use]
    pub fn self_signed() -> Self {
        Self::new(Kind::SelfSigned)
    }

    fn new(kind: Kind) -> Self {
        Self { kind, clock: Arc::new(system_clock), check_every: CHECK_EVERY }
    }

    /// Whether a local CA signs the certificate.
    #[must_use]
    pub const fn is_self_signed(&self) -> bool {
        matches!(self.kind, Kind::SelfSigned)
    }

    /// Uses this clock in place of the system's. Clients check certificates against their system's clock.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// How often the files are read again, or the certificate's age is checked: every 5 s by default.
    #[must_use]
    pub const fn check_every(mut self, interval: Duration) -> Self {
        self.check_every = interval;
        self
    }

    /// Reads the files, if there are any, and reports what would make [`Tls::open`] fail.
    pub fn check(&self) -> Result<(), TlsError> {
        match &self.kind {
            Kind::Files { certificate, key } => pair::read(certificate, key).map(drop),
            Kind::SelfSigned => Ok(()),
        }
    }

    /// Prepares the server that owns `folder`; `server` names its file there. If the folder's CA is not permitted to sign for all
    /// of `hosts`, a new CA replaces it. Without a folder, the CA is lost when the process ends. The first of `hosts` is the host
    /// of the server's own address.
    pub fn open(
        &self,
        folder: Option<&Path>,
        server: &'static str,
        hosts: Vec<Host>,
    ) -> Result<TlsServer, TlsError> {
        self.opened(folder, server, hosts, UnfitCa::Replace)
    }

    /// Prepares another server, whose certificate is signed by the same CA. It is an error if the CA is not permitted to sign for
    /// all of `hosts`.
    pub fn open_beside(
        &self,
        folder: &Path,
        server: &'static str,
        hosts: Vec<Host>,
    ) -> Result<TlsServer, TlsError> {
        self.opened(Some(folder), server, hosts, UnfitCa::Keep)
    }

    fn opened(
        &self,
        folder: Option<&Path>,
        server: &'static str,
        hosts: Vec<Host>,
        unfit: UnfitCa,
    ) -> Result<TlsServer, TlsError> {
        let mut ca_pem = None;
        let source = match (&self.kind, folder) {
            (Kind::Files { certificate, key }, _) => {
                Source::Files { certificate: certificate.clone(), key: key.clone() }
            }
            (Kind::SelfSigned, Some(folder)) => {
                Source::Folder(ServerFile { folder: folder.to_owned(), server })
            }
            (Kind::SelfSigned, None) => {
                let ca = LocalCa::make(&hosts, self.clock.now())?;
                ca_pem = Some(ca.pem());
                Source::Memory(Box::new(ca))
            }
        };
        let (certificates, ca) = Certificates::open(source, hosts, self.clock.clone(), unfit)?;
        let ca_pem = ca.map(|ca| ca.pem()).or(ca_pem);
        TlsServer::new(Arc::new(certificates), ca_pem, self.check_every)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(out)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the default: clients check certificates against their system's clock"
)]
fn system_clock() -> Timestamp {
    Timestamp::from(SystemTime::now())
}
