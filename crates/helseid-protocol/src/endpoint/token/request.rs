//! What token requests are written with, whatever the grant.

use form_urlencoded::Serializer;

use super::ASSERTION_TYPE;
use crate::grant::GrantType;
use crate::id::{Audience, ClientId};
use crate::scope::ScopeSet;
use crate::secret::ClientAssertion;

/// A form with the grant and the client's authentication, to which the grant adds what it asks for.
pub(super) fn authenticated(
    grant: GrantType,
    client_id: &ClientId,
    assertion: &ClientAssertion,
) -> Serializer<'static, String> {
    let mut form = Serializer::new(String::with_capacity(1024));
    form.append_pair("grant_type", grant.name())
        .append_pair("client_id", client_id.as_str())
        .append_pair("client_assertion_type", ASSERTION_TYPE)
        .append_pair("client_assertion", assertion.expose());
    form
}

/// The whole body, with what the token is for: the scopes, if any are asked for, and the one API (RFC 8707).
pub(super) fn finished(
    mut form: Serializer<'static, String>,
    scope: &ScopeSet,
    resource: Option<&Audience>,
) -> String {
    if !scope.is_empty() {
        form.append_pair("scope", &scope.to_string());
    }
    if let Some(resource) = resource {
        form.append_pair("resource", resource.as_str());
    }
    form.finish()
}
