//! What an API demands, told and checked.

use std::sync::Arc;
use std::time::Duration;

use helseid_http::{InsecureHosts, IssuerKeyRing, MAX_KEY_AGE, Outbound, system_clock};
use helseid_protocol::address;
use helseid_protocol::dpop::{NonceKey, Target};
use helseid_protocol::id::{Audience, Issuer};
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::key_cache::REFRESH_EVERY;
use helseid_protocol::random::{Random, SystemRandom, bytes32};
use helseid_protocol::resource::{AudienceRule, Policy, Scheme};
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::time::{Clock, TOLERANCE};
use url::Url;

use crate::address::Address;
use crate::answer::RefusalBody;
use crate::keys::Issuers;
use crate::metadata::ResourceMetadata;
use crate::protection::scopes;
use crate::seen::{self, Seen};
use crate::verifier::Verifier;
use crate::{ApiProtection, KeySource, MemoryReplayGuard, ReplayGuard, TrustedProxies};

/// Settings of an [`ApiProtection`].
pub struct ApiProtectionBuilder {
    issuers: Vec<(String, Option<Arc<dyn KeySource>>)>,
    audiences: Vec<String>,
    scheme: Scheme,
    profile: Profile,
    audience_rule: AudienceRule,
    public_urls: Vec<String>,
    proxies: Option<TrustedProxies>,
    tolerance: Duration,
    nonces: Option<[u8; 32]>,
    replay: Arc<dyn ReplayGuard>,
    outbound: Option<Outbound>,
    insecure_http: Vec<String>,
    max_key_age: Duration,
    remember: (usize, usize),
    scopes_supported: Vec<String>,
    refusal_body: RefusalBody,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// Why there is no protection.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidProtection {
    /// The issuer is no https URL, nor http to loopback or to a host that was named.
    #[error("the issuer {0:?} is wrong: {1}")]
    Issuer(String, String),
    /// The audience is no identifier.
    #[error("the audience {0:?} is wrong: {1}")]
    Audience(String, String),
    /// The public address is none.
    #[error("the public address {0:?} is wrong: {1}")]
    PublicUrl(String, String),
    /// A scope for the metadata is none.
    #[error("the supported scopes are wrong: {0}")]
    Scope(String),
    /// Unbound tokens, where the profile has none (FAPI 2.0 Security Profile section 5.3.4).
    #[error("profile {0} takes bound tokens alone, and the scheme is {1}: choose dpop, or another profile")]
    Scheme(Profile, &'static str),
    /// The tolerance is longer than a proof may be old.
    #[error("the tolerance is {0:?}: expected at most 5 minutes")]
    Tolerance(Duration),
    /// The issuer's keys would be too old before they are fetched again.
    #[error(
        "the issuer's keys are to serve for {0:?}: expected at least 20 minutes, as they are fetched every 10"
    )]
    KeyAge(Duration),
    /// The way to the issuer cannot be set up.
    #[error("the issuer's keys cannot be fetched: {0}")]
    Outbound(String),
}

/// More than that and a proof is as good as a password.
const MAX_TOLERANCE: Duration = Duration::from_secs(300);

impl ApiProtectionBuilder {
    pub(crate) fn new(issuer: String, audience: String) -> Self {
        Self {
            issuers: vec![(issuer, None)],
            audiences: vec![audience],
            scheme: Scheme::Dpop,
            profile: Profile::default(),
            audience_rule: AudienceRule::Alone,
            public_urls: Vec::new(),
            proxies: None,
            tolerance: TOLERANCE,
            nonces: None,
            replay: Arc::new(MemoryReplayGuard::default()),
            outbound: None,
            insecure_http: Vec::new(),
            max_key_age: MAX_KEY_AGE,
            remember: (seen::TOKENS, seen::PROOF_KEYS),
            scopes_supported: Vec::new(),
            refusal_body: RefusalBody::Empty,
            clock: Arc::new(system_clock),
            random: Arc::new(SystemRandom),
        }
    }

