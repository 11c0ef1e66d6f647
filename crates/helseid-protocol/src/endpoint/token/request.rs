//! Makes token requests.

use form_urlencoded::Serializer;

use super::{ASSERTION_TYPE, CLIENT_CREDENTIALS};
use crate::id::{Audience, ClientId};
use crate::scope::ScopeSet;
use crate::secret::ClientAssertion;

/// What a client asks for with client credentials.
#[derive(Debug, Clone, Copy)]
pub struct TokenRequest<'a> {
    /// Who asks.
    pub client_id: &'a ClientId,
    /// What for; none asks for all that the client may have.
    pub scope: &'a ScopeSet,
    /// The one API that the token is for, where the scopes belong to several (RFC 8707).
    pub resource: Option<&'a Audience>,
}

impl TokenRequest<'_> {
    /// The request's body, a form. Holds the assertion: not for logs.
    #[must_use]
    pub fn body(&self, assertion: &ClientAssertion) -> String {
        let mut form = Serializer::new(String::with_capacity(1024));
        form.append_pair("grant_type", CLIENT_CREDENTIALS)
            .append_pair("client_id", self.client_id.as_str())
            .append_pair("client_assertion_type", ASSERTION_TYPE)
            .append_pair("client_assertion", assertion.expose());
        if !self.scope.is_empty() {
            form.append_pair("scope", &self.scope.to_string());
        }
        if let Some(resource) = self.resource {
            form.append_pair("resource", resource.as_str());
        }
        form.finish()
    }
}
