//! Access tokens as an authority makes them.

use super::Jwt;
use super::login::header;
use crate::id::{Audience, ClientId, Issuer, JwtId, Thumbprint};
use crate::jose::SigningKey;
use crate::jose::json::Object;
use crate::scope::ScopeSet;
use crate::time::Timestamp;

/// What a machine-to-machine access token says.
///
/// ```
/// use helseid_protocol::forge::{TokenFacts, access_token};
/// # use helseid_protocol::{id::*, jose::*, scope::ScopeSet, time::Timestamp};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let key = SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None))?;
/// let facts = TokenFacts {
///     issuer: &Issuer::parse("https://helseid-sts.nhn.no")?,
///     audience: &Audience::parse("nhn:my-api")?,
///     client_id: &ClientId::parse("1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4")?,
///     scope: &ScopeSet::parse("nhn:my-api/read")?,
///     bound_to: None,
///     jwt_id: &JwtId::parse("1")?,
///     now: Timestamp::from_seconds(1_790_000_000),
/// };
/// // For an API that takes bound tokens alone to refuse.
/// assert!(!access_token(&key, facts).has_claim("cnf"));
/// # Ok(()) }
/// ```
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