    /// Takes this issuer's tokens too, such as test's besides production's. A handler sees whose a token is by
    /// [`AccessTokenClaims::issuer`](crate::protocol::claims::AccessTokenClaims::issuer).
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuers.push((issuer.into(), None));
        self
    }

    /// Takes tokens for this name of the API too.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// Takes bound tokens (the default), unbound ones, or both.
    #[must_use]
    pub const fn scheme(mut self, scheme: Scheme) -> Self {
        self.scheme = scheme;
        self
    }

    /// Holds the API to a profile: the algorithms of tokens and proofs follow it, in what is taken, in challenges and in the
    /// metadata; and [`Profile::Fapi2`] takes bound tokens alone. `helseid` unless set.
    #[must_use]
    pub const fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Takes tokens that are for other APIs as well. HelseID asks APIs not to.
    #[must_use]
    pub const fn audience_rule(mut self, rule: AudienceRule) -> Self {
        self.audience_rule = rule;
        self
    }

    /// The address under which callers know the API, with a path prefix if a proxy cuts one off; what a proof's `htu`
    /// begins with. Required, unless the API is called by loopback names alone. Told again, callers may use either; the
    /// first is the API's own name.
    #[must_use]
    pub fn public_url(mut self, url: impl Into<String>) -> Self {
        self.public_urls.push(url.into());
        self
    }

    /// Believes these proxies when they say under which address a request was sent.
    #[must_use]
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = Some(proxies);
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

    /// Takes the keys of the issuer that was named last from there, in place of its `jwks_uri`.
    #[must_use]
    pub fn keys(mut self, keys: impl KeySource) -> Self {
        if let Some((_, own)) = self.issuers.last_mut() {
            *own = Some(Arc::new(keys));
        }
        self
    }

    /// Lets the issuer and the public address be http at these hosts, each `NAME` or `NAME:PORT`, as between containers:
    /// `http://helseid:8480`, `http://api:5000`. Whoever is on the way can read every token, and put keys of their own in the
    /// place of the issuer's. Without effect beside [`ApiProtectionBuilder::outbound`], which has hosts of its own.
    #[must_use]
    pub fn insecure_http<T: Into<String>>(mut self, hosts: impl IntoIterator<Item = T>) -> Self {
        self.insecure_http = hosts.into_iter().map(Into::into).collect();
        self
    }

    /// Fetches keys this way: with a CA of one's own, or other timeouts.
    #[must_use]
    pub fn outbound(mut self, outbound: Outbound) -> Self {
        self.outbound = Some(outbound);
        self
    }

    /// How long the issuer's keys serve while it does not answer: 24 h unless set. After that every request with a token is
    /// answered 503, and the log says why, until the issuer answers. Whoever can cut the API off from its issuer keeps a
    /// key alive for so long that the issuer took away: a longer time is a choice.
    ///
    /// Without effect on keys that come from elsewhere: see [`ApiProtectionBuilder::keys`].
    #[must_use]
    pub const fn max_key_age(mut self, age: Duration) -> Self {
        self.max_key_age = age;
        self
    }

    /// How many tokens and how many keys of proofs are remembered, so that they cost less when they come again: 4096
    /// (about 4 KB each) and 1024 (about 2 KB each) unless set. None for nought.
    #[must_use]
    pub const fn remember(mut self, tokens: usize, proof_keys: usize) -> Self {
        self.remember = (tokens, proof_keys);
        self
    }

    /// The scopes that the metadata names.
    #[must_use]
    pub fn scopes_supported<'a>(mut self, scopes: impl IntoIterator<Item = &'a str>) -> Self {
        self.scopes_supported = scopes.into_iter().map(str::to_owned).collect();
        self
    }

    /// What the body of a refusal holds: nothing unless set.
    #[must_use]
    pub const fn refusal_body(mut self, body: RefusalBody) -> Self {
        self.refusal_body = body;
        self
    }

    /// Tells the time in place of the system's clock.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Checks the settings. Asks nobody yet: the issuer's keys are fetched at the first request, or by
    /// [`ApiProtection::warm_up`].
    pub fn build(self) -> Result<ApiProtection, InvalidProtection> {
        if self.tolerance > MAX_TOLERANCE {
            return Err(InvalidProtection::Tolerance(self.tolerance));
        }
        if self.max_key_age < REFRESH_EVERY * 2 {
            return Err(InvalidProtection::KeyAge(self.max_key_age));
        }
        if self.profile == Profile::Fapi2 && self.scheme != Scheme::Dpop {
            return Err(InvalidProtection::Scheme(self.profile, self.scheme.name()));
        }
        for (at, (text, _)) in self.issuers.iter().enumerate() {
            if self.issuers.iter().take(at).any(|(other, _)| other == text) {
                return Err(InvalidProtection::Issuer(text.clone(), "expected it once".to_owned()));
            }
        }
        let insecure_http = self.insecure_http;
        let outbound =
            self.outbound.map_or_else(|| Outbound::builder().insecure_http(insecure_http).build(), Ok);
        let outbound = Arc::new(outbound.map_err(|why| InvalidProtection::Outbound(why.to_string()))?);
        let policy = Policy {
            issuers: self
                .issuers
                .iter()
                .map(|(text, _)| issuer(text, &outbound))
                .collect::<Result<_, _>>()?,
            audiences: self.audiences.iter().map(|text| audience(text)).collect::<Result<_, _>>()?,
            scheme: self.scheme,
            switches: *self.profile.switches(),
            audience_rule: self.audience_rule,
            proof_window: helseid_protocol::resource::PROOF_WINDOW,
            tolerance: self.tolerance,
        };
        let fetched = |issuer: &Issuer| -> Arc<dyn KeySource> {
            let (outbound, clock) = (outbound.clone(), self.clock.clone());
            Arc::new(IssuerKeyRing::with_max_age(issuer.clone(), outbound, clock, self.max_key_age))
        };
        let with_keys = policy.issuers.iter().zip(self.issuers);
        let issuers = with_keys.map(|(own, (_, keys))| (own.clone(), keys.unwrap_or_else(|| fetched(own))));
        let issuers = Issuers(issuers.collect());
        let told: Vec<_> =
            self.public_urls.iter().map(|text| public(text, &outbound)).collect::<Result<_, _>>()?;
        let supported = match self.scopes_supported.is_empty() {
            true => ScopeSet::none(),
            false => scopes(self.scopes_supported.iter().map(String::as_str))
                .map_err(|why| InvalidProtection::Scope(why.to_string()))?,
        };
        let metadata = told.first().map(|public| ResourceMetadata::new(public, &policy, &supported));
        Ok(ApiProtection(Arc::new(Verifier {
            policy,
            address: Address { told, proxies: self.proxies },
            issuers,
            replay_key: MacKey::new(&self.replay.key().unwrap_or_else(|| bytes32(&*self.random))),
            replay: self.replay,
            nonces: self.nonces.map(|key| NonceKey::new(&key)),
            seen: Seen::new(self.remember.0, self.remember.1),
            metadata,
            refusal_body: self.refusal_body,
            clock: self.clock,
            log: crate::telemetry::log_budget(),
        })))
    }
}

