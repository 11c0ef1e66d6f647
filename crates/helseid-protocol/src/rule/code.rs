//! The error codes that stand on the wire.

use std::fmt;

/// The error codes of RFC 6749, 6750, 7591, 8707, 9449 and 9470 that a fault can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// RFC 6749 section 5.2.
    InvalidRequest,
    /// RFC 6749 section 5.2.
    InvalidClient,
    /// RFC 6749 section 5.2.
    UnauthorizedClient,
    /// RFC 6749 section 5.2.
    UnsupportedGrantType,
    /// RFC 6749 section 5.2.
    InvalidScope,
    /// RFC 8707 section 2.
    InvalidTarget,
    /// RFC 9449 section 8.
    UseDpopNonce,
    /// RFC 9449 section 5.
    InvalidDpopProof,
    /// RFC 6750 section 3.1.
    InvalidToken,
    /// RFC 6750 section 3.1.
    InsufficientScope,
    /// RFC 9470 section 3.
    InsufficientUserAuthentication,
    /// RFC 7591 section 3.2.2.
    InvalidClientMetadata,
}

impl ErrorCode {
    /// As it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InsufficientUserAuthentication => "insufficient_user_authentication",
            Self::InvalidClientMetadata => "invalid_client_metadata",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}
