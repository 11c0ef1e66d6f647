//! Answers other than a success, alike at every endpoint at which a client authenticates.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use serde_json::Value;

use super::{NONCE_HEADER, UnreadableAnswer};
use crate::dpop::Nonce;
use crate::jose::json::{self, Object};
use crate::secret::shown;

/// An OAuth error (RFC 6749 section 5.2), as it came or as it goes.
///
/// ```
/// use helseid_protocol::endpoint::token::OAuthError;
///
/// let error = OAuthError {
///     code: "invalid_scope".to_owned(),
///     description: Some("the client has no scope nhn:my-api/write".to_owned()),
///     uri: None,
/// };
/// assert_eq!(error.to_string(), "invalid_scope: the client has no scope nhn:my-api/write");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthError {
    /// `error`.
    pub code: String,
    /// `error_description`.
    pub description: Option<String>,
    /// `error_uri`.
    pub uri: Option<String>,
}

impl OAuthError {
    /// As the authority answers it.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut members = Object::new();
        members.insert("error".into(), self.code.as_str().into());
        if let Some(description) = &self.description {
            members.insert("error_description".into(), description.as_str().into());
        }
        if let Some(uri) = &self.uri {
            members.insert("error_uri".into(), uri.as_str().into());
        }
        Value::Object(members).to_string()
    }

    /// From an answer, if there is one in it.
    fn read(members: &Object) -> Option<Self> {
        let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Self { code: text("error")?, description: text("error_description"), uri: text("error_uri") })
    }
}

impl fmt::Display for OAuthError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.code)?;
        if let Some(description) = &self.description {
            write!(out, ": {description}")?;
        }
        Ok(())
    }
}

/// No token now, whatever the request: a status of 500 to 599, or 429 (RFC 9110 section 15.6, RFC 6585 section 4).
///
/// ```
/// use helseid_protocol::endpoint::token::{ErrorAnswer, Unavailable, UnreadableAnswer};
/// use http::{HeaderMap, HeaderValue, StatusCode, header::RETRY_AFTER};
///
/// let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("30"))]);
/// let answer = ErrorAnswer::read(StatusCode::SERVICE_UNAVAILABLE, &headers, b"Closed for maintenance")?;
/// let ErrorAnswer::Unavailable(Unavailable { reason, retry_after, .. }) = answer else { panic!("status 503") };
/// assert_eq!(reason.as_deref(), Some("Closed for maintenance"));
/// assert_eq!(retry_after.map(|time| time.as_secs()), Some(30));
/// # Ok::<(), UnreadableAnswer>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable {
    /// The OAuth error in the answer, if there is one.
    pub error: Option<OAuthError>,
    /// What the answer gives as its reason, as it may be shown: its OAuth error, or a plain text of at most 200 bytes.
    pub reason: Option<String>,
    /// After how long to ask again (RFC 9110 section 10.2.3); nothing where it is told as a date.
    pub retry_after: Option<Duration>,
}

impl Unavailable {
    /// Whether this status says so.
    fn is_told_by(status: StatusCode) -> bool {
        status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
    }

    fn read(headers: &HeaderMap, body: &[u8], error: Option<OAuthError>) -> Self {
        let said = error.as_ref().map(ToString::to_string).or_else(|| plain_text(headers, body));
        let seconds =
            headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        Self { error, reason: said.map(|text| shown(&text)), retry_after: seconds.map(Duration::from_secs) }
    }
}

/// The most bytes of a plain text that is repeated as a reason: a sentence, and no page.
const MAX_REASON_BYTES: usize = 200;

/// The body, where it is a short text and calls itself one, or nothing.
fn plain_text(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    let is_text =
        |kind: &str| kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/plain");
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.is_none_or(|kind| kind.to_str().is_ok_and(is_text));
    let text = std::str::from_utf8(body).ok()?.trim();
    let is_reason =
        kind && (1..=MAX_REASON_BYTES).contains(&text.len()) && !text.starts_with(['<', '{', '[']);
    is_reason.then(|| text.to_owned())
}

/// An answer other than a success, of any endpoint at which a client authenticates: token, pushed authorization request
/// (RFC 9126 section 2.3), introspection (RFC 7662 section 2.3), revocation (RFC 7009 section 2.2.1).
///
/// ```
/// use helseid_protocol::endpoint::token::{ErrorAnswer, UnreadableAnswer};
/// use http::{HeaderMap, StatusCode};
///
/// let body = br#"{"error": "invalid_request", "error_description": "token is missing"}"#;
/// match ErrorAnswer::read(StatusCode::BAD_REQUEST, &HeaderMap::new(), body)? {
///     ErrorAnswer::UseNonce(nonce) => println!("send it again, with {nonce} in a new proof"),
///     ErrorAnswer::Unavailable(told) => println!("later: {:?}", told.reason),
///     ErrorAnswer::Refused(error) => assert_eq!(error.to_string(), "invalid_request: token is missing"),
/// }
/// # Ok::<(), UnreadableAnswer>(())
/// ```
#[derive(Debug)]
pub enum ErrorAnswer {
    /// Send the request again, with this nonce in a new proof (RFC 9449 section 8).
    UseNonce(Nonce),
    /// A refusal.
    Refused(OAuthError),
    /// Not now; the same may be asked again.
    Unavailable(Unavailable),
}

impl ErrorAnswer {
    /// Reads an answer whose status is not a success.
    pub fn read(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Result<Self, UnreadableAnswer> {
        let unreadable = |why: String| UnreadableAnswer::Body { status, why };
        let members = json::read_object(body).map_err(|why| unreadable(why.to_string()));
        let error = members.and_then(|members| {
            OAuthError::read(&members).ok_or_else(|| unreadable("error is missing".into()))
        });
        match error {
            Ok(error) if error.code == "use_dpop_nonce" => {
                let nonce = headers.get(NONCE_HEADER).and_then(|value| value.to_str().ok());
                let nonce = nonce.and_then(|text| Nonce::parse(text).ok());
                nonce.map(Self::UseNonce).ok_or(UnreadableAnswer::NonceMissing)
            }
            error if Unavailable::is_told_by(status) => {
                Ok(Self::Unavailable(Unavailable::read(headers, body, error.ok())))
            }
            error => error.map(Self::Refused),
        }
    }
}
