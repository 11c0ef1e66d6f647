//! The endpoints at which a client authenticates.

use helseid_protocol::endpoint::Metadata;

/// An endpoint of the authority that takes client assertions. Its address is the one in the authority's metadata.
///
/// ```
/// use helseid_client::Endpoint;
///
/// assert_eq!(Endpoint::PushedAuthorization.metadata_name(), "pushed_authorization_request_endpoint");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// `token_endpoint`: every grant, token exchange included (RFC 6749 section 3.2, RFC 8693).
    Token,
    /// `pushed_authorization_request_endpoint` (RFC 9126).
    PushedAuthorization,
    /// `introspection_endpoint` (RFC 7662).
    Introspection,
    /// `revocation_endpoint` (RFC 7009).
    Revocation,
}

impl Endpoint {
    /// The name of its address in the metadata (RFC 8414 section 2).
    #[must_use]
    pub const fn metadata_name(self) -> &'static str {
        match self {
            Self::Token => "token_endpoint",
            Self::PushedAuthorization => "pushed_authorization_request_endpoint",
            Self::Introspection => "introspection_endpoint",
            Self::Revocation => "revocation_endpoint",
        }
    }

    /// Its address, if the metadata has one.
    pub(super) fn address(self, metadata: &Metadata) -> Option<&str> {
        match self {
            Self::Token => Some(&metadata.token_endpoint),
            Self::PushedAuthorization => metadata.pushed_authorization_request_endpoint.as_deref(),
            Self::Introspection => metadata.introspection_endpoint.as_deref(),
            Self::Revocation => metadata.revocation_endpoint.as_deref(),
        }
    }
}
