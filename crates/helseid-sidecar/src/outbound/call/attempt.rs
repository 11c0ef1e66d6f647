//! One request to the API, bounded in time.

use std::time::Duration;

use helseid_http::{AnswerBody, Body, HttpError, HttpErrorKind, Outbound};
use http::{Request, Response, StatusCode};
use tokio::time::{Instant, sleep_until};

use super::stream::Bounds;
use crate::refusal::Refusal;

/// How often the time is looked at meanwhile.
const TICK: Duration = Duration::from_secs(1);

/// Sends a request, and gives the answer as soon as its head is there. Gives up when nothing moves, and with the token of the call
/// (threat B22).
pub(super) async fn send(
    outbound: &Outbound,
    request: Request<Body>,
    bounds: &Bounds,
) -> Result<Response<AnswerBody>, Refusal> {
    let mut sent = std::pin::pin!(outbound.open(request, None));
    loop {
        let (progress, idle) = (&bounds.progress, bounds.idle);
        let late = progress.last() + idle;
        tokio::select! {
            biased;
            answer = &mut sent => {
                let answer = answer.map(helseid_http::Answer::into_response).map_err(|why| unanswered(&why))?;
                return not_upgraded(answer);
            }
            () = sleep_until(late.min(Instant::now() + TICK)) => {}
        }
        if bounds.is_over() {
            let why = "the call was still under way when its token had expired, and the grace was over";
            return Err(Refusal::new(StatusCode::GATEWAY_TIMEOUT, "server_error", why));
        }
        if progress.last() + idle <= Instant::now() {
            return Err(match progress.waits_for_caller() {
                true => {
                    let why = "nothing more came of the body";
                    Refusal::new(StatusCode::REQUEST_TIMEOUT, "invalid_request", why)
                }
                false => too_late(),
            });
        }
    }
}

/// Refuses an answer by which the connection becomes another: nobody asked for it (RFC 9110 section 15.2.2).
fn not_upgraded(answer: Response<AnswerBody>) -> Result<Response<AnswerBody>, Refusal> {
    match answer.status() {
        StatusCode::SWITCHING_PROTOCOLS => {
            let why = "the API answered 101 to a request without Upgrade";
            Err(Refusal::new(StatusCode::BAD_GATEWAY, "server_error", why))
        }
        _ => Ok(answer),
    }
}

fn too_late() -> Refusal {
    Refusal::new(StatusCode::GATEWAY_TIMEOUT, "server_error", "the API did not answer in time")
}

