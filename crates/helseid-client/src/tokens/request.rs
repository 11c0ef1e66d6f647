//! What a token is requested for.

use std::fmt::{self, Write as _};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use helseid_protocol::details::Details;
use helseid_protocol::endpoint::token::ACCESS_TOKEN_TYPE;
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::Audience;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::AccessToken;

use super::shared::place;
use super::subject::Subject;
use crate::authority::AuthorityRequest;
use crate::config::Config;

/// What a token is requested for. Cheap to clone: make it once, and use it for many calls. `Debug` shows neither the token that is
/// exchanged nor what in an attestation may be a person's.
///
/// ```
/// use helseid_client::TokenRequest;
/// use helseid_client::protocol::details::{Details, Organisation, OrganisationNumber};
///
/// // A supplier's client: one request for each customer, kept as long as the customer is.
/// let number = OrganisationNumber::parse("999977774")?;
/// let customer = Organisation::Parent { parent: number, child: None };
/// let request = TokenRequest::default().details(Details::new().for_organisation(customer));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct TokenRequest(Arc<Content>);

#[derive(Clone, Default)]
struct Content {
    scope: ScopeSet,
    resource: Option<Audience>,
    details: Details,
    /// The token that is exchanged; none for a token in the client's own name.
    subject: Option<Subject>,
    /// The text under which the token is cached. All of the details stand in it: it is not shown.
    key: Arc<str>,
}

impl fmt::Debug for TokenRequest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Content { scope, resource, details, subject, key: _ } = &*self.0;
        out.debug_struct("TokenRequest")
            .field("scope", scope)
            .field("resource", resource)
            .field("details", details)
            .field("subject", subject)
            .finish_non_exhaustive()
    }
}

/// Equal requests are given one token.
impl PartialEq for TokenRequest {
    fn eq(&self, other: &Self) -> bool {
        self.0.subject.is_some() == other.0.subject.is_some() && self.0.key == other.0.key
    }
}

impl Eq for TokenRequest {}

impl Hash for TokenRequest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.key.hash(state);
    }
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
            subject: None,
            key: Arc::default(),
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

    /// Requests the token by exchanging this one (RFC 8693), with which the client's own API was called, and which its caller was
    /// found to be allowed to send. It is kept for this one token alone, and no longer than that is good.
    #[must_use]
    pub fn exchanging(self, subject_token: AccessToken) -> Self {
        Self::with(Content { subject: Some(Subject::new(subject_token)), ..Arc::unwrap_or_clone(self.0) })
    }

    /// Whether the token is requested by exchanging another.
    #[must_use]
    pub fn is_exchange(&self) -> bool {
        self.0.subject.is_some()
    }

    fn with(mut content: Content) -> Self {
        let resource = content.resource.as_ref().map_or("", Audience::as_str);
        let claim = content.details.to_claim();
        match &content.subject {
            // What two persons ask for may be the same in all but this: no text may read as two of these lists.
            Some(subject) => {
                let claim = claim.map(|claim| claim.to_string()).unwrap_or_default();
                content.key = place(&[subject.hash(), &content.scope.to_string(), resource, &claim]).into();
            }
            None => {
                let mut key = format!("{}\n{resource}\n", content.scope);
                if let Some(claim) = claim {
                    let _ = write!(key, "{claim}");
                }
                content.key = key.into();
            }
        }
        Self(Arc::new(content))
    }

    /// The token that is exchanged.
    pub(crate) fn subject(&self) -> Option<&Subject> {
        self.0.subject.as_ref()
    }

    pub(crate) fn requested_scope(&self) -> &ScopeSet {
        &self.0.scope
    }

    #[cfg(feature = "test-util")]
    pub(crate) fn requested_resource(&self) -> Option<&Audience> {
        self.0.resource.as_ref()
    }

    /// The text under which the token is cached: equal texts, equal tokens.
    pub(super) fn key(&self) -> &Arc<str> {
        &self.0.key
    }

    /// The request to the token endpoint (RFC 6749 section 4.4.2, RFC 8693 section 2.1).
    pub(super) fn to_authority(&self) -> AuthorityRequest {
        let request = match &self.0.subject {
            None => AuthorityRequest::grant(GrantType::ClientCredentials),
            Some(subject) => AuthorityRequest::grant(GrantType::TokenExchange)
                .parameter("subject_token", subject.token().expose())
                .parameter("subject_token_type", ACCESS_TOKEN_TYPE),
        };
        let mut request = request.details(self.0.details.clone());
        if !self.0.scope.is_empty() {
            request = request.parameter("scope", self.0.scope.to_string());
        }
        if let Some(resource) = &self.0.resource {
            request = request.parameter("resource", resource.as_str());
        }
        request
    }
}

#[cfg(test)]
mod tests {
    use helseid_protocol::details::attestation::{Coded, Identified, Purpose};
    use helseid_protocol::details::{Attestation, OrganisationNumber};
    use serde_json::json;

    use super::*;

    #[test]
    fn requests_are_equal_that_are_given_one_token() {
        let scope = |text: &str| TokenRequest::default().scope(ScopeSet::parse(text).unwrap());
        let of = |token: &str| scope("a/1").exchanging(AccessToken::new(token));
        assert!(scope("a/1 a/2") == scope("a/2 a/1") && of("one") == of("one"));
        assert!(scope("a/1") != scope("a/2") && of("one") != of("other") && of("one") != scope("a/1"));
    }

    #[test]
    fn debug_shows_no_number_of_a_person() {
        let place = Identified::organisation(&OrganisationNumber::parse("994598759").unwrap());
        let service = Coded::new("S03", "urn:oid:2.16.578.1.12.4.1.1.8655");
        let mut attestation = Attestation::new(place.clone(), place, service, Purpose::Treatment);
        attestation.practitioner.others.insert("hpr_nr".into(), json!("431001110"));
        let details = Details::new().with_attestation(attestation).with(json!({ "patient": "06828399789" }));
        let request = TokenRequest::default().details(details);
        assert!(request.key().contains("431001110") && request.key().contains("06828399789"));
        for request in [request.clone(), request.exchanging(AccessToken::new("the-token"))] {
            let shown = format!("{request:?}");
            assert!(shown.contains("994598759"), "{shown}");
            for hidden in ["431001110", "06828399789", "the-token"] {
                assert!(!shown.contains(hidden), "{shown}");
            }
        }
    }
}
