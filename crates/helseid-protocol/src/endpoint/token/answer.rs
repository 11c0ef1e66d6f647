//! The token endpoint's answers.

use std::fmt::{self, Write as _};
use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use serde_json::Value;

use super::{ACCESS_TOKEN_TYPE, NONCE_HEADER};
use crate::dpop::Nonce;
use crate::jose::json::{self, Object};
use crate::scope::ScopeSet;
use crate::secret::{AccessToken, IdToken, RefreshToken, shown};

/// How a token is to be sent.
///
/// ```
/// use helseid_protocol::endpoint::token::TokenType;
///
/// assert_eq!(TokenType::Dpop.as_str(), "DPoP");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenType {
    /// With a proof (RFC 9449).
    Dpop,
    /// As it is (RFC 6750).
    Bearer,
}

impl TokenType {
    /// As `token_type` and `Authorization` have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dpop => "DPoP",
            Self::Bearer => "Bearer",
        }
    }
}

/// How long a token is held to be good whose `expires_in` is left out, as RFC 6749 section 5.1 allows: 60 s. Shorter than any
/// lifetime in use, so that a token is rather fetched too often than sent after its end.
pub const ASSUMED_LIFETIME: Duration = Duration::from_secs(60);

/// A token was granted (RFC 6749 section 5.1).
///
/// ```
/// use helseid_protocol::endpoint::token::{TokenGranted, TokenType};
/// use http::StatusCode;
///
/// let body = br#"{"access_token": "ey...", "token_type": "DPoP", "expires_in": 600}"#;
/// let granted = TokenGranted::read(StatusCode::OK, body, TokenType::Dpop)?;
/// assert_eq!(granted.expires_in.as_secs(), 600);
/// // A token that was requested with a proof is never sent as Bearer.
/// assert!(TokenGranted::read(StatusCode::OK, body, TokenType::Bearer).is_err());
/// # Ok::<(), helseid_protocol::endpoint::token::UnreadableAnswer>(())
/// ```
#[derive(Debug, Clone)]
pub struct TokenGranted {
    /// The token.
    pub access_token: AccessToken,
    /// How it is to be sent.
    pub token_type: TokenType,
    /// How long it is good, from now; [`ASSUMED_LIFETIME`] where the authority does not say.
    pub expires_in: Duration,
    /// The scopes that it has; HelseID always says so.
    pub scope: Option<ScopeSet>,
    /// The scopes that were asked for and refused, for want of a signed agreement (HelseID's own).
    pub rejected_scope: Option<ScopeSet>,
    /// What comes with the token of a person who is logged in.
    pub of_login: LoginTokens,
    /// Whether it was exchanged for another one, which `issued_token_type` says (RFC 8693 section 2.2.1).
    pub is_exchanged: bool,
}

/// What comes with the access token of a person who is logged in; nothing of it with a machine's.
#[derive(Debug, Clone, Default)]
pub struct LoginTokens {
    /// Who logged in, for the client alone (OpenID Connect Core 1.0 section 3.1.3.3).
    pub id_token: Option<IdToken>,
    /// For new tokens later (RFC 6749 section 6).
    pub refresh_token: Option<RefreshToken>,
    /// How long the refresh token is good, from now: `rt_expires_in` (HelseID's own).
    pub refresh_expires_in: Option<Duration>,
}

impl TokenGranted {
    /// Reads a success of the token endpoint, whatever the grant, where a token of type `expected` was asked for.
    pub fn read(status: StatusCode, body: &[u8], expected: TokenType) -> Result<Self, UnreadableAnswer> {
        let unreadable = |why: String| UnreadableAnswer::Body { status, why };
        let members = json::read_object(body).map_err(|why| unreadable(why.to_string()))?;
        granted(&members, expected, unreadable)
    }

    /// As the authority answers it.
    #[must_use]
    pub fn to_json(&self) -> String {
        let token = self.access_token.expose();
        let mut json = String::with_capacity(token.len() + 256);
        json.push_str("{\"access_token\":");
        push_text(&mut json, token);
        // Writing to a String cannot fail.
        let _ = write!(json, ",\"expires_in\":{}", self.expires_in.as_secs());
        self.of_login.write_onto(&mut json);
        if self.is_exchanged {
            let _ = write!(json, ",\"issued_token_type\":\"{ACCESS_TOKEN_TYPE}\"");
        }
        for (name, scopes) in [("rejected_scope", &self.rejected_scope), ("scope", &self.scope)] {
            if let Some(scopes) = scopes {
                let _ = write!(json, ",\"{name}\":");
                push_text(&mut json, &scopes.to_string());
            }
        }
        let _ = write!(json, ",\"token_type\":\"{}\"}}", self.token_type.as_str());
        json
    }
}

impl LoginTokens {
    fn write_onto(&self, json: &mut String) {
        if let Some(token) = &self.id_token {
            json.push_str(",\"id_token\":");
            push_text(json, token.expose());
        }
        if let Some(token) = &self.refresh_token {
            json.push_str(",\"refresh_token\":");
            push_text(json, token.expose());
        }
        if let Some(lifetime) = self.refresh_expires_in {
            // Writing to a String cannot fail.
            let _ = write!(json, ",\"rt_expires_in\":{}", lifetime.as_secs());
        }
    }

