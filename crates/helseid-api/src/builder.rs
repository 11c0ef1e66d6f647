//! What an API demands, told and checked.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use helseid_http::{IssuerKeyRing, Outbound, system_clock};
use helseid_protocol::dpop::NonceKey;
use helseid_protocol::id::{Audience, Issuer, is_loopback};
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::random::{Random, SystemRandom, bytes32};
use helseid_protocol::resource::{AudienceRule, Policy, Scheme};
use helseid_protocol::scope::{InvalidScope, Scope, ScopeSet};
use helseid_protocol::time::Clock;
use url::Url;

use crate::layer::{Guard, ProtectionLayer};
use crate::verifier::{PublicUrl, Verifier};
use crate::{KeySource, MemoryReplayGuard, ReplayGuard};

/// The protection of one API. Cheap to clone; all clones share keys and used proofs.
#[derive(Clone)]
pub struct ApiProtection(Arc<Verifier>);

/// Settings of an [`ApiProtection`].
pub struct ApiProtectionBuilder {
    issuer: String,
    audience: String,
    scheme: Scheme,
    audience_rule: AudienceRule,
    public_url: Option<String>,
    tolerance: Duration,
    nonces: Option<[u8; 32]>,
    replay: Arc<dyn ReplayGuard>,
    keys: Option<Arc<dyn KeySource>>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// Why there is no protection.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidProtection {
    /// The issuer is no https URL.
    #[error("the issuer {0:?} is wrong: {1}")]
    Issuer(String, String),
    /// The audience is no identifier.
    #[error("the audience {0:?} is wrong: {1}")]
    Audience(String, String),
    /// The public address is none.
    #[error("the public address {0:?} is wrong: {1}")]
    PublicUrl(String, String),
    /// The way to the issuer cannot be set up.
    #[error("the issuer's keys cannot be fetched: {0}")]
    Outbound(String),
}

impl ApiProtection {
    /// Starts with HelseID's own demands: DPoP, the API alone in `aud`, proofs of the last 10 s.
    ///
    /// `issuer` is whose tokens are taken, `audience` the API's name.
    #[must_use]
    pub fn builder(issuer: impl Into<String>, audience: impl Into<String>) -> ApiProtectionBuilder {
        ApiProtectionBuilder {
            issuer: issuer.into(),
            audience: audience.into(),
            scheme: Scheme::Dpop,
            audience_rule: AudienceRule::Alone,
            public_url: None,
            tolerance: helseid_protocol::time::TOLERANCE,
            nonces: None,
            replay: Arc::new(MemoryReplayGuard::default()),
            keys: None,
            clock: Arc::new(system_clock),
            random: Arc::new(SystemRandom),
        }
    }

    /// Lets in every caller with a valid token, whatever its scopes.
    #[must_use]
    pub fn layer(&self) -> ProtectionLayer {
        ProtectionLayer::new(self.0.clone(), Guard::None)
    }

    /// Lets in callers whose token has all of these scopes.
    pub fn require_scopes_all<'a>(
        &self,
        scopes: impl IntoIterator<Item = &'a str>,
    ) -> Result<ProtectionLayer, InvalidScope> {
        Ok(ProtectionLayer::new(self.0.clone(), Guard::All(set(scopes)?)))
    }

    /// Lets in callers whose token has at least one of these scopes.
    pub fn require_scopes_any<'a>(
        &self,
        scopes: impl IntoIterator<Item = &'a str>,
    ) -> Result<ProtectionLayer, InvalidScope> {
        Ok(ProtectionLayer::new(self.0.clone(), Guard::Any(set(scopes)?)))
    }
}

fn set<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Result<ScopeSet, InvalidScope> {
    let scopes: BTreeSet<Scope> = scopes.into_iter().map(Scope::parse).collect::<Result<_, _>>()?;
    // A guard that asks for nothing would let everybody in.
    if scopes.is_empty() { Err(InvalidScope::Empty) } else { Ok(scopes.into_iter().collect()) }
}

impl ApiProtectionBuilder {
    /// Takes bound tokens (the default), unbound ones, or both.
    #[must_use]
    pub const fn scheme(mut self, scheme: Scheme) -> Self {
        self.scheme = scheme;
        self
    }

    /// Takes tokens that are for other APIs as well. HelseID asks APIs not to.
    #[must_use]
    pub const fn audience_rule(mut self, rule: AudienceRule) -> Self {
        self.audience_rule = rule;
        self
    }

    /// The address under which callers know the API, with a path prefix if a proxy cuts one off; what a proof's `htu`
    /// begins with. Required, unless the API is called by loopback names alone.
    #[must_use]
    pub fn public_url(mut self, url: impl Into<String>) -> Self {
        self.public_url = Some(url.into());
        self
    }

    /// How far clocks may differ: 10 s unless set.
    #[must_use]
    pub const fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Asks for nonces in proofs, made with this key; the same for all replicas (RFC 9449 section 9).
    #[must_use]
    pub const fn nonces(mut self, key: [u8; 32]) -> Self {
        self.nonces = Some(key);
        self
    }

    /// Remembers used proofs there, in place of this process's memory.
    #[must_use]
    pub fn replay_guard(mut self, guard: impl ReplayGuard) -> Self {
        self.replay = Arc::new(guard);
        self
    }

    /// Takes the issuer's keys from there, in place of its `jwks_uri`.
    #[must_use]
    pub fn keys(mut self, keys: impl KeySource) -> Self {
        self.keys = Some(Arc::new(keys));
        self
    }

    /// Tells the time in place of the system's clock.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Checks the settings. Asks nobody yet: the issuer's keys are fetched at the first request.
    pub fn build(self) -> Result<ApiProtection, InvalidProtection> {
        let issuer = Issuer::parse(&self.issuer)
            .map_err(|why| InvalidProtection::Issuer(self.issuer.clone(), why.to_string()))?;
        if !issuer.is_secure() {
            let why = "expected https, or http to loopback".to_owned();
            return Err(InvalidProtection::Issuer(self.issuer, why));
        }
        let audience = Audience::parse(&self.audience)
            .map_err(|why| InvalidProtection::Audience(self.audience.clone(), why.to_string()))?;
        let keys = match self.keys {
            Some(keys) => keys,
            None => {
                let outbound = Outbound::builder().build();
                let outbound = outbound.map_err(|why| InvalidProtection::Outbound(why.to_string()))?;
                Arc::new(IssuerKeyRing::new(issuer.clone(), Arc::new(outbound), self.clock.clone()))
            }
        };
        let mut policy = Policy::new(issuer, audience);
        (policy.scheme, policy.audience_rule, policy.tolerance) =
            (self.scheme, self.audience_rule, self.tolerance);
        Ok(ApiProtection(Arc::new(Verifier {
            policy,
            public_url: self.public_url.map_or(Ok(PublicUrl::ByHost), told)?,
            keys,
            replay: self.replay,
            replay_key: MacKey::new(&bytes32(&*self.random)),
            nonces: self.nonces.map(|key| NonceKey::new(&key)),
            clock: self.clock,
        })))
    }
}

fn told(text: String) -> Result<PublicUrl, InvalidProtection> {
    let wrong = |why: &str| InvalidProtection::PublicUrl(text.clone(), why.to_owned());
    let url = Url::parse(&text).map_err(|why| wrong(&why.to_string()))?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        _ => return Err(wrong("expected https, or http to loopback")),
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("expected no query and no fragment"));
    }
    Ok(PublicUrl::Told(url.as_str().trim_end_matches('/').to_owned()))
}
