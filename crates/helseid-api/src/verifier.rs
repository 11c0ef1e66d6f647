//! The line from a request to its caller.

use std::sync::Arc;
use std::time::Duration;

use helseid_protocol::dpop::{CachedKeys, ExpectedNonce, NONCE_LIFETIME, NonceKey};
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::log_budget::LogBudget;
use helseid_protocol::resource::{
    BoundToken, Caller, Credentials, FirstUse, Policy, Request, TokenHash, VerifiedToken,
};
use helseid_protocol::rule::Trail;
use helseid_protocol::time::{Clock, Timestamp};
use http::HeaderValue;
use http::request::Parts;

use crate::address::Address;
use crate::answer::RefusalBody;
use crate::keys::Issuers;
use crate::metadata::ResourceMetadata;
use crate::patience::{Halt, Patience};
use crate::seen::Seen;
use crate::telemetry::TokenWas;
use crate::{Claim, ProofUse, Rejection, ReplayGuard, Unavailable};

/// What all requests to one API share.
pub(crate) struct Verifier {
    pub(crate) policy: Policy,
    pub(crate) address: Address,
    pub(crate) issuers: Issuers,
    pub(crate) replay: Arc<dyn ReplayGuard>,
    pub(crate) replay_key: MacKey,
    pub(crate) nonces: Option<NonceKey>,
    pub(crate) seen: Seen,
    pub(crate) metadata: Option<ResourceMetadata>,
    pub(crate) refusal_body: RefusalBody,
    pub(crate) clock: Arc<dyn Clock>,
    /// What strangers can make us log.
    pub(crate) log: LogBudget,
}

/// A token, and the time that it and its proof are judged by: it is taken after the wait for the issuer's keys, so that
/// nobody is judged in a past of which used proofs are forgotten.
type TokenNow<'a> = (VerifiedToken<'a>, Timestamp);

/// A caller that may come in.
pub(crate) struct Admitted {
    pub(crate) caller: Caller,
    pub(crate) token: TokenWas,
    /// To take the place of one that has half its life behind it.
    pub(crate) nonce: Option<HeaderValue>,
}

impl Verifier {
    /// The caller, if everything holds.
    pub(crate) async fn caller<P: Patience>(
        &self,
        parts: &Parts,
        trail: &mut Trail,
    ) -> Result<Admitted, Halt<Rejection, P::Later>> {
        let credentials = Credentials::read(&parts.headers, self.policy.scheme, trail)?;
        let credentials = credentials.ok_or(Rejection::NoCredentials)?;
        let ((token, now), token_was) = match self.seen_token::<P>(credentials, trail).await? {
            Some(token) => (token, TokenWas::Seen),
            None => (self.new_token::<P>(credentials, trail).await?, TokenWas::New),
        };
        let targets = self.address.targets(parts)?;
        let proof_key = |part: &str| self.seen.proof_key(part);
        let request = Request {
            method: &parts.method,
            targets: &targets,
            headers: &parts.headers,
            nonce: self.nonces.as_ref().map_or(ExpectedNonce::None, ExpectedNonce::Of),
            cached_keys: CachedKeys::by(&proof_key),
            now,
        };
        let bound = token.bind(request, &self.policy, trail)?;
        let first_use = self.claim::<P>(&bound, now).await?;
        if let Some(key) = bound.proof_key() {
            self.seen.keep_proof_key(key);
        }
        let aged = |issued: Timestamp| now.since(issued) >= NONCE_LIFETIME / 2;
        let nonce = bound.nonce_issued().filter(|issued| aged(*issued)).and_then(|_| self.new_nonce());
        Ok(Admitted { caller: bound.admit(first_use, trail)?, token: token_was, nonce })
    }

    /// The token, if it was found good before and its key is still published, and the time by which it is good.
    async fn seen_token<'a, P: Patience>(
        &'a self,
        credentials: Credentials<'a>,
        trail: &mut Trail,
    ) -> Result<Option<TokenNow<'a>>, Halt<Rejection, P::Later>> {
        let Some(seen) = self.seen.token(credentials.hash()) else { return Ok(None) };
        let key = self.issuers.find(seen.issuer(), seen.kid(), seen.algorithm());
        let key = P::wait(key).await.map_err(Halt::Later)?;
        match key.map_err(|why| Rejection::Unavailable(Unavailable::Keys(why.0)))? {
            Some(key) => {
                let now = self.clock.now();
                Ok(credentials.again(&seen, &key, &self.policy, now, trail)?.map(|token| (token, now)))
            }
            None => {
                self.seen.forget_token(credentials.hash());
                Ok(None)
            }
        }
    }

    async fn new_token<'a, P: Patience>(
        &'a self,
        credentials: Credentials<'a>,
        trail: &mut Trail,
    ) -> Result<TokenNow<'a>, Halt<Rejection, P::Later>> {
        let hash: TokenHash = *credentials.hash();
        let token = credentials.token(&self.policy, trail)?;
        let issuer = token.issuer();
        let key = self.issuers.find(issuer, token.kid(), token.algorithm());
        let key = P::wait(key).await.map_err(Halt::Later)?;
        let key = key.map_err(|why| Rejection::Unavailable(Unavailable::Keys(why.0)))?;
        let key = key.map(|first| self.issuers.signer(first, &token));
        let now = self.clock.now();
        let token = token.check(key.as_deref(), &self.policy, now, trail)?;
        if let Some(key) = key {
            self.seen.keep_token(hash, || token.remember(key, issuer.clone()));
        }
        Ok((token, now))
    }

    async fn claim<P: Patience>(
        &self,
        bound: &BoundToken,
        now: Timestamp,
    ) -> Result<FirstUse, Halt<Rejection, P::Later>> {
        let Some((id, until)) = bound.replay_id(&self.replay_key) else { return Ok(FirstUse::Yes) };
        let claim = self.replay.claim(ProofUse { id, until, now, longest: self.longest_use() });
        match P::wait(claim).await.map_err(Halt::Later)? {
            Claim::First => Ok(FirstUse::Yes),
            Claim::Again => Ok(FirstUse::No),
            Claim::Full => Err(Rejection::Unavailable(Unavailable::ReplayFull).into()),
            Claim::Away => Err(Rejection::Unavailable(Unavailable::ReplayAway).into()),
            Claim::Forgotten => Err(Rejection::Unavailable(Unavailable::ReplayForgotten).into()),
        }
    }

    /// From when on a proof that is used now is too old, whatever its `iat`: its maker's clock may be ahead by the
    /// tolerance, ours behind by it, and another replica's by it again; and the last second of its age is still good.
    fn longest_use(&self) -> Duration {
        self.policy.proof_window + self.policy.tolerance * 3 + Duration::from_secs(1)
    }

    pub(crate) fn new_nonce(&self) -> Option<HeaderValue> {
        let nonce = self.nonces.as_ref()?.issue(self.clock.now());
        HeaderValue::from_str(nonce.as_str()).ok()
    }
}
