//! Makes proofs.

use http::Method;

use super::{Nonce, TYP, Target};
use crate::id::{JwtId, Thumbprint};
use crate::jose::base64url;
use crate::jose::crypto;
use crate::jose::json::Object;
use crate::jose::jws::Draft;
use crate::jose::{PublicJwk, SigningKey};
use crate::secret::{AccessToken, DpopProof};
use crate::time::Timestamp;

/// What a proof says.
///
/// ```
/// use helseid_protocol::dpop::{ProofKey, ProofRequest, Target};
/// use helseid_protocol::random::{SystemRandom, jwt_id};
/// use helseid_protocol::secret::DpopProof;
/// use helseid_protocol::time::Timestamp;
///
/// /// For the token endpoint, where no access token goes along.
/// fn proof(key: &ProofKey, target: &Target, now: Timestamp) -> DpopProof {
///     let (method, jwt_id) = (&http::Method::POST, &jwt_id(&SystemRandom));
///     key.make(ProofRequest { method, target, nonce: None, access_token: None, jwt_id, now })
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ProofRequest<'a> {
    /// The request's method.
    pub method: &'a Method,
    /// The request's address.
    pub target: &'a Target,
    /// The newest nonce of the server that is called, if it gave one.
    pub nonce: Option<&'a Nonce>,
    /// The token that goes along; none at the token endpoint.
    pub access_token: Option<&'a AccessToken>,
    /// New for each proof.
    pub jwt_id: &'a JwtId,
    /// The time now.
    pub now: Timestamp,
}

/// A key that proofs are made with; tokens are bound to its thumbprint.
///
/// ```
/// use helseid_protocol::dpop::ProofKey;
/// use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey};
///
/// let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
/// let key = ProofKey::new(SigningKey::new(&key)?);
/// // What the tokens that are fetched with it will be bound to.
/// assert_eq!(*key.thumbprint(), key.public().thumbprint());
/// # Ok::<(), helseid_protocol::jose::InvalidJwk>(())
/// ```
#[derive(Debug)]
pub struct ProofKey {
    key: SigningKey,
    header: Object,
    thumbprint: Thumbprint,
}

impl ProofKey {
    /// Makes proofs with `key`.
    #[must_use]
    pub fn new(key: SigningKey) -> Self {
        let header = header(&key);
        let thumbprint = key.public().thumbprint();
        Self { key, header, thumbprint }
    }

    /// What tokens that are fetched with this key are bound to: `jkt`.
    #[must_use]
    pub const fn thumbprint(&self) -> &Thumbprint {
        &self.thumbprint
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &PublicJwk {
        self.key.public()
    }

    /// A proof for one request.
    #[must_use]
    pub fn make(&self, request: ProofRequest<'_>) -> DpopProof {
        DpopProof::new(Draft::new(&self.header, &claims(request)).sign(&self.key))
    }
}

pub(crate) fn header(key: &SigningKey) -> Object {
    let mut header = Object::new();
    header.insert("alg".into(), key.algorithm().name().into());
    header.insert("typ".into(), TYP.into());
    header.insert("jwk".into(), key.public().bare().into());
    header
}

pub(crate) fn claims(request: ProofRequest<'_>) -> Object {
    let mut claims = Object::new();
    claims.insert("jti".into(), request.jwt_id.as_str().into());
    claims.insert("htm".into(), request.method.as_str().into());
    claims.insert("htu".into(), request.target.as_str().into());
    claims.insert("iat".into(), request.now.seconds().into());
    if let Some(nonce) = request.nonce {
        claims.insert("nonce".into(), nonce.as_str().into());
    }
    if let Some(token) = request.access_token {
        claims.insert("ath".into(), token_hash(token.expose()).into());
    }
    claims
}

/// `ath`: base64url of the SHA-256 of the token's text (RFC 9449 section 4.2).
#[must_use]
pub fn token_hash(access_token: &str) -> String {
    base64url::encode(&crypto::sha256(access_token.as_bytes()))
}
