//! Makes the proofs: good ones, and the thirteen with one thing wrong.

use ::http::Method;
use helseid_protocol::dpop::{ProofRequest, Target};
use helseid_protocol::forge::{self, Jwt};
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey};
use helseid_protocol::random::jwt_id;
use helseid_protocol::secret::AccessToken;
use serde_json::Value;

use super::ask::{Ask, Broken, Proof};
use super::mint::stranger;
use crate::oauth::OAuthState;

/// How far the `iat` of a proof of the wrong time is off, in seconds.
const FAR: i64 = 3_600;

/// A proof that is wanted.
pub(super) struct Wanted {
    private: PrivateJwk,
    pub(super) key: SigningKey,
    target: Target,
    method: Method,
    pub(super) broken: Broken,
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
            broken: asked.broken.unwrap_or(Broken::None),
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
    let signed = |proof: Jwt| Ok(proof.sign(&wanted.key));
    match wanted.broken {
        Broken::None | Broken::SetAnInvalidJktValueInToken => signed(good),
        Broken::DontSetHtuClaimValue => signed(good.without_claim("htu")),
        Broken::DontSetHtmClaimValue => signed(good.without_claim("htm")),
        Broken::SetIatValueInThePast => signed(good.claim("iat", now.seconds().saturating_sub(FAR))),
        Broken::SetIatValueInTheFuture => signed(good.claim("iat", now.seconds().saturating_add(FAR))),
        Broken::DontSetAthClaimValue => signed(good.without_claim("ath")),
        Broken::DontSetAlgHeader => signed(good.without_header("alg")),
        Broken::DontSetJwkHeader => signed(good.without_header("jwk")),
        Broken::DontSetJtiClaim => signed(good.without_claim("jti")),
        Broken::SetAlgHeaderToASymmetricAlgorithm => signed(good.header("alg", "HS256")),
        Broken::SetPrivateKeyInJwkHeader => {
            let private: Value = serde_json::from_str(wanted.private.to_json().expose())
                .map_err(|why| format!("the key cannot be written: {why}"))?;
            signed(good.header("jwk", private))
        }
        Broken::SetInvalidTypHeaderValue => signed(good.header("typ", "JWT")),
        Broken::SetAnInvalidSignature => Ok(good.sign(&stranger(Algorithm::ES256)?)),
    }
}
