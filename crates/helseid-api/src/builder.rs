//! The settings of an API's protection.

mod invalid;

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

use crate::address::{Address, TrustedProxies};
use crate::keys::{Issuers, KeySource};
use crate::metadata::ResourceMetadata;
use crate::pipeline::Pipeline;
use crate::protection::ApiProtection;
use crate::rejection::RefusalBody;
use crate::replay::{MemoryReplayGuard, ReplayGuard};
use crate::requirement::scopes;
use crate::telemetry::{LogOfRefusals, Telemetry};
use crate::verified_cache::{self, VerifiedCache};

pub use invalid::InvalidProtection;

/// Settings of an [`ApiProtection`].
///
/// ```
/// use helseid_api::{ApiProtection, RefusalBody};
///
/// let protection = ApiProtection::builder("https://helseid-sts.test.nhn.no", "nhn:my-api")
///     .public_url("https://api.example/v1")
///     .scopes_supported(["nhn:my-api/read", "nhn:my-api/write"])
///     .refusal_body(RefusalBody::Problem)
///     .remember(20_000, 5_000)
///     .build()?;
/// # drop(protection); Ok::<(), helseid_api::InvalidProtection>(())
/// ```
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
    names_metadata: bool,
    refusal_body: RefusalBody,
    log_of_refusals: LogOfRefusals,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// With a longer one, a proof would be as good as a password.
const MAX_TOLERANCE: Duration = Duration::from_secs(300);

impl ApiProtection {
    /// Begins with HelseID's own requirements: DPoP, the API as the only audience, and proofs that are at most 10 s old.
    ///
    /// `issuer` is the authority whose tokens are accepted, `audience` the API's name.
    #[must_use]
    pub fn builder(issuer: impl Into<String>, audience: impl Into<String>) -> ApiProtectionBuilder {
        ApiProtectionBuilder::new(issuer.into(), audience.into())
    }
}

