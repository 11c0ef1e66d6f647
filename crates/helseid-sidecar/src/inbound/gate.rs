//! An API that is protected.

use std::collections::BTreeMap;
use std::sync::Arc;

use helseid_api::{
    ApiProtection, Claimed, ProofUse, Refused, ReplayGuard, RequestFacts, RequestVerifier, ResourceMetadata,
    Scheme, Verified,
};
use helseid_http::Outbound;
use helseid_protocol::address::Base;
use helseid_protocol::endpoint::token::TokenType;
use helseid_protocol::jose::crypto::sha256;
use helseid_protocol::time::Clock;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::refused::NotAdmitted;
use crate::admitted::AdmittedTokens;
use crate::callers::{Peer, Rights};
use crate::config::{PeerList, ProtectConfig, ProxyKind};
use crate::error::SidecarError;
use crate::methods;
use crate::metrics::Decided;

/// The APIs that are protected, by name.
pub(crate) struct Gates(BTreeMap<String, Gate>);

/// An API that is protected.
pub(super) struct Gate {
    pub(super) name: Arc<str>,
    pub(super) scheme: Scheme,
    verifier: RequestVerifier,
    admitted: Arc<AdmittedTokens>,
    base: Base,
    metadata: Option<ResourceMetadata>,
    /// Whether the API behind is sent the token and its proof, too.
    pass_proof: bool,
    /// The proxy that asks, if one does.
    pub(super) proxy: Option<(ProxyKind, PeerList)>,
}

/// The parts of a gate's own; those of all gates are told apart by their names, also in one Redis (threat B9).
struct OfGate<G> {
    guard: G,
    key: [u8; 32],
}

impl<G: ReplayGuard> ReplayGuard for OfGate<G> {
    fn claim(&self, proof: ProofUse) -> Claimed<'_> {
        self.guard.claim(proof)
    }

    fn answers_at_once(&self) -> bool {
        self.guard.answers_at_once()
    }

    fn key(&self) -> Option<[u8; 32]> {
        Some(self.key)
    }
}

impl Gates {
    /// Fetches nothing yet.
    pub(crate) fn new(
        configs: BTreeMap<String, ProtectConfig>,
        clock: &Arc<dyn Clock>,
        admitted: &Arc<AdmittedTokens>,
    ) -> Result<Self, SidecarError> {
        let gate = |name, config| Gate::new(name, config, (clock, admitted.clone()));
        let gates = configs.into_iter().map(|(name, config)| Ok((name.clone(), gate(name, config)?)));
        Ok(Self(gates.collect::<Result<_, SidecarError>>()?))
    }

    pub(super) fn named(&self, name: &str) -> Option<&Gate> {
        self.0.get(name)
    }

