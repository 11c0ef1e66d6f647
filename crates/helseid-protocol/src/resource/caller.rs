//! Who was let in.

use std::sync::Arc;

use crate::claims::AccessTokenClaims;
use crate::endpoint::token::TokenType;
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::scope::{Scope, ScopeSet};

/// A caller whose token and proof hold. What it may do is for its scopes to say.
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

    fn lacks(&self, expected: String) -> Facts {
        match self.claims.scopes() {
            none if none.is_empty() => Facts::new(expected, "a token without scopes"),
            scopes => Facts::new(expected, scopes),
        }
    }
}
