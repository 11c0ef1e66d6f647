//! Requests to an API.

use std::net::SocketAddr;

use bytes::Bytes;
use helseid_protocol::dpop::{ProofKey, ProofRequest, Target};
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey};
use helseid_protocol::random::{SystemRandom, jwt_id};
use helseid_protocol::secret::AccessToken;

use super::{BenchIssuer, prepared};
use crate::timestamp;

/// Where the patients are.
pub(crate) const PATH: &str = "/api/patients";

/// How many keys the tokens are bound to.
const PROOF_KEYS: usize = 16;

/// Tokens, and the keys that they are bound to.
pub(crate) struct Calls {
    keys: Vec<ProofKey>,
    tokens: Vec<AccessToken>,
}

impl Calls {
    /// Has so many different tokens, bound or not.
    pub(crate) fn new(issuer: &BenchIssuer, count: usize, bound: bool) -> Self {
        let keys = if bound { proof_keys(PROOF_KEYS) } else { Vec::new() };
        let tokens =
            prepared(count, |n| Bytes::from(issuer.token(keys.get(n % PROOF_KEYS)).expose().to_owned()));
        let tokens =
            tokens.iter().map(|token| AccessToken::new(std::str::from_utf8(token).unwrap())).collect();
        Self { keys, tokens }
    }

    /// So many calls of the API there, its tokens one after the other; each with a proof of its own if they are bound.
    pub(crate) fn of(&self, address: SocketAddr, count: usize) -> Vec<Bytes> {
        let target = Target::parse(&format!("http://{address}{PATH}")).unwrap();
        prepared(count, |n| {
            let token = self.tokens.get(n % self.tokens.len()).unwrap();
            let credentials = match self.keys.get(n % self.tokens.len() % PROOF_KEYS) {
                None => format!("Authorization: Bearer {}", token.expose()),
                Some(key) => {
                    let proof = key.make(ProofRequest {
                        method: &http::Method::GET,
                        target: &target,
                        nonce: None,
                        access_token: Some(token),
                        jwt_id: &jwt_id(&SystemRandom),
                        now: timestamp(),
                    });
                    format!("Authorization: DPoP {}\r\nDPoP: {}", token.expose(), proof.expose())
                }
            };
            Bytes::from(format!(
                "GET {PATH} HTTP/1.1\r\nHost: {address}\r\nAccept: application/json\r\n{credentials}\r\n\r\n"
            ))
        })
    }
}

/// New keys for proofs.
pub(super) fn proof_keys(count: usize) -> Vec<ProofKey> {
    let new = |_| {
        ProofKey::new(
            SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None)).unwrap(),
        )
    };
    (0..count).map(new).collect()
}