    /// The one of this name that `rights` allow; the only one that they allow if none is named.
    pub(super) fn of(&self, name: Option<&str>, rights: &Rights) -> Option<&Gate> {
        let mut allowed = self.0.values().filter(|gate| rights.allow_protect(&gate.name));
        match name {
            Some(name) => allowed.find(|gate| &*gate.name == name),
            None => allowed.next().filter(|_| allowed.next().is_none()),
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Gate> {
        self.0.values()
    }

    /// The only one that a proxy asks.
    pub(super) fn only(&self) -> Option<&Gate> {
        let mut gates = self.0.values().filter(|gate| gate.proxy.is_some());
        gates.next().filter(|_| gates.next().is_none())
    }
}

impl Gate {
    fn new(
        name: String,
        config: ProtectConfig,
        (clock, admitted): (&Arc<dyn Clock>, Arc<AdmittedTokens>),
    ) -> Result<Self, SidecarError> {
        let clock = clock.clone();
        let wrong = |why: &dyn std::fmt::Display| {
            let what = format_args!("[protect.{name}] is invalid");
            SidecarError::new(what, why, "fix it; docs/guides/sidecar.md lists every setting")
        };
        let outbound = Outbound::builder().ca_file(config.ca_file).insecure_http(config.insecure_http);
        let outbound = outbound.build().map_err(|why| wrong(&why))?;
        let builder = ApiProtection::builder(config.issuer, config.audience)
            .public_url(config.base.as_text())
            .scheme(config.scheme)
            .profile(config.profile)
            .outbound(outbound)
            // The paths of an API name its patients (threat B21).
            .log_rules_alone()
            .clock(move || clock.now());
        let builder = match &config.redis {
            None => builder,
            Some(url) => {
                let guard = helseid_api::RedisReplayGuard::new(url.expose()).map_err(|why| wrong(&why))?;
                let key = sha256(format!("used proofs at the gate of a sidecar: {name}").as_bytes());
                builder.replay_guard(OfGate { guard, key })
            }
        };
        // A document that nobody serves is not named: the shipped files serve it, by way of the sidecar.
        let is_served = matches!(config.proxy, Some((ProxyKind::Nginx | ProxyKind::Caddy, _)));
        let builder = if is_served { builder } else { builder.unnamed_metadata() };
        let scopes = config.scopes.iter().map(String::as_str);
        let protection = builder.scopes_supported(scopes).build().map_err(|why| wrong(&why))?;
        let metadata = protection.metadata().filter(|_| is_served).cloned();
        let scopes = config.scopes.iter().map(String::as_str);
        let verifier = protection.require_scopes_all(scopes).map_err(|why| wrong(&why))?.into_verifier();
        let ProtectConfig { base, proxy, scheme, pass_proof, .. } = config;
        Ok(Self { name: name.into(), scheme, verifier, admitted, base, metadata, pass_proof, proxy })
    }

    /// Verifies a request to `path`, as its caller wrote it, and claims its proof. Only `Authorization` and `DPoP` are read of
    /// the headers.
    pub(super) async fn verify(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
    ) -> Result<Verified, NotAdmitted> {
        self.verify_at(method, &format!("{}{path}", self.base.origin()), headers).await
    }

    /// The same for a whole URL, which must lie below the API's own (threats B8, B10).
    pub(super) async fn verify_at(
        &self,
        method: &Method,
        url: &str,
        headers: &HeaderMap,
    ) -> Result<Verified, NotAdmitted> {
        if !methods::is_bounded(method) {
            return Err(NotAdmitted::method());
        }
        self.base.holds(url).map_err(NotAdmitted::address)?;
        let verified = self.verifier.verify(RequestFacts::at_url(method, url, headers)).await;
        let verified = verified.map_err(|refused| NotAdmitted::of(&refused))?;
        self.remember(&verified, headers).await;
        Ok(verified)
    }

    /// Remembers a token that was sent with a proof: it may be exchanged.
    async fn remember(&self, verified: &Verified, headers: &HeaderMap) {
        let caller = verified.caller().filter(|caller| caller.token_type() == TokenType::Dpop);
        let sent = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.split_once(' '));
        if let (Some(caller), Some((_, token))) = (caller, sent) {
            self.admitted.put(token.trim(), caller.claims().expires(), &self.name).await;
        }
    }

    /// The caller of a token that is bound to no key, without a request.
    pub(super) async fn look(&self, token: &str) -> Result<Verified, Refused> {
        let value = HeaderValue::try_from(format!("Bearer {token}"));
        let headers = value.into_iter().map(|value| (AUTHORIZATION, value)).collect();
        self.verifier.verify(RequestFacts::at_url(&Method::GET, &self.base.as_text(), &headers)).await
    }

    /// What takes the place of `Authorization` and `DPoP` on the way to the API: nothing, unless it is to see them. Each id of a
    /// proof is claimed at the gate and once more by the API (threat B9).
    pub(super) fn proof_passed(&self, headers: &HeaderMap) -> HeaderMap {
        let passed = |name: HeaderName| {
            let value = headers.get(&name).filter(|_| self.pass_proof).cloned();
            (name, value.unwrap_or(HeaderValue::from_static("")))
        };
        [AUTHORIZATION, HeaderName::from_static("dpop")].map(passed).into_iter().collect()
    }

    /// What the API says of itself, where a shipped file serves it.
    pub(super) const fn metadata(&self) -> Option<&ResourceMetadata> {
        self.metadata.as_ref()
    }

    pub(super) fn has_origin_of(&self, other: &Self) -> bool {
        self.base.origin() == other.base.origin()
    }

    /// What is counted of a decision.
    pub(super) fn decided(&self, verified: &Result<Verified, NotAdmitted>) -> Decided {
        let decision = verified.as_ref().map_or_else(|refused| refused.reason, |_| "admitted");
        Decided { protect: self.name.clone(), decision }
    }

    /// Whether a proxy at `peer` may ask.
    pub(super) fn proxy_at(&self, peer: Peer) -> Option<ProxyKind> {
        self.proxy.as_ref().filter(|(_, peers)| peers.has(peer)).map(|(kind, _)| *kind)
    }
}

#[cfg(test)]
mod tests {
    use helseid_api::{Claim, MaybeReady};

    use super::*;

    struct Another(bool);

    impl ReplayGuard for Another {
        fn claim(&self, _: ProofUse) -> Claimed<'_> {
            MaybeReady::ready(Claim::First)
        }

        fn answers_at_once(&self) -> bool {
            self.0
        }

        fn key(&self) -> Option<[u8; 32]> {
            Some([1; 32])
        }
    }

    #[test]
    fn a_gate_has_a_key_of_its_own_and_waits_as_long_as_its_guard() {
        for at_once in [true, false] {
            let own = OfGate { guard: Another(at_once), key: [7; 32] };
            assert_eq!((own.answers_at_once(), own.key()), (at_once, Some([7; 32])));
        }
    }
}
