//! The token endpoint (RFC 6749 sections 4.4 and 5, RFC 7523 section 2.2, RFC 9449 sections 5 and 8).
//!
//! A client makes a [`TokenRequest`] and reads the [`TokenAnswer`]. An authority reads the [`TokenForm`], which has what
//! every grant has, then the request of the grant, such as [`ClientCredentials`], and writes a [`TokenGranted`] or an
//! [`OAuthError`].

mod answer;
mod authorization_code;
mod client_credentials;
mod error_answer;
mod form;
mod refresh_token;
mod request;
mod resource;
#[cfg(test)]
mod tests;
mod token_exchange;

pub use super::client_form::ASSERTION_TYPE;
pub use super::form::{CONTENT_TYPE, MAX_BYTES, MAX_PARAMETERS};
pub use answer::{ASSUMED_LIFETIME, LoginTokens, TokenAnswer, TokenGranted, TokenType, UnreadableAnswer};
pub use authorization_code::{CodeForm, CodeRequest, IssuedCode, Sender};
pub use client_credentials::{ClientCredentials, TokenRequest};
pub use error_answer::{ErrorAnswer, OAuthError, Unavailable};
pub use form::TokenForm;
pub use refresh_token::{Narrowed, RefreshForm, RefreshGrant, RefreshRequest};
pub use token_exchange::{ACCESS_TOKEN_TYPE, ExchangeForm, ExchangeRequest, Exchanging, MAX_EXCHANGES};

/// Where the token endpoint is, below the issuer.
pub const PATH: &str = "/connect/token";

/// The header in which a server gives its nonce (RFC 9449 section 8).
pub const NONCE_HEADER: http::HeaderName = http::HeaderName::from_static("dpop-nonce");
