//! The grants of the token endpoint. A grant says what differs from the others: how its request is read from the form, and
//! what is granted. All else is the line's: authentication, binding, what is used once, and the signature.

mod client_credentials;

use helseid_protocol::endpoint::token::TokenForm;
use helseid_protocol::grant::GrantType;
use helseid_protocol::rule::{Fault, Trail};

use super::claims::Granted;
use crate::oauth::client_auth::AuthenticatedClient;
use crate::registry::Snapshot;

/// The grants that tokens are issued for.
pub(crate) const GRANTS: [GrantType; 1] = [GrantType::ClientCredentials];

/// Checks what the form asks for by the grant's own rules. `grant` is one of [`GRANTS`].
pub(super) fn check(
    grant: GrantType,
    form: &TokenForm<'_>,
    registry: &Snapshot,
    client: &AuthenticatedClient<'_>,
    trail: &mut Trail,
) -> Result<Granted, Fault> {
    match grant {
        // The others have no place in GRANTS yet.
        GrantType::ClientCredentials
        | GrantType::AuthorizationCode
        | GrantType::RefreshToken
        | GrantType::TokenExchange => client_credentials::check(form, registry, client, trail),
    }
}
