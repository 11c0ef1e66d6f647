//! Makes proofs.

use std::sync::Arc;

use helseid_protocol::dpop::{InvalidTarget, Nonce, ProofKey, ProofRequest, Target};
use helseid_protocol::id::Thumbprint;
use helseid_protocol::random::{Random, jwt_id};
use helseid_protocol::secret::{AccessToken, DpopProof};
use http::{HeaderMap, Method};
use url::Url;

use super::nonces::{Nonces, Role};
use crate::clock::SigningClock;

/// The key that proofs are made with, and what goes into them.
pub(crate) struct Prover {
    key: ProofKey,
    nonces: Nonces,
    clock: Arc<SigningClock>,
    random: Arc<dyn Random>,
}

/// The request that a proof is for.
pub(crate) struct ProofFor<'a> {
    /// The key of a login; none for the client's own.
    pub(crate) key: Option<&'a ProofKey>,
    pub(crate) role: Role,
    pub(crate) method: &'a Method,
    pub(crate) url: &'a Url,
    /// The token that is sent along: none to the authority.
    pub(crate) access_token: Option<&'a AccessToken>,
}

impl Prover {
    pub(crate) fn new(key: ProofKey, clock: Arc<SigningClock>, random: Arc<dyn Random>) -> Self {
        Self { key, nonces: Nonces::default(), clock, random }
    }

    /// The thumbprint of the key.
    pub(crate) const fn thumbprint(&self) -> &Thumbprint {
        self.key.thumbprint()
    }

    /// A proof for one request, with the newest nonce of the server: a server's nonce is good with any key (RFC 9449 section 8).
    pub(crate) fn prove(&self, request: ProofFor<'_>) -> Result<DpopProof, InvalidTarget> {
        let target = Target::of_url(request.url)?;
        let origin = request.url.origin().ascii_serialization();
        Ok(request.key.unwrap_or(&self.key).make(ProofRequest {
            method: request.method,
            target: &target,
            nonce: self.nonces.newest(request.role, &origin).as_ref(),
            access_token: request.access_token,
            jwt_id: &jwt_id(&*self.random),
            now: self.clock.signing_time(),
        }))
    }

    /// Remembers the nonce of a response from `url`, if it has one.
    pub(crate) fn learn(&self, role: Role, url: &Url, headers: &HeaderMap) -> Option<Nonce> {
        self.nonces.learn(role, &url.origin().ascii_serialization(), headers)
    }
}
