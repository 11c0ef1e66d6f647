//! The token endpoint's answers.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::NONCE_HEADER;
use crate::dpop::Nonce;
use crate::jose::json::{self, Object};
use crate::scope::ScopeSet;
use crate::secret::AccessToken;

/// How a token is to be sent.
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

/// A token was granted (RFC 6749 section 5.1).
#[derive(Debug, Clone)]
pub struct TokenGranted {
    /// The token.
    pub access_token: AccessToken,
    /// How it is to be sent.
    pub token_type: TokenType,
    /// How long it is good, from now.
    pub expires_in: Duration,
    /// The scopes that it has; HelseID always says so.
    pub scope: Option<ScopeSet>,
    /// The scopes that were asked for and refused, for want of a signed agreement (HelseID's own).
    pub rejected_scope: Option<ScopeSet>,
}

impl TokenGranted {
    /// As the authority answers it.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut members = Object::new();
        members.insert("access_token".into(), self.access_token.expose().into());
        members.insert("expires_in".into(), self.expires_in.as_secs().into());
        members.insert("token_type".into(), self.token_type.as_str().into());
        if let Some(scope) = &self.scope {
            members.insert("scope".into(), scope.to_string().into());
        }
        if let Some(rejected) = &self.rejected_scope {
            members.insert("rejected_scope".into(), rejected.to_string().into());
        }
        Value::Object(members).to_string()
    }
}

/// An OAuth error (RFC 6749 section 5.2), as it came or as it goes.
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

/// What came back from a token endpoint.
#[derive(Debug)]
pub enum TokenAnswer {
    /// A token.
    Granted(TokenGranted),
    /// Ask again, with this nonce in a new proof (RFC 9449 section 8).
    UseNonce(Nonce),
    /// A refusal.
    Refused(OAuthError),
}

/// The answer is none that a token endpoint may give. Never repeats the answer, which may hold a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableAnswer {
    /// Not JSON, or of the wrong types.
    #[error("status {status} with a body that is no token answer: {why}")]
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
        let unreadable = |why: String| UnreadableAnswer::Body { status, why };
        let members = json::read_object(body).map_err(|why| unreadable(why.to_string()))?;
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        if status.is_success() {
            return granted(&members, expected, unreadable).map(Self::Granted);
        }
        let code = text("error").ok_or_else(|| unreadable("error is missing".into()))?;
        if code == "use_dpop_nonce" {
            let nonce = headers.get(NONCE_HEADER).and_then(|value| value.to_str().ok());
            let nonce =
                nonce.and_then(|text| Nonce::parse(text).ok()).ok_or(UnreadableAnswer::NonceMissing)?;
            return Ok(Self::UseNonce(nonce));
        }
        Ok(Self::Refused(OAuthError {
            code: code.to_owned(),
            description: text("error_description").map(str::to_owned),
            uri: text("error_uri").map(str::to_owned),
        }))
    }
}

fn granted(
    members: &Object,
    expected: TokenType,
    unreadable: impl Fn(String) -> UnreadableAnswer,
) -> Result<TokenGranted, UnreadableAnswer> {
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let required =
        |name: &str| text(name).ok_or_else(|| unreadable(format!("{name} is missing or not a text")));
    let scopes = |name: &str| {
        text(name).map(ScopeSet::parse).transpose().map_err(|why| unreadable(format!("{name}: {why}")))
    };
    let token_type = required("token_type")?;
    if !token_type.eq_ignore_ascii_case(expected.as_str()) {
        let got = token_type.chars().take(32).collect();
        return Err(UnreadableAnswer::TokenType { expected: expected.as_str(), got });
    }
    let lifetime = members.get("expires_in").and_then(Value::as_u64);
    Ok(TokenGranted {
        access_token: AccessToken::new(required("access_token")?),
        token_type: expected,
        expires_in: lifetime
            .map(Duration::from_secs)
            .ok_or_else(|| unreadable("expires_in is missing or not a number of seconds".into()))?,
        scope: scopes("scope")?,
        rejected_scope: scopes("rejected_scope")?,
    })
}
