//! The response to a refused request: status, challenges (RFC 6750, RFC 9449, RFC 9470), and a body by choice.

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use helseid_protocol::challenge::Challenge;
use helseid_protocol::endpoint::token::NONCE_HEADER;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::Full;
use serde::Serialize;

use crate::rejection::{RefusalBody, Rejection};
use crate::telemetry;

/// A refusal, ready to be sent as the response to its request.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let issuer = helseid_api::test_util::TestIssuer::new("https://sts.example");
/// # let protection = helseid_api::ApiProtection::builder(issuer.name(), "nhn:my-api")
/// #     .keys(issuer.keys()).public_url("https://api.example").build()?;
/// use helseid_api::{RequestFacts, Rejection};
/// use http::{HeaderMap, Method, StatusCode};
///
/// let (verifier, no_headers) = (protection.verifier(), HeaderMap::new());
/// if let Err(refused) = verifier.verify(RequestFacts::new(&Method::GET, "/patients", &no_headers)).await {
///     assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
///     assert!(matches!(refused.rejection(), Rejection::NoCredentials));
///     // What a program without tower sends back.
///     let answer = refused.into_inner();
///     assert!(answer.headers().contains_key("WWW-Authenticate"));
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Refused(Box<http::Response<Full<Bytes>>>);

impl Refused {
    pub(crate) fn new(rejection: Rejection, body: RefusalBody) -> Self {
        let mut response = http::Response::new(match body {
            RefusalBody::Empty => Full::default(),
            RefusalBody::Problem => Full::from(problem(&rejection)),
        });
        *response.status_mut() = rejection.status();
        let headers = response.headers_mut();
        if body == RefusalBody::Problem {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        }
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if rejection.status() == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response.extensions_mut().insert(rejection);
        Self(Box::new(response))
    }

    /// The refusal of a handler that asks for the caller on a route without protection.
    pub(crate) fn unprotected() -> Self {
        telemetry::unprotected();
        Self::new(Rejection::Unprotected, RefusalBody::Empty)
    }

    pub(crate) fn challenge(&mut self, challenge: &Challenge) {
        if let Ok(value) = HeaderValue::from_str(&challenge.to_string()) {
            self.0.headers_mut().append(WWW_AUTHENTICATE, value);
        }
    }

    pub(crate) fn nonce(&mut self, nonce: HeaderValue) {
        self.0.headers_mut().insert(NONCE_HEADER, nonce);
    }

    /// Why the request was refused.
    #[must_use]
    pub fn rejection(&self) -> &Rejection {
        self.0.extensions().get().unwrap_or(&Rejection::Unprotected)
    }

    /// The status: 400, 401, 403, 500 or 503.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// The headers: challenges in `WWW-Authenticate`, a nonce in `DPoP-Nonce` if one is required, and `Retry-After`
    /// with 503.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.0.headers()
    }

    /// The whole response.
    #[must_use]
    pub fn into_inner(self) -> http::Response<Full<Bytes>> {
        *self.0
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        self.0.map(axum::body::Body::new)
    }
}

/// RFC 9457 section 3. It says which check failed, and what a fault may tell strangers.
#[derive(Serialize)]
struct Problem {
    r#type: &'static str,
    title: Option<&'static str>,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(flatten)]
    breach: Option<Breach>,
}

/// Members of our own, where a rule was broken.
#[derive(Serialize)]
struct Breach {
    error: &'static str,
    rule: &'static str,
    fix: &'static str,
    /// The name that `fix` had before.
    mend: &'static str,
}

#[expect(clippy::expect_used, reason = "texts and a number are JSON")]
fn problem(rejection: &Rejection) -> String {
    let status = rejection.status();
    let detail = match rejection {
        Rejection::NoCredentials => Some("Send an access token in the Authorization header.".to_owned()),
        Rejection::Fault(fault) => Some(fault.description()),
        Rejection::Unavailable(_) => {
            Some("The request cannot be verified at the moment. Try again later.".to_owned())
        }
        Rejection::Unprotected => None,
    };
    let breach = rejection.rule().map(|rule| Breach {
        error: rule.code().as_str(),
        rule: rule.id(),
        fix: rule.fix(),
        mend: rule.fix(),
    });
    let (r#type, title) = ("about:blank", status.canonical_reason());
    let problem = Problem { r#type, title, status: status.as_u16(), detail, breach };
    serde_json::to_string(&problem).expect("a problem is JSON")
}
