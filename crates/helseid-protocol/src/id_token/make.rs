//! Makes the claims of ID tokens.

use std::time::Duration;

use super::at_hash::at_hash;
use crate::id::{ClientId, Issuer};
use crate::jose::Algorithm;
use crate::jose::json::Object;
use crate::person::LoggedIn;
use crate::scope::ScopeSet;
use crate::secret::AccessToken;
use crate::time::Timestamp;

/// What an ID token is issued for.
///
/// ```
/// use helseid_protocol::id_token::{IdTokenRequest, claims};
/// # use helseid_protocol::{claims::SecurityLevel, id::{ClientId, Issuer}, jose::Algorithm, scope::ScopeSet};
/// # use helseid_protocol::time::Timestamp;
/// # use helseid_protocol::person::{LoggedIn, Login, Network, Person, PersonNumber, SyntheticMonth};
/// # use std::time::Duration;
/// # let person = Person::made_up(PersonNumber::parse("15849197352", SyntheticMonth::Plus80)?);
/// # let now = Timestamp::from_seconds(1_790_000_000);
/// # let login = Login {
/// #     session: "CC2462C2", authenticated: now, level: SecurityLevel::High, identity_provider: "testidp-oidc",
/// #     methods: &["pwd"], network: Network::Internet,
/// # };
/// let claims = claims(IdTokenRequest {
///     issuer: &Issuer::parse("https://sts.example")?,
///     client_id: &ClientId::parse("1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4")?,
///     logged_in: LoggedIn { person: &person, login },
///     scopes: &ScopeSet::parse("openid")?,
///     nonce: Some("7F3A"),
///     access_token: None,
///     algorithm: Algorithm::ES256,
///     lifetime: Duration::from_secs(300),
///     now,
/// });
/// assert_eq!(claims["acr"], "Level4");
/// assert_eq!(claims["exp"], 1_790_000_300);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct IdTokenRequest<'a> {
    /// Who issues it.
    pub issuer: &'a Issuer,
    /// The client that it is for.
    pub client_id: &'a ClientId,
    /// Who logged in, and how.
    pub logged_in: LoggedIn<'a>,
    /// The granted scopes, which say what the token has of the identity.
    pub scopes: &'a ScopeSet,
    /// The `nonce` of the login; none at a refresh (OpenID Connect Core 1.0 section 12.2).
    pub nonce: Option<&'a str>,
    /// The access token of the same answer.
    pub access_token: Option<&'a AccessToken>,
    /// The algorithm that will sign it, which decides how `at_hash` is made.
    pub algorithm: Algorithm,
    /// How long it is good.
    pub lifetime: Duration,
    /// The time now.
    pub now: Timestamp,
}

/// The claims of an ID token, to be signed with [`typ`](super::TYP) `JWT`. It has no `scope`, and no other claim by which it
/// could pass for an access token.
#[must_use]
pub fn claims(request: IdTokenRequest<'_>) -> Object {
    let now = request.now.seconds();
    let mut claims = Object::new();
    claims.insert("iss".into(), request.issuer.as_str().into());
    claims.insert("nbf".into(), now.into());
    claims.insert("iat".into(), now.into());
    claims.insert("exp".into(), request.now.plus(request.lifetime).seconds().into());
    claims.insert("aud".into(), request.client_id.as_str().into());
    claims.extend(request.logged_in.id_token_claims(request.scopes));
    if let Some(nonce) = request.nonce {
        claims.insert("nonce".into(), nonce.into());
    }
    if let Some(token) = request.access_token {
        claims.insert("at_hash".into(), at_hash(token, request.algorithm).into());
    }
    claims
}
