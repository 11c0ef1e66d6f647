//! The client.

use std::sync::Arc;
use std::time::Duration;

use helseid_http::{IssuerMetadata, Outbound, system_clock};
use helseid_protocol::dpop::ProofKey;
use helseid_protocol::id::Thumbprint;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey};
use helseid_protocol::random::{Random, SystemRandom};
use helseid_protocol::time::Clock;
use http::Method;

use crate::cache::{Slot, TokenCache};
use crate::call::{self, CallBuilder};
use crate::config::Config;
use crate::error::{self, Error};
use crate::nonces::Nonces;
use crate::observer::{Nobody, Observer};
use crate::resilience::{Circuit, RetryPolicy};
use crate::server_clock::ServerClock;
use crate::signer::{Signer, Signers};
use crate::{Token, TokenRequest, telemetry};

/// Gets tokens, keeps them, and calls APIs with them. Cheap to clone; all clones share one cache.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) signers: Signers,
    pub(crate) proof_key: ProofKey,
    pub(crate) outbound: Arc<Outbound>,
    pub(crate) metadata: IssuerMetadata,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) nonces: Nonces,
    pub(crate) tokens: TokenCache,
    pub(crate) retry: RetryPolicy,
    pub(crate) circuit: Circuit,
    pub(crate) server_clock: ServerClock,
    pub(crate) follow_server_clock: bool,
    #[cfg(feature = "test-util")]
    pub(crate) test_issuer: Option<crate::test_util::TestIssuer>,
}

/// Settings of a [`Client`] that few need.
pub struct ClientBuilder {
    config: Config,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    observer: Arc<dyn Observer>,
    signer: Option<Arc<dyn Signer>>,
    retry: RetryPolicy,
    timeouts: Option<[Duration; 3]>,
    follow_server_clock: bool,
    #[cfg(feature = "test-util")]
    test_issuer: Option<crate::test_util::TestIssuer>,
}

impl ClientBuilder {
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
    /// a difference is only reported: a wrong clock should be mended, and an answer without TLS can say anything.
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

    /// Reads the key and makes a new one for proofs. Asks nobody yet.
    pub fn build(self) -> Result<Client, Error> {
        let config = self.config;
        let signers = match self.signer {
            Some(signer) => Signers::One(signer),
            None => Signers::of(&config)?,
        };
        let proof_key = SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None))
            .map_err(|why| error::Inner::Key { what: "no key for proofs".into(), why: why.to_string() })?;
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
            config,
            signers,
            proof_key: ProofKey::new(proof_key),
            outbound,
            metadata,
            clock: self.clock,
            random: self.random,
            observer: self.observer,
            nonces: Nonces::default(),
            tokens: TokenCache::default(),
            retry: self.retry,
            circuit: Circuit::default(),
            server_clock: ServerClock::default(),
            follow_server_clock: self.follow_server_clock,
            #[cfg(feature = "test-util")]
            test_issuer: self.test_issuer,
        })))
    }
}

impl Client {
    /// A client with the system's clock and randomness.
    pub fn new(config: Config) -> Result<Self, Error> {
        Self::builder(config).build()
    }

    /// The same, with settings.
    #[must_use]
    pub fn builder(config: Config) -> ClientBuilder {
        ClientBuilder {
            config,
            clock: Arc::new(system_clock),
            random: Arc::new(SystemRandom),
            observer: Arc::new(Nobody),
            signer: None,
            retry: RetryPolicy::default(),
            timeouts: None,
            follow_server_clock: false,
            #[cfg(feature = "test-util")]
            test_issuer: None,
        }
    }

    /// What the client was made with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The thumbprint of the key that tokens are bound to.
    #[must_use]
    pub fn proof_thumbprint(&self) -> &Thumbprint {
        self.0.proof_key.thumbprint()
    }

    /// A token for what the configuration asks for: the kept one, or a new one.
    pub async fn token(&self) -> Result<Token, Error> {
        self.token_for(&TokenRequest::of(&self.0.config)).await
    }

    /// A token for `request`: the kept one, or a new one.
    pub async fn token_for(&self, request: &TokenRequest) -> Result<Token, Error> {
        self.token_in(&self.slot(request), request).await
    }

    /// The same client with another key, and nothing kept.
    pub(crate) fn with_key(&self, key: crate::KeyLocation) -> Result<Self, Error> {
        let inner = &self.0;
        let mut builder = Self::builder(Config { key, ..inner.config.clone() });
        builder.clock = inner.clock.clone();
        builder.random = inner.random.clone();
        builder.retry = inner.retry;
        builder.build()
    }

    /// By how many seconds the authority's clock is ahead of this machine's, as its last answer told; nothing before it
    /// has answered.
    #[must_use]
    pub fn clock_offset_seconds(&self) -> Option<i64> {
        self.0.server_clock.offset()
    }

    /// Starts a call of an API.
    pub fn get(&self, url: &str) -> CallBuilder {
        self.request(Method::GET, url)
    }

    /// Starts a call of an API.
    pub fn post(&self, url: &str) -> CallBuilder {
        self.request(Method::POST, url)
    }

    /// Starts a call of an API.
    pub fn request(&self, method: Method, url: &str) -> CallBuilder {
        CallBuilder::new(self.clone(), method, url)
    }

    /// Sets `Authorization` and `DPoP` on a request that other code will send: a token, and a proof for exactly this
    /// request, good for a few seconds and once. Takes no part in what the API answers; a call by
    /// [`Client::request`] also follows its nonces. The address must be absolute, and https or loopback.
    pub async fn authorize<B>(&self, request: &mut http::Request<B>) -> Result<(), Error> {
        let token = self.token().await?;
        call::authorize(&self.0, request, &token)
    }

    pub(crate) fn slot(&self, request: &TokenRequest) -> Arc<Slot> {
        self.0.tokens.slot(request, self.0.clock.now())
    }

    pub(crate) async fn token_in(&self, slot: &Arc<Slot>, request: &TokenRequest) -> Result<Token, Error> {
        let kept = slot.good(self.0.clock.now());
        if kept.is_some() {
            telemetry::cache_hit();
        }
        let token = match kept {
            Some(token) => token,
            None => slot.token(|| self.0.clock.now(), || self.0.fetch(request)).await?,
        };
        if token.wants_renewal(self.0.clock.now()) {
            self.renew_in_background(slot, request);
        }
        Ok(token)
    }

    fn renew_in_background(&self, slot: &Arc<Slot>, request: &TokenRequest) {
        let Some(right) = slot.may_renew(self.0.clock.now()) else { return };
        let (client, slot, request) = (self.clone(), slot.clone(), request.clone());
        tokio::spawn(async move {
            let outcome = client.0.fetch(&request).await;
            if let Err(error) = &outcome {
                tracing::warn!(
                    what = error.what(),
                    why = error.why(),
                    "a token could not be renewed; the one at hand serves until it expires"
                );
            }
            telemetry::renewal(match &outcome {
                Ok(_) => telemetry::Outcome::Granted,
                Err(_) => telemetry::Outcome::Failed,
            });
            slot.keep_renewed(&outcome, client.0.clock.now());
            drop(right);
        });
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Client").field("config", &self.0.config).finish_non_exhaustive()
    }
}
