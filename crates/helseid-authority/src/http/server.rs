//! Connections, bounded in number, size and time.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use ::http::Request;
use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, watch};

/// The most connections at once; more wait.
const MAX_CONNECTIONS: usize = 4_096;

/// How many connections may wait to be taken at once: beyond, a client asks again after a second.
const QUEUE: u32 = 1_024;

/// The most bytes of a request's line and headers.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// How long a request's headers may take, and an idle connection may last.
const HEAD_TIME: Duration = Duration::from_secs(30);

/// How long requests under way may take when the authority stops.
const DRAIN_TIME: Duration = Duration::from_secs(10);

/// An address that is listened on.
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    listener: TcpListener,
}

impl Listener {
    pub(crate) async fn bind(address: SocketAddr) -> std::io::Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // So that a start takes the place of one that just ended.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let listener = socket.listen(QUEUE)?;
        Ok(Self { address: listener.local_addr()?, listener })
    }
}

/// Serves until `stop` turns true, then ends what is under way.
pub(crate) async fn serve(listener: Listener, router: Router, mut stop: watch::Receiver<bool>) {
    let (graceful, places) = (GracefulShutdown::new(), Arc::new(Semaphore::new(MAX_CONNECTIONS)));
    loop {
        let place = tokio::select! {
            place = places.clone().acquire_owned() => place,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let stream = tokio::select! {
            accepted = listener.listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let (Ok(place), Ok((stream, peer))) = (place, stream) else {
            // Out of file descriptors: the next connection may find one.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let connection =
            graceful.watch(connection(stream, WithPeer { router: router.clone(), peer: Peer(peer.ip()) }));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_TIME, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were still under way at the end");
    }
}

/// The address that a request came from, among its extensions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Adds [`Peer`] to each request of a connection.
#[derive(Clone)]
struct WithPeer {
    router: Router,
    peer: Peer,
}

impl tower::Service<Request<Incoming>> for WithPeer {
    type Response = <Router as tower::Service<Request<Incoming>>>::Response;
    type Error = <Router as tower::Service<Request<Incoming>>>::Error;
    type Future = <Router as tower::Service<Request<Incoming>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        tower::Service::<Request<Incoming>>::poll_ready(&mut self.router, context)
    }

    fn call(&mut self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.peer);
        self.router.call(request)
    }
}

type Connection = http1::Connection<TokioIo<TcpStream>, TowerToHyperService<WithPeer>>;

fn connection(stream: TcpStream, router: WithPeer) -> Connection {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection stays slow");
    }
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(100)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
}
