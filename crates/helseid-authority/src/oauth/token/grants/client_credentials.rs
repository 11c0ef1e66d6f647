//! Client credentials (RFC 6749 section 4.4): a machine gets a token in its own name.

use helseid_protocol::details::Details;
use helseid_protocol::rule::{Fault, Trail};

use super::Asked;
use super::scopes::{of_client, require_single_audience};
use crate::oauth::token::claims::ClientClaims;
use crate::oauth::token::granted::{Granted, UsesUp};

/// Checks `scope` and `resource`, the parameters of this grant, against the registry.
pub(super) fn check<'a>(request: &Asked<'a>, trail: &mut Trail) -> Result<Granted<'a>, Fault> {
    let Asked { registry, client, .. } = *request;
    let (scopes, audiences) = of_client(request, trail)?;
    require_single_audience(&audiences, trail);
    let details = Details::read(client.assertion.claims(), trail)?;
    details.require_known_types(trail)?;
    details.require_no_attestation(trail)?;
    let client = ClientClaims::check(registry, &client.known.client, (&audiences, &details), trail)?;
    Ok(Granted { scopes, audiences, client, login: None, exchanged: None, uses_up: UsesUp::Nothing })
}
