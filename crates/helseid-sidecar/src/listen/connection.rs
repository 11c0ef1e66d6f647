//! One connection, bounded in size and time.

use std::convert::Infallible;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use axum::routing::future::RouteFuture;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_io_timeout::TimeoutStream;

use crate::callers::Peer;

/// The most bytes of a request's line and headers.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// The most headers of a request.
const MAX_HEADERS: usize = 100;

/// How long a request's line and headers may take, and a connection may be idle.
const HEAD_TIME: Duration = Duration::from_secs(30);

/// How long a caller may take nothing of an answer.
const WRITE_TIME: Duration = Duration::from_secs(30);

/// Serves a connection from `peer` to its end. Faults of the other side are no news.
pub(super) async fn connection<S>(stream: S, peer: Peer, router: Router, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_TIME));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS)
        .serve_connection(
            TokioIo::new(Box::pin(stream)),
            TowerToHyperService::new(Requests { router, peer }),
        );
    drop(watcher.watch(served).await);
}

/// Adds [`Peer`] to each request of a connection.
#[derive(Clone)]
struct Requests {
    router: Router,
    peer: Peer,
}

impl tower::Service<Request<Incoming>> for Requests {
    type Response = Response;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        tower::Service::<Request<Incoming>>::poll_ready(&mut self.router, context)
    }

    fn call(&mut self, mut request: Request<Incoming>) -> RouteFuture<Infallible> {
        request.extensions_mut().insert(self.peer);
        tower::Service::call(&mut self.router, request)
    }
}
