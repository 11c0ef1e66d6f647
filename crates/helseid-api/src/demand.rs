//! What a route asks of its callers beyond a valid token.

use std::fmt;
use std::sync::Arc;

use helseid_protocol::claims::{AccessTokenClaims, ClientTenancy, SecurityLevel};
use helseid_protocol::resource::Caller;
use helseid_protocol::rule::{Fault, Trail};
use helseid_protocol::scope::ScopeSet;

/// One thing that must hold.
#[derive(Clone)]
pub(crate) enum Demand {
    ScopesAll(ScopeSet),
    ScopesAny(ScopeSet),
    SecurityLevel(SecurityLevel),
    Tenancy(Vec<ClientTenancy>),
    Organisation,
    Claims(Arc<str>, Arc<Predicate>),
}

pub(crate) type Predicate = dyn Fn(&AccessTokenClaims) -> bool + Send + Sync;

impl Demand {
    pub(crate) fn check(&self, caller: &Caller, trail: &mut Trail) -> Result<(), Fault> {
        match self {
            Self::ScopesAll(scopes) => caller.require_scopes_all(scopes, trail),
            Self::ScopesAny(scopes) => caller.require_scopes_any(scopes, trail),
            Self::SecurityLevel(least) => caller.require_security_level(*least, trail),
            Self::Tenancy(one_of) => caller.require_tenancy(one_of, trail),
            Self::Organisation => caller.require_organisation(trail),
            Self::Claims(expected, holds) => caller.require_claims(expected, |claims| holds(claims), trail),
        }
    }

    /// What the challenge says to one who does not meet it: `scope` (RFC 6750 section 3), `acr_values` (RFC 9470
    /// section 3).
    pub(crate) fn parameter(&self) -> Option<(&'static str, String)> {
        match self {
            Self::ScopesAll(scopes) | Self::ScopesAny(scopes) => Some(("scope", scopes.to_string())),
            Self::SecurityLevel(least) => Some(("acr_values", least.acr().to_owned())),
            Self::Tenancy(_) | Self::Organisation | Self::Claims(..) => None,
        }
    }
}

impl fmt::Debug for Demand {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ScopesAll(scopes) => write!(out, "all of {scopes}"),
            Self::ScopesAny(scopes) => write!(out, "any of {scopes}"),
            Self::SecurityLevel(least) => write!(out, "{least}"),
            Self::Tenancy(one_of) => write!(out, "one of {one_of:?}"),
            Self::Organisation => out.write_str("an organisation"),
            Self::Claims(expected, _) => out.write_str(expected),
        }
    }
}
