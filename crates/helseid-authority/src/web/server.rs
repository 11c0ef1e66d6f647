//! Listens, and gives places to connections.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use helseid_protocol::log_budget::LogBudget;
use helseid_protocol::log_within;
use helseid_protocol::time::Clock;
use helseid_tls::TlsServer;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::connection::{self, ConnectionService, End, Ends};
use super::places::{FreePlace, Places};

/// How many connections may wait to be taken at once: beyond, a client asks again after a second.
const QUEUE: u32 = 1_024;

/// How long requests under way may take when the authority stops.
const DRAIN_TIME: Duration = Duration::from_secs(4);

/// How long to wait for a file handle.
const PAUSE: Duration = Duration::from_millis(50);

/// An address that is listened on.
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    listener: TcpListener,
}

impl Listener {
    pub(crate) async fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // So that a start takes the place of one that just ended.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let listener = socket.listen(QUEUE)?;
        Ok(Self { address: listener.local_addr()?, listener })
    }
}

/// Serves the connections of one listener or several, which share their places.
#[derive(Clone)]
pub(crate) struct Server {
    router: Router,
    places: Arc<Places>,
    log: Arc<LogBudget>,
    clock: Arc<dyn Clock>,
    tls: Option<TlsServer>,
}

impl Server {
    pub(crate) fn new(router: Router, places: Arc<Places>, clock: Arc<dyn Clock>) -> Self {
        Self { router, places, log: Arc::new(LogBudget::new(10, 1)), clock, tls: None }
    }

    /// Serves HTTPS, if there is something for it.
    pub(crate) fn with_tls(self, tls: Option<TlsServer>) -> Self {
        Self { tls, ..self }
    }

    /// Serves until `stop` turns true, then ends what is under way.
    pub(crate) async fn serve(self, listener: Listener, mut stop: watch::Receiver<bool>) {
        let (graceful, mut connections) = (GracefulShutdown::new(), JoinSet::new());
        loop {
            let next = async {
                let free = self.free_place().await?;
                Some((free, listener.listener.accept().await))
            };
            let (free, accepted) = tokio::select! {
                Some(next) = next => next,
                // One that panicked has only itself ended.
                Some(_) = connections.join_next() => continue,
                _ = stop.wait_for(|stop| *stop) => break,
                else => break,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let graceful = graceful.watcher();
                    let ends = Ends { scarce: self.places.scarce(), stop: stop.clone(), graceful };
                    self.take((stream, peer), free, ends, &mut connections);
                }
                Err(why) => self.not_accepted(&why).await,
            }
        }
        drop(listener);
        if tokio::time::timeout(DRAIN_TIME, graceful.shutdown()).await.is_err() {
            tracing::warn!("some requests were still under way at the end");
        }
        connections.shutdown().await;
    }

    async fn free_place(&self) -> Option<FreePlace> {
        if let Some(free) = self.places.free_now() {
            return Some(free);
        }
        let most = self.places.most();
        log_within!(self.log, self.clock.now(), warn, most, "all connections are taken: new ones wait");
        self.places.free().await
    }

    fn take(
        &self,
        (stream, peer): (TcpStream, SocketAddr),
        free: FreePlace,
        ends: Ends,
        connections: &mut JoinSet<()>,
    ) {
        let peer = peer.ip();
        let Ok(place) = self.places.give(free, peer) else {
            let line = "an address has half of all connections: another one of it is closed";
            log_within!(self.log, self.clock.now(), warn, %peer, "{line}");
            return;
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection stays slow");
        }
        let (log, clock) = (self.log.clone(), self.clock.clone());
        let service = ConnectionService { router: self.router.clone(), peer, clock: clock.clone() };
        let served = connection::serve(stream, self.tls.clone(), service, ends);
        connections.spawn(async move {
            let end = served.await;
            drop(place);
            let line = match end {
                End::Closed => return,
                End::Unread => "a connection ended whose peer took nothing of an answer for 30 s",
                End::Idle => "a connection without a request ended: three quarters of all are taken",
            };
            log_within!(log, clock.now(), warn, %peer, "{line}");
        });
    }

    async fn not_accepted(&self, why: &io::Error) {
        use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
        if matches!(why.kind(), ConnectionAborted | ConnectionReset | Interrupted) {
            return;
        }
        // Out of file handles, mostly.
        log_within!(self.log, self.clock.now(), warn, %why, "a connection cannot be taken");
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests;
