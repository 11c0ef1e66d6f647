//! The steps from a request to its caller. Each takes what only the step before it can make.

use std::sync::Arc;
use std::time::Duration;

use helseid_protocol::dpop::{CachedKeys, ExpectedNonce, FirstUse, NONCE_LIFETIME, NonceKey};
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::resource::{
    BoundToken, Caller, Credentials, Moment, Policy, Request, TokenHash, VerifiedToken,
};
use helseid_protocol::rule::{Fault, Rule, Trail};
use helseid_protocol::time::{Clock, Timestamp};
use http::HeaderValue;

use crate::address::Address;
use crate::facts::RequestFacts;
use crate::keys::Issuers;
use crate::metadata::ResourceMetadata;
use crate::refused::Refused;
use crate::rejection::{RefusalBody, Rejection, Unavailable};
use crate::replay::{Claim, ProofUse, ReplayGuard};
use crate::requirement::Requirement;
use crate::telemetry::{Telemetry, TokenWas};
use crate::verified_cache::VerifiedCache;
use crate::wait_mode::{Stop, WaitMode};

/// What all requests to one API share.
pub(crate) struct Pipeline {
    pub(crate) policy: Policy,
    pub(crate) address: Address,
    pub(crate) issuers: Issuers,
    pub(crate) replay: Arc<dyn ReplayGuard>,
    pub(crate) replay_key: MacKey,
    pub(crate) nonces: Option<NonceKey>,
    pub(crate) cache: VerifiedCache,
    pub(crate) metadata: Option<ResourceMetadata>,
    /// Whether challenges name it.
    pub(crate) names_metadata: bool,
    pub(crate) refusal_body: RefusalBody,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) telemetry: Telemetry,
}

/// Whose check a request has passed; extractors refuse in its name.
#[derive(Clone)]
pub(crate) struct AdmittedBy(pub(crate) Arc<Pipeline>);

/// A token, and the time by which it and its proof are checked: it is read after the wait for the issuer's keys, so that no
/// request is checked at a time of which used proofs have been forgotten.
type TokenNow<'a> = (VerifiedToken<'a>, Timestamp);

/// A caller whose token and proof hold.
pub(crate) struct Admitted {
    pub(crate) caller: Caller,
    pub(crate) token: TokenWas,
    /// A new nonce, if half of the lifetime of the one in the proof has passed.
    pub(crate) nonce: Option<HeaderValue>,
}

impl Pipeline {
    /// The caller, if everything holds.
    pub(crate) async fn caller<W: WaitMode>(
        &self,
        facts: &RequestFacts<'_>,
        trail: &mut Trail,
    ) -> Result<Admitted, Stop<Rejection, W::WouldBlock>> {
        let credentials = Credentials::read(facts.headers, self.policy.scheme, trail)?;
        let credentials = credentials.ok_or(Rejection::NoCredentials)?;
        let ((token, now), token_was) = match self.cached_token::<W>(credentials, trail).await? {
            Some(token) => (token, TokenWas::Cached),
            None => (self.new_token::<W>(credentials, trail).await?, TokenWas::New),
        };
        let targets = self.address.targets(facts)?;
        let proof_key = |part: &str| self.cache.proof_keys.get(part);
        let request = Request {
            method: facts.method,
            targets: &targets,
            headers: facts.headers,
            nonce: self.nonces.as_ref().map_or(ExpectedNonce::None, ExpectedNonce::Of),
            cached_keys: CachedKeys::by(&proof_key),
            now,
        };
        let bound = token.bind(request, &self.policy, trail)?;
        let first_use = self.claim::<W>(&bound, now).await?;
        if let Some(key) = bound.proof_key() {
            self.cache.proof_keys.insert(key);
        }
        let aged = |issued: Timestamp| now.since(issued) >= NONCE_LIFETIME / 2;
        let nonce = bound.nonce_issued().filter(|issued| aged(*issued)).and_then(|_| self.new_nonce());
        Ok(Admitted { caller: bound.admit(first_use, trail)?, token: token_was, nonce })
    }