    /// What is none of it counts as left out: an answer to a machine has a token all the same, and whoever asked for a login
    /// misses what is not there.
    fn read(members: &Object) -> Self {
        let text = |name: &str| members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        Self {
            id_token: text("id_token").map(IdToken::new),
            refresh_token: text("refresh_token").map(RefreshToken::new),
            refresh_expires_in: members.get("rt_expires_in").and_then(whole_seconds),
        }
    }
}

/// Appends a text as JSON. A token is made of characters that stand for themselves: looked at many at once, it is copied.
fn push_text(json: &mut String, text: &str) {
    let plain = text
        .bytes()
        .fold(true, |plain, byte| plain & (matches!(byte, b' '..=b'~') & (byte != b'"') & (byte != b'\\')));
    if plain {
        json.push('"');
        json.push_str(text);
        json.push('"');
    } else {
        json.push_str(&Value::from(text).to_string());
    }
}

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

/// What came back from a token endpoint.
#[derive(Debug)]
pub enum TokenAnswer {
    /// A token.
    Granted(TokenGranted),
    /// Ask again, with this nonce in a new proof (RFC 9449 section 8).
    UseNonce(Nonce),
    /// A refusal.
    Refused(OAuthError),
    /// Not now; the same may be asked again.
    Unavailable(Unavailable),
}

/// The answer is none that a token endpoint may give. Never repeats the answer, which may hold a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableAnswer {
    /// Not JSON, or of the wrong types.
    #[error("status {status} with a body that is not a token response: {why}")]
    Body {
        /// The HTTP status.
        status: StatusCode,
        /// What is wrong with it.
        why: String,
    },
    /// `use_dpop_nonce` without the header (RFC 9449 section 8).
    #[error("use_dpop_nonce without a usable DPoP-Nonce header")]
    NonceMissing,
    /// Another token type than was asked for (RFC 9449 section 5).
    #[error("a token of type {got}, where {expected} was asked for")]
    TokenType {
        /// The one that the request asked for.
        expected: &'static str,
        /// The one that came, cut to 32 characters.
        got: String,
    },
}

impl TokenAnswer {
    /// Reads an answer to a request that asked for a token of type `expected`.
    pub fn read(
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        expected: TokenType,
    ) -> Result<Self, UnreadableAnswer> {
        if status.is_success() {
            return TokenGranted::read(status, body, expected).map(Self::Granted);
        }
        Ok(match ErrorAnswer::read(status, headers, body)? {
            ErrorAnswer::UseNonce(nonce) => Self::UseNonce(nonce),
            ErrorAnswer::Refused(error) => Self::Refused(error),
            ErrorAnswer::Unavailable(answer) => Self::Unavailable(answer),
        })
    }
}

fn granted(
    members: &Object,
    expected: TokenType,
    unreadable: impl Fn(String) -> UnreadableAnswer,
) -> Result<TokenGranted, UnreadableAnswer> {
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let required =
        |name: &str| text(name).ok_or_else(|| unreadable(format!("{name} is missing or not a string")));
    let scopes = |name: &str| {
        text(name).map(ScopeSet::parse).transpose().map_err(|why| unreadable(format!("{name}: {why}")))
    };
    let token_type = required("token_type")?;
    if !token_type.eq_ignore_ascii_case(expected.as_str()) {
        let got = token_type.chars().take(32).collect();
        return Err(UnreadableAnswer::TokenType { expected: expected.as_str(), got });
    }
    // RFC 8693 section 2.2.1: with a token of another kind nothing can be called.
    let is_exchanged = match members.get("issued_token_type") {
        None | Some(Value::Null) => false,
        Some(kind) if kind == ACCESS_TOKEN_TYPE => true,
        Some(_) => return Err(unreadable("issued_token_type is not that of an access token".into())),
    };
    let lifetime = match members.get("expires_in") {
        None | Some(Value::Null) => Some(ASSUMED_LIFETIME),
        Some(value) => whole_seconds(value),
    };
    Ok(TokenGranted {
        access_token: AccessToken::new(required("access_token")?),
        token_type: expected,
        expires_in: lifetime.ok_or_else(|| unreadable("expires_in is not a number of seconds".into()))?,
        scope: scopes("scope")?,
        rejected_scope: scopes("rejected_scope")?,
        of_login: LoginTokens::read(members),
        is_exchanged,
    })
}

/// Seconds as a number or as a text that is one, as some servers write them; a fraction is cut.
fn whole_seconds(value: &Value) -> Option<Duration> {
    let seconds = match value {
        Value::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => text.parse().ok().or_else(|| whole(text.parse().ok()?)),
        _ => None,
    };
    seconds.map(Duration::from_secs)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is not negative, and too large a number becomes the largest"
)]
fn whole(seconds: f64) -> Option<u64> {
    (seconds >= 0.0 && seconds.is_finite()).then_some(seconds as u64)
}