/// What is wrong with http where others could listen in.
fn insecure(url: &Url) -> String {
    format!(
        "expected https, or http to loopback or to a host in insecure_http, such as {}",
        InsecureHosts::entry_for(url)
    )
}

fn issuer(text: &str, outbound: &Outbound) -> Result<Issuer, InvalidProtection> {
    let wrong = |why: &str| InvalidProtection::Issuer(text.to_owned(), why.to_owned());
    let issuer = Issuer::parse(text).map_err(|why| wrong(&why.to_string()))?;
    let url = Url::parse(text.trim()).map_err(|why| wrong(&why.to_string()))?;
    if outbound.may_send_to(&url) { Ok(issuer) } else { Err(wrong(&insecure(&url))) }
}

fn audience(text: &str) -> Result<Audience, InvalidProtection> {
    Audience::parse(text).map_err(|why| InvalidProtection::Audience(text.to_owned(), why.to_string()))
}

fn public(text: &str, outbound: &Outbound) -> Result<Target, InvalidProtection> {
    let wrong = |why: &str| InvalidProtection::PublicUrl(text.to_owned(), why.to_owned());
    let url = address::parse(text).map_err(|why| wrong(&why.to_string()))?;
    if !outbound.may_send_to(&url) {
        return Err(wrong(&insecure(&url)));
    }
    if text.contains(['?', '#']) {
        return Err(wrong("expected no query and no fragment"));
    }
    Target::of_url(&url).map_err(|why| wrong(&why.to_string()))
}
