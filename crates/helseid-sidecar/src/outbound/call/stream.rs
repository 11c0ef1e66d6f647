//! The body of an answer, handed on as it arrives. It ends with its token, some grace later (threat B22), and when nothing moves.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use helseid_http::AnswerBody;
use helseid_protocol::time::{Clock, Timestamp};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Interval, interval};

use super::body::Progress;
use super::passed;

/// How often the time is looked at while nothing arrives.
const TICK: Duration = Duration::from_secs(1);

/// When an answer ends at the latest.
#[derive(Clone)]
pub(super) struct Bounds {
    pub(super) clock: Arc<dyn Clock>,
    /// The end of the token and its grace; nothing if it has none.
    pub(super) until: Option<Timestamp>,
    /// How long nothing may arrive.
    pub(super) idle: Duration,
    /// Of the request's body, which may still be on its way.
    pub(super) progress: Arc<Progress>,
}

/// The body of an answer.
pub(super) struct Stream {
    inner: AnswerBody,
    bounds: Bounds,
    /// Since when nothing arrives, and what wakes up meanwhile.
    waits: Option<(Instant, Interval)>,
}

/// Why an answer was cut off.
#[derive(Debug, thiserror::Error)]
pub(super) enum CutOff {
    /// The connection broke.
    #[error("the connection to the API broke")]
    Broken,
    /// Nothing moved.
    #[error("the API sent nothing more")]
    Idle,
    /// The token is past its time.
    #[error("the token of the call has expired")]
    Expired,
}

impl Stream {
    pub(super) const fn new(inner: AnswerBody, bounds: Bounds) -> Self {
        Self { inner, bounds, waits: None }
    }

    /// Whether it ends now, though nothing arrived.
    fn ends(&mut self, context: &mut Context<'_>) -> Option<CutOff> {
        let (since, tick) = self.waits.get_or_insert_with(|| (Instant::now(), interval(TICK)));
        while tick.poll_tick(context).is_ready() {
            let last = self.bounds.progress.last().max(*since);
            if last.elapsed() >= self.bounds.idle {
                return Some(CutOff::Idle);
            }
            if self.bounds.is_over() {
                return Some(CutOff::Expired);
            }
        }
        None
    }
}

impl Bounds {
    /// Whether the token and its grace are over.
    pub(super) fn is_over(&self) -> bool {
        self.until.is_some_and(|until| self.clock.now() > until)
    }
}

impl HttpBody for Stream {
    type Data = Bytes;
    type Error = CutOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CutOff>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(context) else {
            return self.ends(context).map_or(Poll::Pending, |why| Poll::Ready(Some(Err(why))));
        };
        self.waits = None;
        let Some(frame) = frame else { return Poll::Ready(None) };
        let Ok(frame) = frame else { return Poll::Ready(Some(Err(CutOff::Broken))) };
        match frame.into_data() {
            Ok(_) if self.bounds.is_over() => Poll::Ready(Some(Err(CutOff::Expired))),
            Ok(data) => Poll::Ready(Some(Ok(Frame::data(data)))),
            Err(last) => {
                let trailers = last.into_trailers().ok().and_then(passed::trailers);
                Poll::Ready(trailers.map(|trailers| Ok(Frame::trailers(trailers))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http::Request;
    use http_body_util::BodyExt as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::Notify;

    use super::*;

    const END: Timestamp = Timestamp::from_seconds(1_790_000_000);

    /// So long after the end of the token; the clock tells when it is looked at.
    fn bounds(now: i64) -> (Bounds, Arc<Notify>) {
        let now = Timestamp::from_seconds(END.seconds() + now);
        let looked = Arc::new(Notify::new());
        let looks = looked.clone();
        let clock = Arc::new(move || {
            looks.notify_one();
            now
        });
        let idle = Duration::from_secs(60);
        (Bounds { clock, until: Some(END), idle, progress: Progress::new() }, looked)
    }

    /// An answer with this end of its head and this begin of its body.
    async fn answered(text: &str) -> (TcpStream, AnswerBody) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let outbound = helseid_http::Outbound::builder().build().unwrap();
        let asked = tokio::spawn(async move {
            let request = Request::get(url).body(helseid_http::Body::default()).unwrap();
            outbound.open(request, None).await.unwrap().into_response().into_body()
        });
        let (mut connection, _) = listener.accept().await.unwrap();
        assert!(connection.read(&mut [0; 4096]).await.unwrap() > 0);
        connection.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {text}").as_bytes()).await.unwrap();
        (connection, asked.await.unwrap())
    }

    #[tokio::test]
    async fn an_answer_may_last_as_long_as_its_token_and_no_longer() {
        assert_eq!([-1, 0, 1].map(|now| bounds(now).0.is_over()), [false, false, true]);
        assert!(!Bounds { until: None, ..bounds(1).0 }.is_over());
        let (_connection, body) = answered("4\r\n\r\nab").await;
        let ended = Stream::new(body, bounds(1).0).frame().await.unwrap();
        assert!(matches!(ended, Err(CutOff::Expired)), "{ended:?}");
    }

    #[tokio::test]
    async fn an_answer_that_pauses_is_not_cut_off() {
        let (mut connection, body) = answered("4\r\n\r\nab").await;
        let (bounds, looked) = bounds(0);
        let mut stream = Stream::new(body, bounds.clone());
        assert!(!stream.is_end_stream());
        assert_eq!(stream.frame().await.unwrap().unwrap().into_data().unwrap(), "ab");
        // The time has been looked at for what came; it is again while nothing comes.
        looked.notified().await;
        let more = async {
            looked.notified().await;
            connection.write_all(b"cd").await.unwrap();
        };
        let rest = async { stream.frame().await.unwrap().unwrap().into_data().unwrap() };
        assert_eq!(tokio::join!(rest, more).0, "cd");
        assert!(stream.frame().await.is_none());
        let (_connection, empty) = answered("0\r\n\r\n").await;
        assert!(Stream::new(empty, bounds).is_end_stream());
    }
}
