//! Settings beyond the configuration, and how a client is put together.

use std::sync::Arc;
use std::time::Duration;

use helseid_http::{IssuerKeyRing, IssuerMetadata, Outbound, system_clock};
use helseid_protocol::dpop::ProofKey;
use helseid_protocol::endpoint::token::TokenType;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey};
use helseid_protocol::random::{Random, SystemRandom};
use helseid_protocol::time::Clock;

use crate::authority::{Authority, DEFAULT_CIRCUIT, Parts, RequestBudget, RetryPolicy};
use crate::clock::SigningClock;
use crate::config::{Config, KeyLocation};
use crate::dpop::Prover;
use crate::engine::Engine;
use crate::error::{self, Error};
use crate::observer::{Nobody, Observer};
use crate::signer::{Signer, Signers};
#[cfg(feature = "test-util")]
use crate::tokens::Mint;
use crate::tokens::{
    DEFAULT_CAPACITY, Renewal, SharedCache, SharedKey, SharedStore, TokenProvider, TokenRequest, TokenSource,
};

/// Settings of a [`Client`](crate::Client) that few programs need.
///
/// ```no_run
/// # fn example(config: helseid_client::Config) -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use helseid_client::Client;
///
/// let client = Client::builder(config)
///     // Gives up early, since a person waits.
///     .timeouts(Duration::from_secs(2), Duration::from_secs(3), Duration::from_secs(8))
///     // Bridges longer outages of the authority, for more requests.
///     .renew_after_percent(50)
///     .build()?;
/// # drop(client);
/// # Ok(()) }
/// ```
pub struct ClientBuilder {
    config: Config,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    observer: Arc<dyn Observer>,
    signer: Option<Arc<dyn Signer>>,
    prove_with: ProveWith,
    shared: Option<SharedCache>,
    tokens_kept: usize,
    retry: RetryPolicy,
    budget: Option<RequestBudget>,
    exchange_budget: Option<RequestBudget>,
    renewal_budget: Option<RequestBudget>,
    circuit: [Duration; 2],
    renew_after_percent: u8,
    timeouts: Option<[Duration; 3]>,
    follow_server_clock: bool,
    scheme: TokenType,
    #[cfg(feature = "test-util")]
    mint: Option<Arc<dyn Mint>>,
}

/// Which key proofs are made with.
enum ProveWith {
    /// A new one, in memory.
    NewKey,
    /// The client's.
    ClientKey,
    /// This one.
    Given(Box<PrivateJwk>),
}

