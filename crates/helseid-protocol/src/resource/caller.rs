//! Who was let in.

use std::sync::Arc;

use super::CallingPerson;
use crate::claims::{AccessTokenClaims, Actor, ClientTenancy, SecurityLevel};
use crate::endpoint::token::TokenType;
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::scope::{Scope, ScopeSet};

/// A caller whose token and proof hold. What it may do is for its scopes to say.
///
/// ```
/// use helseid_protocol::claims::SecurityLevel;
/// use helseid_protocol::resource::Caller;
/// use helseid_protocol::rule::{Fault, Trail};
/// use helseid_protocol::scope::ScopeSet;
///
/// /// What a route for prescriptions demands.
/// fn may_prescribe(caller: &Caller, scopes: &ScopeSet, trail: &mut Trail) -> Result<(), Fault> {
///     caller.require_scopes_all(scopes, trail)?;
///     caller.require_hpr_number(trail)?;
///     caller.require_security_level(SecurityLevel::High, trail)
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Caller {
    claims: Arc<AccessTokenClaims>,
    token_type: TokenType,
}

impl Caller {
    pub(super) const fn new(claims: Arc<AccessTokenClaims>, token_type: TokenType) -> Self {
        Self { claims, token_type }
    }

    /// What its token says.
    #[must_use]
    pub fn claims(&self) -> &AccessTokenClaims {
        &self.claims
    }

    /// The person who calls, by the client that the token was issued to; none in a machine-to-machine token.
    #[must_use]
    pub fn person(&self) -> Option<CallingPerson> {
        CallingPerson::of(&self.claims)
    }

    /// Who acts on the person's or the client's behalf, in a token that was exchanged: the client that exchanged it last. Of all that
    /// `act` may hold, access is decided by this one alone; those before it are for logs
    /// ([`AccessTokenClaims::actors`]; RFC 8693 section 4.1).
    #[must_use]
    pub fn actor(&self) -> Option<Actor<'_>> {
        self.claims.actor()
    }

    pub(crate) fn shared_claims(&self) -> Arc<AccessTokenClaims> {
        self.claims.clone()
    }

    /// How the token was sent.
    #[must_use]
    pub const fn token_type(&self) -> TokenType {
        self.token_type
    }

    /// Checks that the token has every one of `scopes`.
    pub fn require_scopes_all(&self, scopes: &ScopeSet, trail: &mut Trail) -> Result<(), Fault> {
        let has = |scope: &Scope| self.claims.scopes().contains(scope);
        let finding = if scopes.iter().all(has) { Ok(()) } else { Err(self.lacks(scopes.to_string())) };
        trail.require(Rule::ApiScope, finding)
    }

    /// Checks that the token has at least one of `scopes`.
    pub fn require_scopes_any(&self, scopes: &ScopeSet, trail: &mut Trail) -> Result<(), Fault> {
        let has = |scope: &Scope| self.claims.scopes().contains(scope);
        let one_of = || self.lacks(format!("one of {scopes}"));
        let finding = if scopes.iter().any(has) { Ok(()) } else { Err(one_of()) };
        trail.require(Rule::ApiScope, finding)
    }

    /// Checks that the user is logged in at least this strongly.
    pub fn require_security_level(&self, least: SecurityLevel, trail: &mut Trail) -> Result<(), Fault> {
        let finding = match self.claims.security_level() {
            Some(level) if level >= least => Ok(()),
            Some(level) => Err(Facts::new(format_args!("at least {least}"), level)),
            None => Err(Facts::new(format_args!("at least {least}"), "a token without a user's level")),
        };
        trail.require(Rule::ApiSecurityLevel, finding)
    }

    /// Checks that the client has one of these tenancies.
    pub fn require_tenancy(&self, one_of: &[ClientTenancy], trail: &mut Trail) -> Result<(), Fault> {
        let own = self.claims.client_tenancy();
        let finding = if own.is_some_and(|own| one_of.contains(&own)) {
            Ok(())
        } else {
            let expected: Vec<_> = one_of.iter().map(|tenancy| tenancy.name()).collect();
            Err(Facts::new(expected.join(" or "), own.map_or("no known tenancy", ClientTenancy::name)))
        };
        trail.require(Rule::ApiTenancy, finding)
    }

    /// Checks that the token names the organisation that the client acts for.
    pub fn require_organisation(&self, trail: &mut Trail) -> Result<(), Fault> {
        let named = self.claims.orgnr_parent().is_some_and(|number| !number.is_empty());
        let finding = if named { Ok(()) } else { Err(Facts::missing("an organisation number")) };
        trail.require(Rule::ApiOrganisation, finding)
    }

    /// Checks a demand of the API's own; `expected` says to strangers what is asked.
    pub fn require_claims(
        &self,
        expected: &str,
        holds: impl FnOnce(&AccessTokenClaims) -> bool,
        trail: &mut Trail,
    ) -> Result<(), Fault> {
        let finding = if holds(&self.claims) { Ok(()) } else { Err(Facts::new(expected, "other claims")) };
        trail.require(Rule::ApiClaims, finding)
    }

    fn lacks(&self, expected: String) -> Facts {
        match self.claims.scopes() {
            none if none.is_empty() => Facts::new(expected, "a token without scopes"),
            scopes => Facts::value(expected, scopes),
        }
    }
}
