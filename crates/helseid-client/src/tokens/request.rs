//! What a token is requested for.

use std::fmt::Write as _;
use std::sync::Arc;

use helseid_protocol::details::Details;
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::Audience;
use helseid_protocol::scope::ScopeSet;

use crate::authority::AuthorityRequest;
use crate::config::Config;

/// What a token is requested for. Cheap to clone: make it once, and use it for many calls.
#[derive(Debug, Clone)]
pub struct TokenRequest(Arc<Content>);

#[derive(Debug, Clone, Default)]
struct Content {
    scope: ScopeSet,
    resource: Option<Audience>,
    details: Details,
    /// The text under which the token is cached.
    key: String,
}

impl Default for TokenRequest {
    /// Requests everything that the client is registered for.
    fn default() -> Self {
        Self::with(Content::default())
    }
}

impl TokenRequest {
    /// Requests what the configuration says.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        Self::with(Content {
            scope: config.scope.clone(),
            resource: config.resource.clone(),
            details: config.details.clone(),
            key: String::new(),
        })
    }

    /// Requests these scopes; an empty set requests everything that the client is registered for.
    #[must_use]
    pub fn scope(self, scope: ScopeSet) -> Self {
        Self::with(Content { scope, ..Arc::unwrap_or_clone(self.0) })
    }

    /// Requests a token for this API alone (RFC 8707).
    #[must_use]
    pub fn resource(self, resource: Audience) -> Self {
        Self::with(Content { resource: Some(resource), ..Arc::unwrap_or_clone(self.0) })
    }

    /// Says whom the client acts for: organisations, a journal at SFM, or structures of the caller's own.
    #[must_use]
    pub fn details(self, details: Details) -> Self {
        Self::with(Content { details, ..Arc::unwrap_or_clone(self.0) })
    }

    fn with(mut content: Content) -> Self {
        content.key.clear();
        let resource = content.resource.as_ref().map_or("", Audience::as_str);
        let _ = write!(content.key, "{}\n{resource}\n", content.scope);
        if let Some(claim) = content.details.to_claim() {
            let _ = write!(content.key, "{claim}");
        }
        Self(Arc::new(content))
    }

    pub(crate) fn requested_scope(&self) -> &ScopeSet {
        &self.0.scope
    }

    #[cfg(feature = "test-util")]
    pub(crate) fn requested_resource(&self) -> Option<&Audience> {
        self.0.resource.as_ref()
    }

    /// The text under which the token is cached: equal texts, equal tokens.
    pub(super) fn key(&self) -> &str {
        &self.0.key
    }

    /// The request to the token endpoint (RFC 6749 section 4.4.2).
    pub(super) fn to_authority(&self) -> AuthorityRequest {
        let mut request =
            AuthorityRequest::grant(GrantType::ClientCredentials).details(self.0.details.clone());
        if !self.0.scope.is_empty() {
            request = request.parameter("scope", self.0.scope.to_string());
        }
        if let Some(resource) = &self.0.resource {
            request = request.parameter("resource", resource.as_str());
        }
        request
    }
}
