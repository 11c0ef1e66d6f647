//! Settings of a client that few need.

use std::sync::Arc;
use std::time::Duration;

use helseid_http::{IssuerMetadata, Outbound, system_clock};
use helseid_protocol::dpop::ProofKey;
use helseid_protocol::endpoint::token::TokenType;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey};
use helseid_protocol::random::{Random, SystemRandom};
use helseid_protocol::time::Clock;

use crate::cache::{self, TokenCache};
use crate::client::{Client, Inner};
use crate::config::Config;
use crate::error::{self, Error};
use crate::nonces::Nonces;
use crate::observer::{Nobody, Observer};
use crate::resilience::{Circuit, RetryPolicy};
use crate::server_clock::ServerClock;
use crate::shared::{SharedCache, SharedKey, SharedStore};
use crate::signer::{Named, Signer, Signers};
use crate::{KeyLocation, TokenRequest};

/// Settings of a [`Client`] that few need.
pub struct ClientBuilder {
    config: Config,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    observer: Arc<dyn Observer>,
    signer: Option<Arc<dyn Signer>>,
    prove_with: ProveWith,
    shared: Option<SharedCache>,
    tokens_kept: usize,
    pub(crate) retry: RetryPolicy,
    pub(crate) timeouts: Option<[Duration; 3]>,
    follow_server_clock: bool,
    scheme: TokenType,
    #[cfg(feature = "test-util")]
    test_issuer: Option<crate::test_util::TestIssuer>,
}

/// Which key proofs are made with.
enum ProveWith {
    /// A new one, in memory.
    OwnKey,
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
            prove_with: ProveWith::OwnKey,
            shared: None,
            tokens_kept: cache::DEFAULT_CAPACITY,
            retry: RetryPolicy::default(),
            timeouts: None,
            follow_server_clock: false,
            scheme: TokenType::Dpop,
            #[cfg(feature = "test-util")]
            test_issuer: None,
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

    /// Hears of each step.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observer = Arc::new(observer);
        self
    }

    /// Lets something outside this process sign assertions; the configuration's key is not read then.
    #[must_use]
    pub fn signer(mut self, signer: impl Signer) -> Self {
        self.signer = Some(Arc::new(signer));
        self
    }

    /// Makes proofs with the client's own key in place of a new one: tokens then serve every process that has the key, and
    /// outlive this one. An RSA key makes each call dearer, some 0.3 ms for 2048 bits and 2 ms for 4096. A key file that
    /// changes changes assertions alone; proofs stay with the key that their tokens are bound to.
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

    /// Shares tokens with other processes of the same client, through `store`, sealed with `key`. Takes
    /// [`ClientBuilder::prove_with_client_key`] or [`ClientBuilder::prove_with`], since a token serves only those who have
    /// the key that it is bound to.
    #[must_use]
    pub fn shared_cache(mut self, store: impl SharedStore, key: SharedKey) -> Self {
        self.shared = Some(SharedCache { store: Arc::new(store), key });
        self
    }

    /// Keeps so many tokens at most: 1,000 unless set, each of some kilobytes. Beyond that the one that expires first goes.
    #[must_use]
    pub const fn tokens_kept(mut self, most: usize) -> Self {
        self.tokens_kept = most;
        self
    }

    /// Repeats token requests otherwise than twice after 200 ms.
    #[must_use]
    pub const fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// How long connecting may take, how long each read, and the whole exchange: 5, 10 and 30 s unless set.
    #[must_use]
    pub const fn timeouts(mut self, connect: Duration, read: Duration, whole: Duration) -> Self {
        self.timeouts = Some([connect, read, whole]);
        self
    }

    /// Writes assertions and proofs by the authority's clock, as the `Date` of its answers tells it. Unless this is set,
    /// a difference is only reported: a wrong clock should be corrected, and an answer without TLS can say anything.
    #[must_use]
    pub const fn follow_server_clock(mut self) -> Self {
        self.follow_server_clock = true;
        self
    }

    /// Takes tokens from `issuer`, which mints them without a network. For tests.
    #[cfg(feature = "test-util")]
    #[must_use]
    pub fn test_issuer(mut self, issuer: crate::test_util::TestIssuer) -> Self {
        self.test_issuer = Some(issuer);
        self
    }

    /// Asks for tokens without a proof, and sends them as Bearer: whoever reads such a token can use it. For APIs that know no
    /// DPoP, and an authority whose profile gives tokens that are bound to no key, as `legacy` does. They are not shared with
    /// other processes, and a token of another type is refused.
    #[must_use]
    pub fn insecure_bearer(mut self) -> Self {
        self.scheme = TokenType::Bearer;
        self
    }

    /// Reads the keys. Asks nobody yet.
    pub fn build(self) -> Result<Client, Error> {
        let config = self.config;
        let proof_key = proof_key(&config, self.prove_with, self.shared.is_some())?;
        let signers = match self.signer {
            Some(signer) => Signers::One(Named::external(signer)),
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
        Ok(Client(Arc::new(Inner {
            usual: TokenRequest::of(&config),
            config,
            signers,
            proof_key: ProofKey::new(proof_key),
            outbound,
            metadata,
            clock: self.clock,
            random: self.random,
            observer: self.observer,
            nonces: Nonces::default(),
            tokens: TokenCache::new(self.tokens_kept),
            shared: self.shared,
            retry: self.retry,
            circuit: Circuit::default(),
            server_clock: ServerClock::default(),
            follow_server_clock: self.follow_server_clock,
            scheme: self.scheme,
            #[cfg(feature = "test-util")]
            test_issuer: self.test_issuer,
        })))
    }
}

fn proof_key(config: &Config, prove_with: ProveWith, shared: bool) -> Result<SigningKey, Error> {
    let own = match prove_with {
        ProveWith::Given(key) => *key,
        ProveWith::ClientKey if matches!(config.key, KeyLocation::External) => {
            let what = "the client's key cannot make proofs";
            let why = "it is outside this process, and every call needs a proof";
            return Err(Error::configuration(
                what,
                why,
                "leave proofs to a key in memory, or give one with prove_with",
            ));
        }
        ProveWith::ClientKey => return config.signing_key(),
        ProveWith::OwnKey if shared => {
            let what = "tokens cannot be shared";
            let why = "they would be bound to a proof key that only this process has";
            return Err(Error::configuration(
                what,
                why,
                "choose prove_with_client_key, or give a key with prove_with",
            ));
        }
        ProveWith::OwnKey => PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None),
    };
    let unusable = |why: helseid_protocol::jose::InvalidJwk| error::Inner::Key {
        what: "the key for proofs cannot be used".into(),
        why: why.to_string(),
    };
    Ok(SigningKey::new(&own).map_err(unusable)?)
}
