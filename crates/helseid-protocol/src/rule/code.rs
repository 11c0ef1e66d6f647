//! The error codes that stand on the wire.

use std::fmt;

/// The error codes of OAuth and OpenID Connect that a fault can have, or that a simulated one has.
///
/// ```
/// use helseid_protocol::rule::{ErrorCode, Rule};
///
/// assert_eq!(Rule::DpopAth.code(), ErrorCode::InvalidDpopProof);
/// assert_eq!(ErrorCode::InvalidDpopProof.as_str(), "invalid_dpop_proof");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// RFC 6749 section 5.2.
    InvalidRequest,
    /// RFC 6749 section 5.2.
    InvalidClient,
    /// RFC 6749 section 5.2.
    InvalidGrant,
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
    /// Trust framework: business rules for the use of attestation, ATT-58.
    AttestationHasExpired,
    /// RFC 9396 section 5; Trust framework: validation of attributes.
    InvalidAuthorizationDetails,
    /// RFC 7591 section 3.2.2.
    InvalidClientMetadata,
    /// RFC 9101 section 7.
    InvalidRequestObject,
    /// RFC 9101 section 7.
    InvalidRequestUri,
    /// OpenID Connect Core 1.0 section 3.1.2.6.
    RequestUriNotSupported,
    /// RFC 6749 section 4.1.2.1.
    UnsupportedResponseType,
    /// RFC 7009 section 2.2.1.
    UnsupportedTokenType,
    /// RFC 6749 section 4.1.2.1.
    AccessDenied,
    /// RFC 6749 section 4.1.2.1. Only a fault that somebody asked for has it.
    TemporarilyUnavailable,
    /// OpenID Connect Core 1.0 section 3.1.2.6.
    LoginRequired,
    /// OpenID Connect Core Error Code unmet_authentication_requirements 1.0 section 2.
    UnmetAuthenticationRequirements,
}

impl ErrorCode {
    /// As it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InsufficientUserAuthentication => "insufficient_user_authentication",
            Self::AttestationHasExpired => "attestation_has_expired",
            Self::InvalidAuthorizationDetails => "invalid_authorization_details",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::InvalidRequestObject => "invalid_request_object",
            Self::InvalidRequestUri => "invalid_request_uri",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::UnsupportedTokenType => "unsupported_token_type",
            Self::AccessDenied => "access_denied",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::LoginRequired => "login_required",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}
