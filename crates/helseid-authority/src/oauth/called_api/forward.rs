//! Hands a call on to the API behind a session, and its answer back: below one base, without redirects, bounded in size, time and number.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ::http::request::Parts;
use ::http::{Method, Request, StatusCode};
use axum::body::{Body, HttpBody};
use axum::response::Response;
use helseid_admin_api::ShownCredentials;
use helseid_http::{AnswerBody, HttpError, HttpErrorKind};
use helseid_protocol::endpoint::token::OAuthError;
use helseid_protocol::log_within;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::PATH;
use super::bounded::{Bounded, Bounds, CutOff, Incoming};
use super::passed::{self, Answered};
use super::pumped;
use crate::conformance::Upstream;
use crate::oauth::state::OAuthState;
use crate::web::{body, oauth_error};

/// The most bytes of a call's body, and of its answer's.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// How long a call may take, from its head to the end of its answer.
const TIME: Duration = Duration::from_secs(120);

/// The most calls of one session that are under way.
const UNDER_WAY: usize = 64;

/// The way of calls to the API behind a session.
pub(super) struct Forwarding {
    upstream: Upstream,
    /// Where callers reach it.
    public: String,
    oauth: OAuthState,
    places: Arc<Semaphore>,
}

impl Forwarding {
    /// `public` is the address of the session's API.
    pub(super) fn to(upstream: Upstream, public: String, oauth: OAuthState) -> Self {
        Self { upstream, public, oauth, places: Arc::new(Semaphore::new(UNDER_WAY)) }
    }

    /// The API's answer to a call.
    pub(super) async fn forward(&self, parts: Parts, body: Body) -> Response {
        let sent_to = match self.sent_to(&parts) {
            Ok(sent_to) => sent_to,
            Err((status, why)) => {
                body::discard(body).await;
                return refused(status, &why);
            }
        };
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            body::discard(body).await;
            let why = "64 calls to the API behind this session are under way.";
            return oauth_error::not_now(StatusCode::SERVICE_UNAVAILABLE, why);
        };
        let until = Instant::now() + TIME;
        let bounds = Bounds { bytes: MAX_BYTES, until };
        let body = Bounded::new(Incoming::new(body), bounds);
        let cut_off = body.cut_off();
        let Some(request) = self.request(&parts, &sent_to, body) else {
            return refused(StatusCode::BAD_REQUEST, "The address of the call cannot be sent on.");
        };
        let sent = timeout_at(until, self.upstream.way.open(request, None)).await;
        match sent {
            Ok(Ok(answer)) => self.answered(&parts.method, &sent_to, answer.into_response(), (bounds, place)),
            Ok(Err(why)) => self.failed(&why, &cut_off),
            Err(_) => no_answer(),
        }
    }

    /// Where the API has what was called, below its base as everybody reads it.
    fn sent_to(&self, parts: &Parts) -> Result<Url, (StatusCode, String)> {
        if matches!(parts.method, Method::CONNECT | Method::TRACE) {
            let why = "A session hands on neither CONNECT nor TRACE, whose answer would repeat the token.";
            return Err((StatusCode::NOT_IMPLEMENTED, why.to_owned()));
        }
        if passed::came_by_a_session(&parts.headers) {
            let why = "The call came by a session before: what stands behind this one is a session, too.";
            return Err((StatusCode::LOOP_DETECTED, why.to_owned()));
        }
        if passed::loses_what_it_was_judged_with(&parts.headers) {
            let why = "Connection names a header that the call is judged by, or that says what its body is: leave it out there.";
            return Err((StatusCode::BAD_REQUEST, why.to_owned()));
        }
        let below = parts.uri.path().strip_prefix(PATH).unwrap_or_default();
        let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let address = format!("{}{below}{query}", self.upstream.base.as_text());
        self.upstream.base.holds(&address).map_err(|why| {
            // Where the API is, is nothing to tell callers.
            let why = match why.contains(self.upstream.base.origin()) {
                true => "it is not written as URLs are: encode what must be encoded, and nothing else",
                false => &why,
            };
            (StatusCode::BAD_REQUEST, format!("The address of the call cannot be sent on: {why}."))
        })
    }

    fn request<B>(
        &self,
        parts: &Parts,
        sent_to: &Url,
        body: Bounded<B>,
    ) -> Option<Request<helseid_http::Body>>
    where
        B: HttpBody<Data = axum::body::Bytes> + Send + 'static,
    {
        let public = Url::parse(&self.public).ok()?;
        let body = match body.is_end_stream() {
            // Else a GET would be sent with the header of a body.
            true => helseid_http::Body::default(),
            false => helseid_http::Body::stream(body),
        };
        let mut request = Request::new(body);
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = sent_to.as_str().parse().ok()?;
        *request.headers_mut() = passed::to_api(&parts.headers, self.upstream.credentials, &public);
        Some(request)
    }

    fn answered(
        &self,
        method: &Method,
        sent_to: &Url,
        answer: Response<AnswerBody>,
        (bounds, place): (Bounds, OwnedSemaphorePermit),
    ) -> Response {
        let (parts, body) = answer.into_parts();
        if parts.status.is_informational() {
            // Nothing was asked of it that such an answer could be to.
            return away(StatusCode::BAD_GATEWAY, "The API answered with a status below 200.");
        }
        if *method != Method::HEAD && body.size_hint().lower() > bounds.bytes {
            return away(StatusCode::BAD_GATEWAY, "The API's answer has over 64 MiB.");
        }
        let answered = Answered { method, sent_to, headers: &parts.headers };
        let headers = passed::from_api(answered, &self.upstream.base, &self.public);
        let headers = match self.upstream.credentials {
            ShownCredentials::AsSent => headers,
            ShownCredentials::AsBearer => passed::without_its_nonce(headers),
        };
        let mut response = Response::new(pumped::body(body, bounds, place));
        *response.status_mut() = parts.status;
        *response.headers_mut() = headers;
        response
    }

    /// The call could not be handed on; what was wrong with its body says more than what the connection made of it.
    fn failed(&self, error: &HttpError, cut_off: &OnceLock<CutOff>) -> Response {
        match cut_off.get() {
            Some(CutOff::TooLong) => {
                return refused(StatusCode::PAYLOAD_TOO_LARGE, "The body of the call has over 64 MiB.");
            }
            Some(CutOff::TooLate) => return no_answer(),
            Some(CutOff::Broken) => {
                return refused(StatusCode::BAD_REQUEST, "The body of the call is not whole.");
            }
            None => {}
        }
        // Not the error itself: it names the address, whose path may have a person's number in it.
        let (kind, session, log) = (error.kind(), &self.public, &self.oauth.limits.log.clients);
        log_within!(
            log,
            self.oauth.clock.now(),
            info,
            ?kind,
            session,
            "the API behind a session did not answer"
        );
        match kind {
            HttpErrorKind::Timeout => no_answer(),
            _ => away(
                StatusCode::BAD_GATEWAY,
                "The API behind this session cannot be reached, or broke the call off.",
            ),
        }
    }
}

fn no_answer() -> Response {
    away(StatusCode::GATEWAY_TIMEOUT, "The API behind this session did not answer in time.")
}

fn away(status: StatusCode, why: &str) -> Response {
    oauth_error::not_now(status, why)
}

fn refused(status: StatusCode, why: &str) -> Response {
    let error =
        OAuthError { code: "invalid_request".to_owned(), description: Some(why.to_owned()), uri: None };
    oauth_error::json(status, error.to_json())
}
