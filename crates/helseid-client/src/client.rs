//! The client.

use std::sync::Arc;

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
use crate::{Token, TokenRequest};

/// Gets tokens, keeps them, and calls APIs with them. Cheap to clone; all clones share one cache.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) signing_key: SigningKey,
    pub(crate) proof_key: ProofKey,
    pub(crate) outbound: Arc<Outbound>,
    pub(crate) metadata: IssuerMetadata,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) nonces: Nonces,
    pub(crate) tokens: TokenCache,
}

/// Settings of a [`Client`] that few need.
pub struct ClientBuilder {
    config: Config,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    observer: Arc<dyn Observer>,
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

    /// Reads the key and makes a new one for proofs. Asks nobody yet.
    pub fn build(self) -> Result<Client, Error> {
        let config = self.config;
        let signing_key = config.signing_key()?;
        let proof_key = SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None))
            .map_err(|why| error::Inner::Key { what: "no key for proofs".into(), why: why.to_string() })?;
        let outbound = Outbound::builder()
            .insecure_http(config.insecure_http.iter().cloned())
            .ca_file(config.ca_file.clone())
            .build()?;
        let outbound = Arc::new(outbound);
        let metadata = IssuerMetadata::new(config.issuer.clone(), outbound.clone(), self.clock.clone());
        Ok(Client(Arc::new(Inner {
            config,
            signing_key,
            proof_key: ProofKey::new(proof_key),
            outbound,
            metadata,
            clock: self.clock,
            random: self.random,
            observer: self.observer,
            nonces: Nonces::default(),
            tokens: TokenCache::default(),
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
        let token = slot.token(|| self.0.clock.now(), || self.0.fetch(request)).await?;
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
