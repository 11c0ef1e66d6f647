//! The token endpoint (RFC 6749 sections 4.4 and 5, RFC 7523 section 2.2, RFC 9449 sections 5 and 8).
//!
//! A client makes a [`TokenRequest`] and reads the [`TokenAnswer`]. An authority reads the [`TokenForm`], which has what
//! every grant has, then the request of the grant, such as [`ClientCredentials`], and writes a [`TokenGranted`] or an
//! [`OAuthError`].

mod answer;
mod basic;
mod client_credentials;
mod form;
mod request;
#[cfg(test)]
mod tests;

pub use answer::{
    ASSUMED_LIFETIME, ErrorAnswer, OAuthError, TokenAnswer, TokenGranted, TokenType, Unavailable,
    UnreadableAnswer,
};
pub use client_credentials::{ClientCredentials, TokenRequest};
pub use form::TokenForm;

/// Where the token endpoint is, below the issuer.
pub const PATH: &str = "/connect/token";

/// The header in which a server gives its nonce (RFC 9449 section 8).
pub const NONCE_HEADER: http::HeaderName = http::HeaderName::from_static("dpop-nonce");

/// `client_assertion_type` (RFC 7523 section 2.2).
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The content type of a token request.
pub const CONTENT_TYPE: &str = "application/x-www-form-urlencoded";

/// The most bytes of a request or an answer that are read: 64 KiB.
pub const MAX_BYTES: usize = 64 * 1024;

/// The most parameters of a request that are read.
pub const MAX_PARAMETERS: usize = 64;
