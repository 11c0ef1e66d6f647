//! One connection, bounded in size and time.
//!
//! 1. A head takes at most 30 s, and an idle connection lasts as long.
//! 2. A write ends when the peer has taken nothing for 30 s.
//! 3. While places are scarce, a connection without a request ends after 5 s, also with half a head.
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
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
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

/// Serves one connection to its end. When `graceful` shuts down, the request under way is the last one.
pub(super) fn serve<S>(
    stream: S,
    service: ConnectionService,
    scarce: watch::Receiver<bool>,
    graceful: &GracefulShutdown,
) -> impl Future<Output = End> + Send + use<S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let activity = Activity::new();
    let service = Requests { service, activity: activity.clone() };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS)
        .serve_connection(
            TokioIo::new(Watched::new(stream, activity.clone())),
            TowerToHyperService::new(service),
        );
    let connection = graceful.watch(connection);
    async move {
        tokio::select! {
            ended = connection => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke");
                }
                if activity.ended_unread() { End::Unread } else { End::Closed }
            }
            () = activity.overstayed(scarce) => End::Idle,
        }
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
