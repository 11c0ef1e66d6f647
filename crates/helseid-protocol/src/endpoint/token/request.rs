//! What every token request is written with, whatever the grant.

use form_urlencoded::Serializer;

use super::ASSERTION_TYPE;
use crate::grant::GrantType;
use crate::id::ClientId;
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