/// What went wrong without its address, which may name a patient (threat B21).
fn unanswered(error: &HttpError) -> Refusal {
    let (status, why) = match error.kind() {
        HttpErrorKind::Timeout => return too_late(),
        HttpErrorKind::InsecureUrl => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "the API is not called over http: use https, or name its host in insecure_http",
        ),
        HttpErrorKind::Connect => (StatusCode::BAD_GATEWAY, "the API cannot be reached"),
        HttpErrorKind::Tls => (StatusCode::BAD_GATEWAY, "the certificate of the API is not trusted"),
        HttpErrorKind::Settings | HttpErrorKind::Proxy | HttpErrorKind::InsecureHost => {
            (StatusCode::INTERNAL_SERVER_ERROR, "the settings for the way to the API cannot be used")
        }
        _ => (StatusCode::BAD_GATEWAY, "the connection to the API broke before it answered"),
    };
    Refusal::new(status, "server_error", why)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::response::IntoResponse as _;
    use helseid_protocol::time::Timestamp;
    use helseid_tls::Tls;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::super::body::Progress;
    use super::*;

    #[tokio::test]
    async fn what_is_not_answered_is_told_by_its_kind() {
        let outbound = Outbound::builder().build().unwrap();
        let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let closed = format!("http://{}/", gone.local_addr().unwrap());
        drop(gone);
        let mut errors = Vec::new();
        for url in ["http://api.example/", &closed] {
            let request = Request::get(url).body(Body::default()).unwrap();
            errors.push(outbound.open(request, None).await.unwrap_err());
        }
        let missing = std::env::temp_dir().join("there-is-no-such-file");
        errors.push(Outbound::builder().ca_file(Some(missing)).build().unwrap_err());
        errors.push(of_untrusted().await);
        errors.push(of_silent().await);
        for (error, status, why) in [
            (&errors[0], 500, "the API is not called over http"),
            (&errors[1], 502, "the API cannot be reached"),
            (&errors[2], 500, "the settings for the way to the API"),
            (&errors[3], 502, "the certificate of the API is not trusted"),
            (&errors[4], 504, "the API did not answer in time"),
        ] {
            let refusal = unanswered(error).into_response();
            assert_eq!(refusal.status().as_u16(), status, "{error}");
            let body = axum::body::to_bytes(refusal.into_body(), 4096).await.unwrap();
            let body = String::from_utf8(body.to_vec()).unwrap();
            assert!(body.contains(why) && !body.contains("api.example"), "{body}");
        }
    }

    /// Of a call to a server with a certificate of a CA of its own.
    async fn of_untrusted() -> HttpError {
        let server = Tls::self_signed().open(None, "test", Vec::new()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}/", listener.local_addr().unwrap());
        let accepted = async { server.accept(listener.accept().await.unwrap().0).await.map(drop) };
        let request = Request::get(url).body(Body::default()).unwrap();
        let outbound = Outbound::builder().build().unwrap();
        let (error, accepted) = tokio::join!(outbound.open(request, None), accepted);
        assert!(accepted.is_err());
        error.unwrap_err()
    }

    /// Of a call to a server that takes no connection from those that wait, by a client that waits shortly.
    async fn of_silent() -> HttpError {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let request = Request::get(format!("http://{}/", listener.local_addr().unwrap()));
        let (long, short) = (Duration::from_secs(60), Duration::from_millis(10));
        let outbound = Outbound::builder().timeouts(long, short, long).build().unwrap();
        outbound.open(request.body(Body::default()).unwrap(), None).await.unwrap_err()
    }

    /// What becomes of a call to an API that takes these seconds to answer. The time of the test stands still until the API has the
    /// request, and then goes by itself.
    async fn after(seconds: u64, idle: u64) -> Result<Response<AnswerBody>, Refusal> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let request = Request::get(format!("http://{}/", listener.local_addr().unwrap()));
        let (long, outbound) = (Duration::from_secs(3600), Outbound::builder());
        let outbound = outbound.timeouts(long, long, long).build().unwrap();
        let now = || Timestamp::from_seconds(1_790_000_000);
        let (clock, idle) = (Arc::new(now), Duration::from_secs(idle));
        let bounds = Bounds { clock, until: None, idle, progress: Progress::new() };
        let answers = async {
            let (mut connection, _) = listener.accept().await.unwrap();
            let read = connection.read(&mut [0; 1024]).await.unwrap();
            assert!(read > 0);
            tokio::time::pause();
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            tokio::time::resume();
            connection.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
            connection
        };
        tokio::join!(send(&outbound, request.body(Body::default()).unwrap(), &bounds), answers).0
    }

    #[tokio::test]
    async fn a_slow_api_is_waited_for_until_nothing_has_moved_for_too_long() {
        let answer = after(5, 60).await.map(|answer| answer.status().as_u16());
        assert!(matches!(answer, Ok(204)));
        let refusal = after(120, 60).await.map(drop).unwrap_err().into_response();
        assert_eq!(refusal.status().as_u16(), 504);
    }

    #[tokio::test]
    async fn the_time_is_not_looked_at_all_the_time() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let request = Request::get(format!("http://{}/", listener.local_addr().unwrap()));
        let (looks, outbound) = (Arc::new(AtomicUsize::new(0)), Outbound::builder().build().unwrap());
        let counted = looks.clone();
        let now = move || {
            counted.fetch_add(1, Ordering::Relaxed);
            Timestamp::from_seconds(1_790_000_000)
        };
        let until = Some(Timestamp::from_seconds(1_790_000_060));
        let idle = Duration::from_secs(60);
        let bounds = Bounds { clock: Arc::new(now), until, idle, progress: Progress::new() };
        let waits = async {
            let _connection = listener.accept().await.unwrap();
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            answer = send(&outbound, request.body(Body::default()).unwrap(), &bounds) => panic!("{answer:?}"),
            () = waits => {}
        }
        // Once a second.
        assert!(looks.load(Ordering::Relaxed) < 10, "{looks:?}");
    }
}
