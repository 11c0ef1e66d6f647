//! The client.

use std::sync::Arc;

use helseid_http::{IssuerMetadata, Outbound};
use helseid_protocol::dpop::ProofKey;
use helseid_protocol::endpoint::token::TokenType;
use helseid_protocol::id::Thumbprint;
use helseid_protocol::random::Random;
use helseid_protocol::time::Clock;
use http::Method;

use crate::builder::ClientBuilder;
use crate::cache::{Slot, TokenCache};
use crate::call::{self, CallBuilder};
use crate::config::Config;
use crate::error::Error;
use crate::nonces::Nonces;
use crate::observer::Observer;
use crate::resilience::{Circuit, RetryPolicy};
use crate::server_clock::ServerClock;
use crate::shared::SharedCache;
use crate::signer::Signers;
use crate::{Token, TokenRequest, telemetry};

/// Gets tokens, keeps them, and calls APIs with them. Cheap to clone; all clones share one cache.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) config: Config,
    /// What the configuration asks for.
    pub(crate) usual: TokenRequest,
    pub(crate) signers: Signers,
    pub(crate) proof_key: ProofKey,
    pub(crate) outbound: Arc<Outbound>,
    pub(crate) metadata: IssuerMetadata,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) nonces: Nonces,
    pub(crate) tokens: TokenCache,
    pub(crate) shared: Option<SharedCache>,
    pub(crate) retry: RetryPolicy,
    pub(crate) circuit: Circuit,
    pub(crate) server_clock: ServerClock,
    pub(crate) follow_server_clock: bool,
    /// How tokens are asked for and sent: with proofs, unless Bearer was asked for by name.
    pub(crate) scheme: TokenType,
    #[cfg(feature = "test-util")]
    pub(crate) test_issuer: Option<crate::test_util::TestIssuer>,
}

impl Client {
    /// A client with the system's clock and randomness.
    pub fn new(config: Config) -> Result<Self, Error> {
        Self::builder(config).build()
    }

    /// The same, with settings.
    #[must_use]
    pub fn builder(config: Config) -> ClientBuilder {
        ClientBuilder::new(config)
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
        self.token_for(&self.0.usual).await
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
        if inner.scheme == TokenType::Bearer {
            builder = builder.insecure_bearer();
        }
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
        let now = || self.0.clock.now();
        let token = match slot.good(now()) {
            Some(token) => {
                telemetry::cache_hit();
                token
            }
            None => slot.token(now, || self.0.obtain(request, slot)).await?,
        };
        if token.wants_renewal(now(), &self.0.signers.current(now()).name) {
            self.renew_in_background(slot, request);
        }
        Ok(token)
    }

    fn renew_in_background(&self, slot: &Arc<Slot>, request: &TokenRequest) {
        let Some(right) = slot.may_renew(self.0.clock.now()) else { return };
        let (client, slot, request) = (self.clone(), slot.clone(), request.clone());
        tokio::spawn(async move {
            let outcome = client.0.obtain(&request, &slot).await;
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