impl ClientBuilder {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            config,
            clock: Arc::new(system_clock),
            random: Arc::new(SystemRandom),
            observer: Arc::new(Nobody),
            signer: None,
            prove_with: ProveWith::NewKey,
            shared: None,
            tokens_kept: DEFAULT_CAPACITY,
            retry: RetryPolicy::default(),
            budget: None,
            exchange_budget: None,
            renewal_budget: None,
            circuit: DEFAULT_CIRCUIT,
            renew_after_percent: Renewal::DEFAULT_PERCENT,
            timeouts: None,
            follow_server_clock: false,
            scheme: TokenType::Dpop,
            #[cfg(feature = "test-util")]
            mint: None,
        }
    }

    /// Tells the time in place of the system's clock.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Gives the ids of assertions and proofs in place of the system's randomness.
    #[must_use]
    pub fn random(mut self, random: impl Random) -> Self {
        self.random = Arc::new(random);
        self
    }

    /// Is told of each step.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observer = Arc::new(observer);
        self
    }

    /// Lets something outside this process sign assertions; the configuration's key is not read.
    #[must_use]
    pub fn signer(mut self, signer: impl Signer) -> Self {
        self.signer = Some(Arc::new(signer));
        self
    }

    /// Makes proofs with the client's own key in place of a new one: tokens can then be used by every process that has the key,
    /// and outlive this process. An RSA key makes each call slower, by about 0.3 ms for 2048 bits and 2 ms for 4096. When a key
    /// file changes, only assertions follow; proofs stay with the key that their tokens are bound to.
    #[must_use]
    pub fn prove_with_client_key(mut self) -> Self {
        self.prove_with = ProveWith::ClientKey;
        self
    }

    /// Makes proofs with this key in place of a new one.
    #[must_use]
    pub fn prove_with(mut self, key: PrivateJwk) -> Self {
        self.prove_with = ProveWith::Given(Box::new(key));
        self
    }

    /// Shares tokens with other processes of the same client, through `store`, sealed with `key`. Requires
    /// [`ClientBuilder::prove_with_client_key`] or [`ClientBuilder::prove_with`], since a token can be used only with the key
    /// that it is bound to.
    #[must_use]
    pub fn shared_cache(mut self, store: impl SharedStore, key: SharedKey) -> Self {
        self.shared = Some(SharedCache { store: Arc::new(store), key });
        self
    }

    /// The largest number of cached tokens, and of those that were exchanged: 1,000 of each by default, of a few kilobytes each.
    /// Beyond it, those that expire first are dropped, a hundredth part at once.
    #[must_use]
    pub const fn tokens_kept(mut self, most: usize) -> Self {
        self.tokens_kept = most;
        self
    }

    /// When requests to the authority are sent again: twice by default, after 200 ms and 400 ms.
    #[must_use]
    pub const fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// The most requests to the authority, for all clients that are given a clone of it: no limit by default.
    #[must_use]
    pub fn request_budget(mut self, budget: RequestBudget) -> Self {
        self.budget = Some(budget);
        self
    }

    /// The most requests to the authority by exchanges of tokens (RFC 8693), in place of a share of
    /// [`ClientBuilder::request_budget`]: whoever calls an API does not keep its client from tokens in its own name.
    #[must_use]
    pub fn exchange_budget(mut self, budget: RequestBudget) -> Self {
        self.exchange_budget = Some(budget);
        self
    }

    /// The most requests to the authority by renewals in the background, in place of a share of
    /// [`ClientBuilder::request_budget`]: whoever requests many tokens does not keep those of others from being renewed.
    #[must_use]
    pub fn renewal_budget(mut self, budget: RequestBudget) -> Self {
        self.renewal_budget = Some(budget);
        self
    }

    /// For how long no request is sent after five failures in a row, and the longest to which each further failure doubles it: 5 s and
    /// 60 s by default. When it is over, one request probes the authority. Equal times probe it evenly.
    #[must_use]
    pub const fn circuit_breaker(mut self, first: Duration, longest: Duration) -> Self {
        self.circuit = [first, longest];
        self
    }

    /// When a token is renewed in the background: when so many hundredths of its lifetime have passed, 5 more or less, which spreads
    /// clients that started together. 80 by default, and 10 to 90. The less, the longer an outage of the authority is that no caller
    /// notices, and the more tokens are requested.
    #[must_use]
    pub fn renew_after_percent(mut self, percent: u8) -> Self {
        self.renew_after_percent = percent.clamp(10, 90);
        self
    }

    /// The time limits for connecting, for each read, and for a whole exchange: 5, 10 and 30 s by default.
    #[must_use]
    pub const fn timeouts(mut self, connect: Duration, read: Duration, whole: Duration) -> Self {
        self.timeouts = Some([connect, read, whole]);
        self
    }

    /// Writes the authority's time into assertions and proofs, as the `Date` of its responses tells it. By default a difference
    /// is only reported: a wrong clock should be set, and a response without TLS can say anything.
    #[must_use]
    pub const fn follow_server_clock(mut self) -> Self {
        self.follow_server_clock = true;
        self
    }

    /// Requests tokens without a proof, and sends them as Bearer: whoever reads such a token can use it. For APIs that do not
    /// support DPoP, and an authority whose profile issues tokens that are bound to no key, as `legacy` does. Such tokens are not
    /// shared with other processes, and a token of another type is refused.
    #[must_use]
    pub fn insecure_bearer(mut self) -> Self {
        self.scheme = TokenType::Bearer;
        self
    }

    /// Clock and randomness as another client has them.
    pub(crate) fn sources(mut self, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        (self.clock, self.random) = (clock, random);
        self
    }

    /// Takes tokens from `mint` in place of the authority.
    #[cfg(feature = "test-util")]
    pub(crate) fn mint(mut self, mint: impl Mint + 'static) -> Self {
        self.mint = Some(Arc::new(mint));
        self
    }

    /// Reads the keys.
    pub(crate) fn engine(self) -> Result<Engine, Error> {
        let config = self.config;
        let proof_key = ProofKey::new(proof_key(&config, self.prove_with, self.shared.is_some())?);
        let signers = match self.signer {
            Some(signer) => Signers::external(signer),
            None => Signers::of(&config, self.clock.now())?,
        };
        let outbound = Outbound::builder()
            .insecure_http(config.insecure_http.iter().cloned())
            .ca_file(config.ca_file.clone());
        let outbound = match self.timeouts {
            Some([connect, read, whole]) => outbound.timeouts(connect, read, whole),
            None => outbound,
        };
        let outbound = Arc::new(outbound.build()?);
        let metadata = IssuerMetadata::new(config.issuer.clone(), outbound.clone(), self.clock.clone());
        let keys = IssuerKeyRing::new(config.issuer.clone(), outbound.clone(), self.clock.clone());
        let clock = Arc::new(SigningClock::new(self.clock, self.follow_server_clock));
        let prover = Arc::new(Prover::new(proof_key, clock.clone(), self.random.clone()));
        let authority = Arc::new(Authority::new(Parts {
            client_id: config.client_id.clone(),
            metadata,
            signers,
            prover: prover.clone(),
            clock,
            random: self.random,
            outbound: outbound.clone(),
            observer: self.observer.clone(),
            scheme: self.scheme,
            retry: self.retry,
            budget: self.budget,
            exchange_budget: self.exchange_budget,
            renewal_budget: self.renewal_budget,
            circuit: self.circuit,
        }));
        let source = TokenSource {
            authority: authority.clone(),
            shared: self.shared,
            renew_after_percent: self.renew_after_percent,
            #[cfg(feature = "test-util")]
            mint: self.mint,
        };
        Ok(Engine {
            default_request: TokenRequest::of(&config),
            config,
            authority,
            keys,
            tokens: TokenProvider::new(source, self.tokens_kept),
            prover,
            outbound,
            observer: self.observer,
            scheme: self.scheme,
        })
    }
}

fn proof_key(config: &Config, prove_with: ProveWith, shared: bool) -> Result<SigningKey, Error> {
    let own = match prove_with {
        ProveWith::Given(key) => *key,
        ProveWith::ClientKey if matches!(config.key, KeyLocation::External) => {
            let what = "the client's key cannot make proofs";
            let why = "it is outside this process, and every call needs a proof";
            let next = "leave proofs to a key in memory, or pass one to prove_with";
            return Err(Error::configuration(what, why, next));
        }
        ProveWith::ClientKey => return config.signing_key(),
        ProveWith::NewKey if shared => {
            let what = "tokens cannot be shared";
            let why = "they would be bound to a proof key that only this process has";
            let next = "use prove_with_client_key, or pass a key to prove_with";
            return Err(Error::configuration(what, why, next));
        }
        ProveWith::NewKey => PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None),
    };
    let unusable = |why: helseid_protocol::jose::InvalidJwk| error::Inner::Key {
        what: "the key for proofs cannot be used".into(),
        why: why.to_string(),
    };
    Ok(SigningKey::new(&own).map_err(unusable)?)
}
