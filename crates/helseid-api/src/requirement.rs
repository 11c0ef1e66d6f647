//! What a route requires of its callers beyond a valid token.

use std::fmt;
use std::sync::Arc;

use helseid_protocol::claims::{AccessTokenClaims, ClientTenancy, SecurityLevel};
use helseid_protocol::resource::{AttestationAge, Caller, Moment};
use helseid_protocol::rule::{Fault, Trail};
use helseid_protocol::scope::{InvalidScope, Scope, ScopeSet};

/// One requirement.
#[derive(Clone)]
pub(crate) enum Requirement {
    ScopesAll(ScopeSet),
    ScopesAny(ScopeSet),
    Person,
    SecurityLevel(SecurityLevel),
    HprNumber,
    Attestation(AttestationAge),
    Tenancy(Vec<ClientTenancy>),
    Organisation,
    Claims(Arc<str>, Arc<Predicate>),
}

pub(crate) type Predicate = dyn Fn(&AccessTokenClaims) -> bool + Send + Sync;

impl Requirement {
    pub(crate) fn check(&self, caller: &Caller, moment: Moment, trail: &mut Trail) -> Result<(), Fault> {
        match self {
            Self::ScopesAll(scopes) => caller.require_scopes_all(scopes, trail),
            Self::ScopesAny(scopes) => caller.require_scopes_any(scopes, trail),
            Self::SecurityLevel(least) => caller.require_security_level(*least, trail),
            Self::Person => caller.require_person(trail).map(drop),
            Self::HprNumber => caller.require_hpr_number(trail).map(drop),
            Self::Attestation(age) => caller.require_attestation(*age, moment, trail).map(drop),
            Self::Tenancy(one_of) => caller.require_tenancy(one_of, trail),
            Self::Organisation => caller.require_organisation(trail),
            Self::Claims(expected, holds) => caller.require_claims(expected, |claims| holds(claims), trail),
        }
    }

    /// What the challenge tells a caller who does not meet it: `scope` (RFC 6750 section 3), `acr_values` (RFC 9470
    /// section 3).
    pub(crate) fn parameter(&self) -> Option<(&'static str, String)> {
        match self {
            Self::ScopesAll(scopes) | Self::ScopesAny(scopes) => Some(("scope", scopes.to_string())),
            Self::SecurityLevel(least) => Some(("acr_values", least.acr().to_owned())),
            Self::Person
            | Self::HprNumber
            | Self::Attestation(_)
            | Self::Tenancy(_)
            | Self::Organisation
            | Self::Claims(..) => None,
        }
    }
}

impl fmt::Debug for Requirement {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ScopesAll(scopes) => write!(out, "all of {scopes}"),
            Self::ScopesAny(scopes) => write!(out, "any of {scopes}"),
            Self::Person => out.write_str("a person"),
            Self::SecurityLevel(least) => write!(out, "{least}"),
            Self::HprNumber => out.write_str("an HPR number"),
            Self::Attestation(age) => write!(out, "{age:?}"),
            Self::Tenancy(one_of) => write!(out, "one of {one_of:?}"),
            Self::Organisation => out.write_str("an organisation"),
            Self::Claims(expected, _) => out.write_str(expected),
        }
    }
}

/// At least one scope: a requirement of none would admit everybody.
pub(crate) fn scopes<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Result<ScopeSet, InvalidScope> {
    let scopes = ScopeSet::of(scopes.into_iter().map(Scope::parse).collect::<Result<Vec<_>, _>>()?)?;
    if scopes.is_empty() { Err(InvalidScope::Empty) } else { Ok(scopes) }
}
