//! Accepts connections, so many at once, until the sidecar stops.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use helseid_tls::TlsServer;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::bind::{Inner, Listener};
use super::connection::connection;
use crate::callers::Peer;

/// The most connections at once; more wait.
const CONNECTIONS: usize = 1_024;

/// How long what is under way may take when the sidecar stops.
pub(crate) const DRAIN_TIME: Duration = Duration::from_secs(4);

/// A pause when no connection could be accepted, as without free file handles.
const PAUSE: Duration = Duration::from_millis(50);

enum Accepted {
    Tcp(TcpStream, IpAddr),
    Https(TcpStream, IpAddr, Box<TlsServer>),
    #[cfg(unix)]
    Socket(UnixStream),
}

/// Serves until `stop` is there, and then ends what is under way.
pub(crate) async fn serve(listener: Listener, router: Router, stop: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let (graceful, mut connections) = (GracefulShutdown::new(), JoinSet::new());
    let mut stop = std::pin::pin!(stop);
    let following = follow(&listener);
    loop {
        let next = async { (places.clone().acquire_owned().await, accept(&listener).await) };
        let (place, accepted) = tokio::select! {
            next = next => next,
            Some(_) = connections.join_next() => continue,
            () = &mut stop => break,
        };
        let (Ok(place), Ok(accepted)) = (place, accepted) else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let (router, watcher) = (router.clone(), graceful.watcher());
        connections.spawn(async move {
            let _place = place;
            match accepted {
                Accepted::Tcp(stream, address) => {
                    // Small answers go out at once.
                    let _slower = stream.set_nodelay(true);
                    connection(stream, Peer::Tcp { address }, router, watcher).await;
                }
                Accepted::Https(stream, address, tls) => {
                    let _slower = stream.set_nodelay(true);
                    // What fails of a handshake is the other side's.
                    let Ok(stream) = tls.accept(stream).await else { return };
                    connection(stream, Peer::Tcp { address }, router, watcher).await;
                }
                #[cfg(unix)]
                Accepted::Socket(stream) => {
                    // A process that the kernel does not know may not ask.
                    let Ok(user) = stream.peer_cred() else { return };
                    connection(stream, Peer::Socket { uid: user.uid() }, router, watcher).await;
                }
            }
        });
    }
    drop((listener, following));
    let _ended = tokio::time::timeout(DRAIN_TIME, graceful.shutdown()).await;
    connections.shutdown().await;
}

/// Reads the certificate again while this is kept.
fn follow(listener: &Listener) -> Option<DropGuard> {
    let Inner::Https(_, _, tls) = &listener.0 else { return None };
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(tls.as_ref().clone().follow(stopped));
    Some(DropGuard(stop))
}

/// Ends what follows it.
struct DropGuard(watch::Sender<bool>);

impl Drop for DropGuard {
    fn drop(&mut self) {
        self.0.send_replace(true);
    }
}

async fn accept(listener: &Listener) -> std::io::Result<Accepted> {
    match &listener.0 {
        Inner::Tcp(listener, _) => {
            listener.accept().await.map(|(stream, from)| Accepted::Tcp(stream, from.ip()))
        }
        Inner::Https(listener, _, tls) => {
            let (stream, from) = listener.accept().await?;
            Ok(Accepted::Https(stream, from.ip(), tls.clone()))
        }
        #[cfg(unix)]
        Inner::Socket { listener, .. } => listener.accept().await.map(|(stream, _)| Accepted::Socket(stream)),
    }
}
