//! Makes client assertions.

use std::time::Duration;

use serde_json::Value;

use super::TYP;
use crate::id::{ClientId, Issuer, JwtId, KeyId};
use crate::jose::json::Object;
use crate::jose::jws::Draft;
use crate::jose::{Algorithm, SigningKey};
use crate::secret::ClientAssertion;
use crate::time::Timestamp;

/// How long our assertions live: 10 s, as long as those of HelseID's own libraries.
pub const LIFETIME: Duration = Duration::from_secs(10);

/// What an assertion says.
///
/// ```
/// use helseid_protocol::assertion::{AssertionRequest, make};
/// # use helseid_protocol::{id::*, jose::*, random::{SystemRandom, jwt_id}, time::Timestamp};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let key = SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None))?;
/// let request = AssertionRequest {
///     client_id: &ClientId::parse("1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4")?,
///     issuer: &Issuer::parse("https://helseid-sts.nhn.no")?,
///     jwt_id: &jwt_id(&SystemRandom),
///     now: Timestamp::from_seconds(1_790_000_000),
///     details: None,
/// };
/// // For `client_assertion` of the token request.
/// assert_eq!(make(&key, request).expose().split('.').count(), 3);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct AssertionRequest<'a> {
    /// Who authenticates.
    pub client_id: &'a ClientId,
    /// To whom: the issuer, as its metadata names it.
    pub issuer: &'a Issuer,
    /// New for each assertion.
    pub jwt_id: &'a JwtId,
    /// The time now.
    pub now: Timestamp,
    /// `assertion_details`: one structure, or an array of several.
    pub details: Option<&'a Value>,
}

/// An assertion signed with `key`. Good for one request within [`LIFETIME`].
#[must_use]
pub fn make(key: &SigningKey, request: AssertionRequest<'_>) -> ClientAssertion {
    ClientAssertion::new(draft(key.algorithm(), key.public().key_id(), request).sign(key))
}

/// The same before its signature, for a key outside this process.
#[must_use]
pub fn draft(algorithm: Algorithm, key_id: Option<&KeyId>, request: AssertionRequest<'_>) -> Draft {
    Draft::new(&header(algorithm, key_id), &claims(request))
}

pub(crate) fn header(algorithm: Algorithm, key_id: Option<&KeyId>) -> Object {
    let mut header = Object::new();
    header.insert("alg".into(), algorithm.name().into());
    header.insert("typ".into(), TYP.into());
    if let Some(key_id) = key_id {
        header.insert("kid".into(), key_id.as_str().into());
    }
    header
}

pub(crate) fn claims(request: AssertionRequest<'_>) -> Object {
    let now = request.now.seconds();
    let mut claims = Object::new();
    claims.insert("iss".into(), request.client_id.as_str().into());
    claims.insert("sub".into(), request.client_id.as_str().into());
    claims.insert("aud".into(), request.issuer.as_str().into());
    claims.insert("iat".into(), now.into());
    claims.insert("nbf".into(), now.into());
    claims.insert("exp".into(), request.now.plus(LIFETIME).seconds().into());
    claims.insert("jti".into(), request.jwt_id.as_str().into());
    if let Some(details) = request.details {
        claims.insert("assertion_details".into(), details.clone());
    }
    claims
}