impl ApiProtectionBuilder {
    fn new(issuer: String, audience: String) -> Self {
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
            remember: (verified_cache::TOKENS, verified_cache::PROOF_KEYS),
            scopes_supported: Vec::new(),
            names_metadata: true,
            refusal_body: RefusalBody::Empty,
            log_of_refusals: LogOfRefusals::Full,
            clock: Arc::new(system_clock),
            random: Arc::new(SystemRandom),
        }
    }

    /// Accepts this issuer's tokens too, such as those of the test environment. A handler tells them apart by
    /// [`AccessTokenClaims::issuer`](crate::protocol::claims::AccessTokenClaims::issuer).
    ///
    /// ```
    /// # use helseid_api::ApiProtection;
    /// // Before the way over from one authority to another: an API of the test environment that takes the tokens of a local one, too.
    /// let protection = ApiProtection::builder("https://helseid-sts.test.nhn.no", "nhn:my-api")
    ///     .issuer("http://localhost:8480")
    ///     .public_url("https://api.example")
    ///     .build()?;
    /// # drop(protection); Ok::<(), helseid_api::InvalidProtection>(())
    /// ```
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuers.push((issuer.into(), None));
        self
    }

    /// Accepts tokens for this name of the API too.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// Accepts bound tokens (the default), unbound ones, or both.
    #[must_use]
    pub const fn scheme(mut self, scheme: Scheme) -> Self {
        self.scheme = scheme;
        self
    }

    /// Applies a profile: it decides which algorithms of tokens and proofs are accepted, and named in challenges and the
    /// metadata; and [`Profile::Fapi2`] accepts bound tokens only. `helseid` by default.
    #[must_use]
    pub const fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Accepts tokens that are for other APIs as well. HelseID asks APIs not to.
    #[must_use]
    pub const fn audience_rule(mut self, rule: AudienceRule) -> Self {
        self.audience_rule = rule;
        self
    }

    /// The address under which callers know the API, with the path prefix if a proxy removes one: the beginning of a proof's
    /// `htu`. Required, unless the API is called by loopback names only. If it is called several times, callers may use any of
    /// the addresses; the first is the API's own name.
    #[must_use]
    pub fn public_url(mut self, url: impl Into<String>) -> Self {
        self.public_urls.push(url.into());
        self
    }

    /// Believes these proxies when they name the address that a request was sent to.
    #[must_use]
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = Some(proxies);
        self
    }

    /// How far clocks may differ: 10 s by default.
    #[must_use]
    pub const fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Requires nonces in proofs, made with this key; the same for all replicas (RFC 9449 section 9).
    ///
    /// ```
    /// # use helseid_api::ApiProtection; use helseid_api::protocol::random::{SystemRandom, bytes32};
    /// // Of one process; replicas read one key from where their secrets are.
    /// let key = bytes32(&SystemRandom);
    /// let protection = ApiProtection::builder("https://helseid-sts.test.nhn.no", "nhn:my-api")
    ///     .public_url("https://api.example")
    ///     .nonces(key)
    ///     .build()?;
    /// # drop(protection); Ok::<(), helseid_api::InvalidProtection>(())
    /// ```
    #[must_use]
    pub const fn nonces(mut self, key: [u8; 32]) -> Self {
        self.nonces = Some(key);
        self
    }

    /// Remembers used proofs in this guard instead of the process's memory.
    #[must_use]
    pub fn replay_guard(mut self, guard: impl ReplayGuard) -> Self {
        self.replay = Arc::new(guard);
        self
    }

    /// Takes the keys of the issuer that was named last from this source instead of its `jwks_uri`.
    #[must_use]
    pub fn keys(mut self, keys: impl KeySource) -> Self {
        if let Some((_, own)) = self.issuers.last_mut() {
            *own = Some(Arc::new(keys));
        }
        self
    }

    /// Allows http for the issuer and the public address at these hosts, each `NAME` or `NAME:PORT`, as between containers:
    /// `http://helseid:8480`, `http://api:5000`. An attacker on the network can then read every token, and replace the issuer's
    /// keys. Without effect beside [`ApiProtectionBuilder::outbound`], which has hosts of its own.
    #[must_use]
    pub fn insecure_http<T: Into<String>>(mut self, hosts: impl IntoIterator<Item = T>) -> Self {
        self.insecure_http = hosts.into_iter().map(Into::into).collect();
        self
    }

    /// Fetches keys with this HTTP client: with a private CA, or other timeouts.
    #[must_use]
    pub fn outbound(mut self, outbound: Outbound) -> Self {
        self.outbound = Some(outbound);
        self
    }

    /// How long the issuer's keys are used while it does not answer: 24 h by default. After that every request with a token is
    /// answered with 503, and the log says why, until the issuer answers. For this long, an attacker who can cut the API off
    /// from its issuer keeps a key alive that the issuer has withdrawn.
    ///
    /// Without effect on keys of another source: see [`ApiProtectionBuilder::keys`].
    #[must_use]
    pub const fn max_key_age(mut self, age: Duration) -> Self {
        self.max_key_age = age;
        self
    }

    /// How many verified tokens and proof keys are cached, so that they cost less when they come again: 4096
    /// (about 4 KB each) and 1024 (about 2 KB each) by default. Zero turns a cache off.
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

    /// Does not name the metadata in challenges: for an API whose server does not serve the document, since callers would look for it
    /// in vain. [`ApiProtection::metadata`] has it all the same.
    #[must_use]
    pub const fn unnamed_metadata(mut self) -> Self {
        self.names_metadata = false;
        self
    }

    /// What the body of a refusal holds: nothing by default.
    #[must_use]
    pub const fn refusal_body(mut self, body: RefusalBody) -> Self {
        self.refusal_body = body;
        self
    }

    /// Logs of a refusal the id of the broken rule alone. Without this the log has what was expected and what came, too: values
    /// of tokens and proofs, and of addresses the origin, never the path, which may have the number of a patient in it. What the caller
    /// is told does not change.
    #[must_use]
    pub const fn log_rules_alone(mut self) -> Self {
        self.log_of_refusals = LogOfRefusals::RuleAlone;
        self
    }

    /// Tells the time instead of the system's clock.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Checks the settings. Nothing is fetched yet: the issuer's keys are fetched at the first request, or by
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
        Ok(ApiProtection(Arc::new(Pipeline {
            policy,
            address: Address { told, proxies: self.proxies },
            issuers,
            replay_key: MacKey::new(&self.replay.key().unwrap_or_else(|| bytes32(&*self.random))),
            replay: self.replay,
            nonces: self.nonces.map(|key| NonceKey::new(&key)),
            cache: VerifiedCache::new(self.remember.0, self.remember.1),
            metadata,
            names_metadata: self.names_metadata,
            refusal_body: self.refusal_body,
            telemetry: Telemetry::new(self.clock.clone(), self.log_of_refusals),
            clock: self.clock,
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
