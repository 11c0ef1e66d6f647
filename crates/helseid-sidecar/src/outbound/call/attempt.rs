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
