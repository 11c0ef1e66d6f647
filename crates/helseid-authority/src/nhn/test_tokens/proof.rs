//! Makes the proofs: good ones, and the thirteen with one thing wrong.

use ::http::Method;
use helseid_protocol::dpop::{ProofRequest, Target};
use helseid_protocol::forge::{self, BrokenProof};
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey};
use helseid_protocol::random::jwt_id;
use helseid_protocol::secret::AccessToken;

use super::ask::{Ask, Proof};
use crate::oauth::OAuthState;

/// A proof that is wanted.
pub(super) struct Wanted {
    private: PrivateJwk,
    pub(super) key: SigningKey,
    target: Target,
    method: Method,
    pub(super) broken: Option<BrokenProof>,
}

impl Wanted {
    /// What the request asks for; nothing if it asks for no proof.
    pub(super) fn of(ask: &Ask) -> Result<Option<Self>, String> {
        if ask.create_dpop_token != Some(true) {
            return Ok(None);
        }
        let none = Proof::default();
        let asked = ask.proof.as_ref().unwrap_or(&none);
        let missing =
            |name: &str| format!("dPoPProofParameters.{name} is missing, which says what the proof is for");
        let address = asked.htu_claim_value.as_deref().ok_or_else(|| missing("htuClaimValue"))?;
        let method = asked.htm_claim_value.as_deref().ok_or_else(|| missing("htmClaimValue"))?;
        let private = match &asked.private_key_for_proof_creation {
            Some(jwk) => {
                let read = PrivateJwk::read(jwk.as_bytes());
                read.map_err(|why| format!("privateKeyForProofCreation: {why}"))?
            }
            None => PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None),
        };
        Ok(Some(Self {
            key: SigningKey::new(&private).map_err(|why| format!("privateKeyForProofCreation: {why}"))?,
            private,
            target: Target::parse(address).map_err(|why| format!("htuClaimValue: {why}"))?,
            method: method.parse().map_err(|_| "htmClaimValue: expected a method, such as GET".to_owned())?,
            broken: asked.broken,
        }))
    }
}

/// The proof that goes with `token`.
pub(super) fn proof(oauth: &OAuthState, wanted: &Wanted, token: &str) -> Result<String, String> {
    let now = oauth.clock.now();
    let request = ProofRequest {
        method: &wanted.method,
        target: &wanted.target,
        nonce: None,
        access_token: Some(&AccessToken::new(token)),
        jwt_id: &jwt_id(&*oauth.random),
        now,
    };
    let good = forge::proof(&wanted.key, request);
    match wanted.broken {
        Some(BrokenProof::Signature) => Ok(good.sign(&stranger(Algorithm::ES256)?)),
        Some(broken) => Ok(broken.applied(good, &wanted.private).sign(&wanted.key)),
        None => Ok(good.sign(&wanted.key)),
    }
}

/// A new key that nobody knows.
pub(super) fn stranger(algorithm: Algorithm) -> Result<SigningKey, String> {
    SigningKey::new(&PrivateJwk::generate(algorithm, RsaSize::Bits2048, None)).map_err(|why| why.to_string())
}
