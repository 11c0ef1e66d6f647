//! Access tokens as an authority makes them.

use super::Jwt;
use super::login::header;
use crate::id::{Audience, ClientId, Issuer, JwtId, Thumbprint};
use crate::jose::SigningKey;
use crate::jose::json::Object;
use crate::scope::ScopeSet;
use crate::time::Timestamp;

/// What a machine-to-machine access token says.
#[derive(Debug, Clone, Copy)]
pub struct TokenFacts<'a> {
    /// Who issues it.
    pub issuer: &'a Issuer,
    /// Who it is for.
    pub audience: &'a Audience,
    /// Who it was issued to.
    pub client_id: &'a ClientId,
    /// What it lets do.
    pub scope: &'a ScopeSet,
    /// The key that it is bound to; none makes a Bearer token.
    pub bound_to: Option<&'a Thumbprint>,
    /// Its id.
    pub jwt_id: &'a JwtId,
    /// The time now; it is good for 600 s.
    pub now: Timestamp,
}

/// A valid access token signed by the issuer's `key`.
#[must_use]
pub fn access_token(key: &SigningKey, facts: TokenFacts<'_>) -> Jwt {
    let now = facts.now.seconds();
    let scope: Vec<&str> = facts.scope.iter().map(|scope| scope.as_str()).collect();
    let mut claims = Object::new();
    claims.insert("iss".into(), facts.issuer.as_str().into());
    claims.insert("aud".into(), facts.audience.as_str().into());
    claims.insert("nbf".into(), now.into());
    claims.insert("iat".into(), now.into());
    claims.insert("exp".into(), now.saturating_add(600).into());
    claims.insert("scope".into(), scope.into());
    claims.insert("client_id".into(), facts.client_id.as_str().into());
    claims.insert("client_amr".into(), "private_key_jwt".into());
    claims.insert("jti".into(), facts.jwt_id.as_str().into());
    if let Some(thumbprint) = facts.bound_to {
        claims.insert("cnf".into(), serde_json::json!({ "jkt": thumbprint.as_str() }));
    }
    Jwt { header: header(key, "at+jwt"), claims }
}