    /// The token, if it is in the cache and its key is still published, and the time by which it was checked.
    async fn cached_token<'a, W: WaitMode>(
        &'a self,
        credentials: Credentials<'a>,
        trail: &mut Trail,
    ) -> Result<Option<TokenNow<'a>>, Stop<Rejection, W::WouldBlock>> {
        let Some(cached) = self.cache.token(credentials.hash()) else { return Ok(None) };
        let key = self.issuers.find(cached.issuer(), cached.kid(), cached.algorithm());
        let key = W::wait(key).await.map_err(Stop::WouldBlock)?;
        match key.map_err(|why| Rejection::Unavailable(Unavailable::Keys(why.0)))? {
            Some(key) => {
                let now = self.clock.now();
                Ok(credentials.again(&cached, &key, &self.policy, now, trail)?.map(|token| (token, now)))
            }
            None => {
                self.cache.remove_token(credentials.hash());
                Ok(None)
            }
        }
    }

    async fn new_token<'a, W: WaitMode>(
        &'a self,
        credentials: Credentials<'a>,
        trail: &mut Trail,
    ) -> Result<TokenNow<'a>, Stop<Rejection, W::WouldBlock>> {
        let hash: TokenHash = *credentials.hash();
        let token = credentials.token(&self.policy, trail)?;
        let issuer = token.issuer();
        let key = self.issuers.find(issuer, token.kid(), token.algorithm());
        let key = W::wait(key).await.map_err(Stop::WouldBlock)?;
        let key = key.map_err(|why| Rejection::Unavailable(Unavailable::Keys(why.0)))?;
        let key = key.map(|first| self.issuers.signer(first, &token));
        let now = self.clock.now();
        let token = token.check(key.as_deref(), &self.policy, now, trail)?;
        if let Some(key) = key {
            self.cache.insert_token(hash, || token.remember(key, issuer.clone()));
        }
        Ok((token, now))
    }

    async fn claim<W: WaitMode>(
        &self,
        bound: &BoundToken,
        now: Timestamp,
    ) -> Result<FirstUse, Stop<Rejection, W::WouldBlock>> {
        let Some((id, until)) = bound.replay_id(&self.replay_key) else { return Ok(FirstUse::Yes) };
        let claim = self.replay.claim(ProofUse { id, until, now, longest: self.longest_use() });
        match W::wait(claim).await.map_err(Stop::WouldBlock)? {
            Claim::First => Ok(FirstUse::Yes),
            Claim::Again => Ok(FirstUse::No),
            Claim::Full => Err(Rejection::Unavailable(Unavailable::ReplayFull).into()),
            Claim::Away => Err(Rejection::Unavailable(Unavailable::ReplayAway).into()),
            Claim::Forgotten => Err(Rejection::Unavailable(Unavailable::ReplayForgotten).into()),
        }
    }

    /// How long any proof that is used now may be good, whatever its `iat`: the clock of its maker may be ahead by the tolerance,
    /// ours behind by it, and that of another replica by it again; and the last second still counts.
    fn longest_use(&self) -> Duration {
        self.policy.proof_window + self.policy.tolerance * 3 + Duration::from_secs(1)
    }

    fn new_nonce(&self) -> Option<HeaderValue> {
        let nonce = self.nonces.as_ref()?.issue(self.clock.now());
        HeaderValue::from_str(nonce.as_str()).ok()
    }

    /// By which time demands are checked.
    pub(crate) fn moment(&self) -> Moment {
        Moment { now: self.clock.now(), tolerance: self.policy.tolerance }
    }

    /// What a check of a caller found, or the refusal of its request.
    pub(crate) fn found<T>(
        &self,
        finding: Result<T, Fault>,
        requirement: Option<&Requirement>,
    ) -> Result<T, Refused> {
        finding.map_err(|fault| self.refuse(Rejection::Fault(fault), requirement))
    }

    /// Checks that a caller meets a requirement.
    pub(crate) fn require(
        &self,
        requirement: &Requirement,
        caller: &Caller,
        trail: &mut Trail,
    ) -> Result<(), Refused> {
        self.found(requirement.check(caller, self.moment(), trail), Some(requirement))
    }

    /// Refuses a request, which did not meet `requirement` if there is one.
    pub(crate) fn refuse(&self, rejection: Rejection, requirement: Option<&Requirement>) -> Refused {
        self.telemetry.refused(&rejection);
        let challenges = match &rejection {
            Rejection::NoCredentials => self.policy.challenges(None),
            Rejection::Fault(fault) => self.policy.challenges(Some(fault)),
            Rejection::Unavailable(_) | Rejection::Unprotected => Vec::new(),
        };
        let requires_nonce = rejection.rule() == Some(Rule::DpopNonce);
        let mut refused = Refused::new(rejection, self.refusal_body);
        for mut challenge in challenges {
            if let Some((name, value)) = requirement.and_then(Requirement::parameter) {
                challenge = challenge.with(name, value);
            }
            if let Some(metadata) = self.metadata.as_ref().filter(|_| self.names_metadata) {
                challenge = challenge.with("resource_metadata", metadata.url());
            }
            refused.challenge(&challenge);
        }
        if let Some(nonce) = self.new_nonce().filter(|_| requires_nonce) {
            refused.nonce(nonce);
        }
        refused
    }
}
