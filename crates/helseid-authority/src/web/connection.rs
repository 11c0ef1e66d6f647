//! One connection, bounded in size and time.
//!
//! 1. A TLS handshake takes at most 10 s. A head takes at most 30 s, and an idle connection lasts as long.
//! 2. A write ends when the peer has taken nothing for 30 s, that of a handshake or of what TLS still holds, too.
//! 3. While places are scarce, a connection without a request ends after 5 s, also with half a handshake or half a head.
//!
//! Each response has the `Date` of the authority's own clock (RFC 9110 section 6.6.1), so that clients see how far it differs.

use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use ::http::{Request, Response, header};
use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::routing::future::RouteFuture;
use helseid_protocol::time::Clock;
use helseid_tls::TlsServer;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use hyper_util::service::TowerToHyperService;
use pin_project_lite::pin_project;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use super::activity::{Activity, UnderWay};
use super::date::http_date;
use super::stream::Watched;

/// The most bytes of a request's line and headers.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// The most headers of a request.
const MAX_HEADERS: usize = 100;

/// How long a request's headers may take, and an idle connection may last.
const HEAD_TIME: Duration = Duration::from_secs(30);

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// By itself, or by a fault of the peer.
    Closed,
    /// The peer took nothing of an answer for too long.
    Unread,
    /// It had no request, and others wanted its place.
    Idle,
}

/// The address that a request came from, among its extensions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// What answers the requests of a connection.
#[derive(Clone)]
pub(super) struct ConnectionService {
    pub(super) router: Router,
    pub(super) peer: IpAddr,
    pub(super) clock: Arc<dyn Clock>,
}

/// What ends a connection from outside.
pub(super) struct Ends {
    /// Others want its place, if it has no request.
    pub(super) scarce: watch::Receiver<bool>,
    /// The server stops: a handshake ends at once.
    pub(super) stop: watch::Receiver<bool>,
    /// The same: the request under way is the last one.
    pub(super) graceful: Watcher,
}

/// Serves one connection to its end, after a handshake if there is TLS.
pub(super) async fn serve<S>(
    stream: S,
    tls: Option<TlsServer>,
    service: ConnectionService,
    mut ends: Ends,
) -> End
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let activity = Activity::new();
    let stream = Watched::new(stream, activity.clone());
    let Some(tls) = tls else { return serve_http(stream, service, activity, ends).await };
    let shaken = tokio::select! {
        shaken = tls.accept(stream) => shaken,
        () = activity.overstayed(ends.scarce.clone()) => return End::Idle,
        _ = ends.stop.wait_for(|stop| *stop) => return End::Closed,
    };
    match shaken {
        // On the heap: a connection without TLS is to take no more room for it.
        Ok(stream) => Box::pin(serve_http(stream, service, activity, ends)).await,
        Err(error) => {
            tracing::debug!(%error, peer = %service.peer, "a TLS handshake failed");
            if activity.ended_unread() { End::Unread } else { End::Closed }
        }
    }
}

async fn serve_http<S>(stream: S, service: ConnectionService, activity: Arc<Activity>, ends: Ends) -> End
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = Requests { service, activity: activity.clone() };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let connection = ends.graceful.watch(connection);
    tokio::select! {
        ended = connection => {
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection broke");
            }
            if activity.ended_unread() { End::Unread } else { End::Closed }
        }
        () = activity.overstayed(ends.scarce) => End::Idle,
    }
}

/// Adds [`Peer`] to each request of a connection and the date to its answer, and knows when that is whole.
#[derive(Clone)]
struct Requests {
    service: ConnectionService,
    activity: Arc<Activity>,
}

impl tower::Service<Request<Incoming>> for Requests {
    type Response = Response<Answer>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        tower::Service::<Request<Incoming>>::poll_ready(&mut self.service.router, context)
    }

    fn call(&mut self, mut request: Request<Incoming>) -> Answering {
        let under_way = UnderWay::new(&self.activity);
        let ConnectionService { router, peer, clock } = &mut self.service;
        request.extensions_mut().insert(Peer(*peer));
        Answering { answer: router.call(request), clock: clock.clone(), under_way: Some(under_way) }
    }
}

pin_project! {
    /// An answer on its way.
    struct Answering {
        #[pin]
        answer: RouteFuture<Infallible>,
        clock: Arc<dyn Clock>,
        under_way: Option<UnderWay>,
    }
}

impl Future for Answering {
    type Output = Result<Response<Answer>, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = match ready!(this.answer.poll(context)) {
            Ok(response) => response,
            Err(never) => match never {},
        };
        if let header::Entry::Vacant(place) = response.headers_mut().entry(header::DATE)
            && let Some(date) = http_date(this.clock.now())
        {
            place.insert(date);
        }
        let under_way = this.under_way.take();
        Poll::Ready(Ok(response.map(|body| Answer { body, _under_way: under_way })))
    }
}

/// The body of an answer; the request is under way until all of it was handed over.
struct Answer {
    body: Body,
    _under_way: Option<UnderWay>,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests;
