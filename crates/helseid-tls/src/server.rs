//! The server side of TLS: handshakes, and the renewal of the certificate.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, timeout};
use tokio_rustls::TlsAcceptor;
pub use tokio_rustls::server::TlsStream;

use crate::certificates::Certificates;
use crate::error::TlsError;
use crate::local_ca::failed;
use crate::provider;

/// How long a handshake may take.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// Performs TLS handshakes. Clones share their certificate.
///
/// ```
/// use helseid_tls::TlsServer;
/// use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
///
/// /// One connection of a listener.
/// async fn serve(server: &TlsServer, stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
///     let mut stream = server.accept(stream).await?;
///     stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await?;
///     stream.shutdown().await
/// }
/// ```
#[derive(Clone)]
pub struct TlsServer {
    acceptor: TlsAcceptor,
    certificates: Arc<Certificates>,
    ca_pem: Option<Arc<str>>,
    check_every: Duration,
}

impl TlsServer {
    pub(crate) fn new(
        certificates: Arc<Certificates>,
        ca_pem: Option<String>,
        check_every: Duration,
    ) -> Result<Self, TlsError> {
        let config = provider::config(certificates.clone()).map_err(failed)?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Ok(Self { acceptor, certificates, ca_pem: ca_pem.map(Into::into), check_every })
    }

    /// Performs the handshake on `stream`, within 10 s. An error is the peer's: it does not speak TLS, supports none of our
    /// versions or suites, or does not trust the certificate.
    pub async fn accept<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) -> io::Result<TlsStream<S>> {
        timeout(HANDSHAKE_TIME, self.acceptor.accept(stream))
            .await
            .unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "no TLS handshake within 10 s")))
    }

    /// The certificate of the local CA, in PEM, if it signs.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// Reads or renews the certificate periodically, until `stop` turns true.
    pub async fn follow(self, mut stop: watch::Receiver<bool>) {
        let mut ticks = tokio::time::interval(self.check_every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                _ = ticks.tick() => {}
            }
            let own = self.clone();
            // Reading files blocks. If this panics, the next tick tries again.
            let _ = tokio::task::spawn_blocking(move || own.look()).await;
        }
    }

    /// Reads or renews the certificate now. Connections from then on get it.
    pub(crate) fn look(&self) {
        self.certificates.refresh();
    }
}

impl fmt::Debug for TlsServer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TlsServer").finish_non_exhaustive()
    }
}
