//! The token endpoint's answers.

use std::fmt::Write as _;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::ACCESS_TOKEN_TYPE;
use super::error_answer::{ErrorAnswer, OAuthError, Unavailable};
use crate::dpop::Nonce;
use crate::jose::json::{self, Object};
use crate::scope::ScopeSet;
use crate::secret::{AccessToken, IdToken, RefreshToken};

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
///
/// ```
/// use helseid_protocol::endpoint::token::{LoginTokens, TokenGranted, TokenType, UnreadableAnswer};
/// use http::StatusCode;
///
/// let body = br#"{"access_token": "ey...", "token_type": "DPoP", "expires_in": 600,
///     "id_token": "ey...", "refresh_token": "7F3A", "rt_expires_in": 28800}"#;
/// let of_login: LoginTokens = TokenGranted::read(StatusCode::OK, body, TokenType::Dpop)?.of_login;
/// assert!(of_login.id_token.is_some() && of_login.refresh_token.is_some());
/// assert_eq!(of_login.refresh_expires_in.map(|time| time.as_secs()), Some(28_800));
/// # Ok::<(), UnreadableAnswer>(())
/// ```
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

/// What came back from a token endpoint.
///
/// ```
/// use helseid_protocol::endpoint::token::{NONCE_HEADER, TokenAnswer, TokenType, UnreadableAnswer};
/// use http::{HeaderMap, HeaderValue, StatusCode};
///
/// let headers = HeaderMap::from_iter([(NONCE_HEADER, HeaderValue::from_static("7F3A"))]);
/// let body = br#"{"error": "use_dpop_nonce"}"#;
/// let answer = TokenAnswer::read(StatusCode::BAD_REQUEST, &headers, body, TokenType::Dpop)?;
/// // What the first request of a client is answered: the next one has the nonce in its proof.
/// let TokenAnswer::UseNonce(nonce) = answer else { panic!("a nonce") };
/// assert_eq!(nonce.as_str(), "7F3A");
/// # Ok::<(), UnreadableAnswer>(())
/// ```
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
///
/// ```
/// use helseid_protocol::endpoint::token::{TokenGranted, TokenType, UnreadableAnswer};
/// use http::StatusCode;
///
/// let body = br#"{"access_token": "ey...", "token_type": "Bearer", "expires_in": 600}"#;
/// let Err(why) = TokenGranted::read(StatusCode::OK, body, TokenType::Dpop) else { panic!("unbound") };
/// assert!(matches!(why, UnreadableAnswer::TokenType { .. }));
/// assert_eq!(why.to_string(), "a token of type Bearer, where DPoP was asked for");
/// ```
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
