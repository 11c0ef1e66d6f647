//! The certificate of a server, and where the next one comes from.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use helseid_protocol::time::{Clock, Timestamp};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::error::TlsError;
use crate::folder::{ServerFile, UnfitCa};
use crate::local_ca::{Host, LocalCa};
use crate::pair;

/// Where a server's certificate comes from.
#[derive(Debug)]
pub(crate) enum Source {
    /// Files that others write.
    Files { certificate: PathBuf, key: PathBuf },
    /// A CA in a folder.
    Folder(ServerFile),
    /// A CA that is lost when the process ends.
    Memory(Box<LocalCa>),
}

/// The certificate that a server presents; it can be replaced at any time.
pub(crate) struct Certificates {
    source: Source,
    /// The first is the host of the server's own address.
    hosts: Vec<Host>,
    clock: Arc<dyn Clock>,
    shown: RwLock<Arc<CertifiedKey>>,
    /// Why the last attempt failed, so that each reason is logged once.
    failure: Mutex<Option<TlsError>>,
}

impl Certificates {
    /// Reads or makes the first one.
    pub(crate) fn open(
        source: Source,
        hosts: Vec<Host>,
        clock: Arc<dyn Clock>,
        unfit: UnfitCa,
    ) -> Result<(Self, Option<LocalCa>), TlsError> {
        let now = clock.now();
        let (ca, shown) = match &source {
            Source::Files { certificate, key } => (None, pair::read(certificate, key)?),
            Source::Folder(folder) => {
                let (ca, shown) = folder.current(&hosts, now, unfit)?;
                (Some(ca), shown)
            }
            Source::Memory(ca) => (None, issued(ca, &hosts, now)?),
        };
        let own = Self { source, hosts, clock, shown: RwLock::new(shown), failure: Mutex::default() };
        own.warn(&own.shown());
        Ok((own, ca))
    }

    /// Reads the files again, or renews a certificate of the local CA that nears its end. New connections get the new one. If it
    /// cannot be used, the reason is logged once and the old certificate stays.
    pub(crate) fn refresh(&self) {
        let shown = self.shown();
        let outcome = self.next(&shown);
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(next) => {
                *failure = None;
                if next.cert != shown.cert {
                    self.warn(&next);
                    *self.shown.write().unwrap_or_else(PoisonError::into_inner) = next;
                    tracing::info!("new connections get a new TLS certificate");
                }
            }
            Err(why) => {
                if failure.as_ref() != Some(&why) {
                    tracing::error!(%why, next = why.next(), "the TLS certificate stays as it is");
                    *failure = Some(why);
                }
            }
        }
    }

    fn next(&self, shown: &Arc<CertifiedKey>) -> Result<Arc<CertifiedKey>, TlsError> {
        let now = self.clock.now();
        match &self.source {
            Source::Files { certificate, key } => pair::read(certificate, key),
            Source::Folder(folder) => {
                folder.current(&self.hosts, now, UnfitCa::KeepKnown).map(|(_, next)| next)
            }
            Source::Memory(ca) => {
                let is_fresh = shown.cert.first().is_some_and(|leaf| ca.is_fresh(leaf, &self.hosts, now));
                if is_fresh { Ok(shown.clone()) } else { issued(ca, &self.hosts, now) }
            }
        }
    }

    /// For files only: the local CA has checked what it signed.
    fn warn(&self, pair: &CertifiedKey) {
        let (Source::Files { certificate, .. }, Some(host)) = (&self.source, self.hosts.first()) else {
            return;
        };
        for complaint in pair::complaints(pair, host.name(), self.clock.now()) {
            tracing::warn!(file = %certificate.display(), "{complaint}: clients will refuse it");
        }
    }

    fn shown(&self) -> Arc<CertifiedKey> {
        self.shown.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn issued(ca: &LocalCa, hosts: &[Host], now: Timestamp) -> Result<Arc<CertifiedKey>, TlsError> {
    ca.issue(hosts, now).and_then(|issued| pair::certified(vec![issued.certificate], &issued.key))
}

impl fmt::Debug for Certificates {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Certificates").field("source", &self.source).finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.shown())
    }
}
