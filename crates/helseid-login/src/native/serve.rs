//! What is answered at the loopback interface while a person logs in: one callback, and 404 for all else.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use helseid_protocol::jose::crypto;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;
use url::form_urlencoded;

use super::listener::Loopback;
use super::page::Page;

/// The most connections at a time: a browser opens a few.
const CONNECTIONS: usize = 16;

/// How long a request's head may take, and an idle connection may last.
const HEAD_TIME: Duration = Duration::from_secs(10);

/// The pause after a connection could not be taken.
const PAUSE: Duration = Duration::from_millis(100);

/// The most bytes of a request's head: a callback is shorter.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// Takes the callback of one login. Ends with what it holds when it is dropped.
pub(super) struct Desk {
    arrivals: mpsc::Receiver<Arrival>,
    serving: JoinSet<()>,
}

/// The callback, whose browser waits for its page.
pub(super) struct Arrival {
    query: String,
    page: oneshot::Sender<Page>,
}

/// What each connection knows.
struct Counter {
    state: String,
    /// Taken by the callback, so that there is one.
    arrival: Mutex<Option<mpsc::Sender<Arrival>>>,
}

impl Desk {
    /// Serves at `loopback` from now on, for the login of this `state`.
    pub(super) fn open(loopback: Loopback, state: String) -> Self {
        let (sender, arrivals) = mpsc::channel(1);
        let counter = Arc::new(Counter { state, arrival: Mutex::new(Some(sender)) });
        let mut serving = JoinSet::new();
        serving.spawn(accept(loopback, counter));
        Self { arrivals, serving }
    }

    /// The callback, when it comes.
    pub(super) async fn arrival(&mut self) -> Option<Arrival> {
        self.arrivals.recv().await
    }

    /// Ends when the page was sent, or after `time` at the latest.
    pub(super) async fn close(mut self, time: Duration) {
        // The page's connection drops its end of the channel when it has answered.
        let _ = tokio::time::timeout(time, self.arrivals.recv()).await;
        self.serving.shutdown().await;
    }
}

impl Arrival {
    /// The query, which has the code: not for logs.
    pub(super) fn query(&self) -> &[u8] {
        self.query.as_bytes()
    }

    /// Shows this page.
    pub(super) fn answer(self, page: Page) {
        // A browser that went away sees nothing.
        let _ = self.page.send(page);
    }
}

async fn accept(loopback: Loopback, counter: Arc<Counter>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let Ok(stream) = loopback.accept().await else {
            // As when there are no more file descriptors: others may be given back.
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        let counter = counter.clone();
        connections.spawn(async move {
            serve(stream, counter).await;
            drop(place);
        });
    }
}

/// One request each, so that the end of a connection is the end of its answer.
async fn serve(stream: TcpStream, counter: Arc<Counter>) {
    let kept = Arc::new(Mutex::new(None));
    let service = service_fn(|request: Request<Incoming>| {
        let (counter, kept) = (counter.clone(), kept.clone());
        async move { Ok::<_, Infallible>(answered(&counter, &request, &kept).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(MAX_HEAD_BYTES)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(kind = %error, "a connection to the login failed");
    }
    // Not before: whoever waits for it ends the program.
    drop(kept);
}

type Kept = Mutex<Option<mpsc::Sender<Arrival>>>;

async fn answered(counter: &Counter, request: &Request<Incoming>, kept: &Kept) -> Response<Full<Bytes>> {
    let Some((query, sender)) = counter.callback(request) else { return not_found() };
    let (page, waits) = oneshot::channel();
    let has_arrived = sender.try_send(Arrival { query, page }).is_ok();
    *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
    match waits.await {
        Ok(page) if has_arrived => response(StatusCode::OK, page.html()),
        _ => response(StatusCode::OK, Page::Failed.html()),
    }
}

impl Counter {
    /// The query of a callback of this login, and its way to whoever waits: once.
    fn callback(&self, request: &Request<Incoming>) -> Option<(String, mpsc::Sender<Arrival>)> {
        let uri = request.uri();
        if request.method() != Method::GET || uri.path() != "/callback" {
            return None;
        }
        let query = uri.query()?;
        let mut states = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "state");
        let is_ours = states.any(|(_, state)| crypto::equal(state.as_bytes(), self.state.as_bytes()));
        if !is_ours {
            return None;
        }
        let sender = self.arrival.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some((query.to_owned(), sender))
    }
}

fn not_found() -> Response<Full<Bytes>> {
    response(StatusCode::NOT_FOUND, "")
}

fn response(status: StatusCode, html: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(html.as_bytes())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; form-action 'none'"),
    ] {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    response
}
