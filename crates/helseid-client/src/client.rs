//! The handle that programs use.

use std::sync::Arc;

use helseid_http::IssuerKeyRing;
use helseid_protocol::endpoint::token::TokenType;
use helseid_protocol::id::Thumbprint;
use helseid_protocol::random::Random;
use helseid_protocol::time::{Clock, Timestamp};
use http::Method;

use crate::authority::Authority;
use crate::builder::ClientBuilder;
use crate::call::{self, Access, CallAttempts, CallBuilder, Sent};
use crate::config::{Config, KeyLocation};
use crate::engine::Engine;
use crate::error::Error;
use crate::tokens::{Token, TokenRequest};

/// Gets tokens, caches them, and calls APIs with them. Cheap to clone; all clones share one cache.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_client::test_util::{TestClock, TestIssuer};
/// # let client = TestIssuer::new().client(&TestClock::new())?;
/// // In the program it is Client::new(Config::load()?)?.
/// let also = client.clone();
/// let (token, same) = (client.token().await?, also.token().await?);
/// assert_eq!(token.access_token().expose(), same.access_token().expose());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Engine>);

impl ClientBuilder {
    /// Reads the keys, and makes the client. Sends nothing yet.
    pub fn build(self) -> Result<Client, Error> {
        Ok(Client(Arc::new(self.engine()?)))
    }
}

impl Client {
    /// A client with the system's clock and randomness.
    pub fn new(config: Config) -> Result<Self, Error> {
        Self::builder(config).build()
    }

    /// A client with settings beyond the configuration.
    #[must_use]
    pub fn builder(config: Config) -> ClientBuilder {
        ClientBuilder::new(config)
    }

    /// The configuration that the client was made with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The thumbprint of the key that tokens are bound to.
    #[must_use]
    pub fn proof_thumbprint(&self) -> &Thumbprint {
        self.0.prover.thumbprint()
    }

    /// A token for what the configuration requests: the cached one, or a new one.
    pub async fn token(&self) -> Result<Token, Error> {
        self.token_for(&self.0.default_request).await
    }

    /// A token for `request`: the cached one, or a new one.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use helseid_client::test_util::{TestClock, TestIssuer};
    /// # let client = TestIssuer::new().client(&TestClock::new())?;
    /// use helseid_client::{TokenRequest, protocol::scope::ScopeSet};
    ///
    /// let scope = ScopeSet::parse("nhn:my-api/read")?;
    /// let token = client.token_for(&TokenRequest::of(client.config()).scope(scope.clone())).await?;
    /// assert_eq!(token.scope(), Some(&scope));
    /// # Ok(()) }
    /// ```
    pub async fn token_for(&self, request: &TokenRequest) -> Result<Token, Error> {
        let tokens = &self.0.tokens;
        tokens.token(&tokens.slot(request), request).await
    }

    /// The cached token for `request`, if there is one that can still be sent. Nobody is asked for one, and nothing is waited for; one
    /// that is due is renewed in the background, so that it needs a tokio runtime.
    #[must_use]
    pub fn kept_token_for(&self, request: &TokenRequest) -> Option<Token> {
        let tokens = &self.0.tokens;
        tokens.kept(&tokens.slot(request), request)
    }

    /// A new token for `request`, which replaces the cached one: for callers who know that it is of no use any more, and who can
    /// wait. Callers at the same time share one request. If it fails, the cached token stays.
    ///
    /// ```no_run
    /// # async fn example(client: helseid_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use helseid_client::TokenRequest;
    ///
    /// // An agreement was signed: the next token has more scopes than the cached one.
    /// let request = TokenRequest::of(client.config());
    /// let token = client.new_token_for(&request).await?;
    /// println!("still without: {}", token.withheld_scope());
    /// # Ok(()) }
    /// ```
    pub async fn new_token_for(&self, request: &TokenRequest) -> Result<Token, Error> {
        let tokens = &self.0.tokens;
        tokens.new_token(&tokens.slot(request), request).await
    }

    /// Renews in the background what is due of the cached tokens, as the next caller of each would. For programs whose calls are
    /// rare, and that must not meet an authority that is away: call it every few seconds, in a tokio runtime. A token that nobody was
    /// given since it was granted is let go; and exchanged tokens that have expired are dropped, with those that they were given for.
    pub fn renew_tokens(&self) {
        self.0.tokens.renew_due();
    }

    /// How many tokens are cached that can still be sent.
    #[must_use]
    pub fn tokens_kept(&self) -> usize {
        self.0.tokens.kept_count()
    }

    /// Since when every request to the authority has failed, by this machine's clock; nothing if the last one was answered.
    #[must_use]
    pub fn failing_since(&self) -> Option<Timestamp> {
        self.0.authority.failing_since()
    }

    /// The authority, for requests of your own to any of its endpoints: each is signed with the client's key, and follows nonces,
    /// retries and the circuit breaker as token requests do.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.0.authority
    }

    /// The keys that the issuer publishes, for what it signs for this client: ID tokens and logout tokens. Nothing is fetched
    /// before the first is looked for.
    #[must_use]
    pub fn issuer_keys(&self) -> &IssuerKeyRing {
        &self.0.keys
    }

    /// The clock that it was made with.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.0.authority.parts().clock.local()
    }

    /// The randomness that it was made with.
    #[must_use]
    pub fn random(&self) -> Arc<dyn Random> {
        self.0.authority.parts().random.clone()
    }

    /// By how many seconds the authority's clock is ahead of this machine's, as its last response told; nothing before it
    /// has answered.
    #[must_use]
    pub fn clock_offset_seconds(&self) -> Option<i64> {
        self.0.authority.parts().clock.offset()
    }

    /// Starts a GET of an API.
    pub fn get(&self, url: &str) -> CallBuilder {
        self.request(Method::GET, url)
    }

    /// Starts a POST to an API.
    pub fn post(&self, url: &str) -> CallBuilder {
        self.request(Method::POST, url)
    }

    /// Starts a call of an API.
    pub fn request(&self, method: Method, url: &str) -> CallBuilder {
        CallBuilder::new(self.0.clone(), method, url)
    }

    /// The attempts of a call that another HTTP stack sends, with a token for what the configuration requests. The address must
    /// be absolute, and https or loopback.
    pub fn attempts(&self, method: Method, url: &str) -> Result<CallAttempts, Error> {
        self.attempts_for(self.0.default_request.clone(), method, url)
    }

    /// The same with a token for `request`.
    pub fn attempts_for(
        &self,
        request: TokenRequest,
        method: Method,
        url: &str,
    ) -> Result<CallAttempts, Error> {
        CallAttempts::new(self.0.clone(), Access::Requested(request), method, url)
    }

    /// Sets `Authorization` and `DPoP` on a request that other code sends: a token, and a proof for exactly this request, which
    /// is valid for a few seconds and once. What the API answers is not seen: use [`Client::attempts`] to follow its nonces. The
    /// address must be absolute, and https or loopback.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use helseid_client::test_util::{TestClock, TestIssuer};
    /// # let client = TestIssuer::new().client(&TestClock::new())?;
    /// let mut request = http::Request::get("https://api.example/patients").body(())?;
    /// client.authorize(&mut request).await?;
    /// assert!(request.headers().contains_key("Authorization") && request.headers().contains_key("DPoP"));
    /// # Ok(()) }
    /// ```
    pub async fn authorize<B>(&self, request: &mut http::Request<B>) -> Result<(), Error> {
        let token = self.token().await?;
        call::authorize(&self.0, request, Sent { token: token.access_token(), key: None })
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0
    }

    /// A client like this one with another key and an empty cache.
    pub(crate) fn with_key(&self, key: KeyLocation) -> Result<Self, Error> {
        let parts = self.0.authority.parts();
        let builder = Self::builder(Config { key, ..self.0.config.clone() })
            .sources(parts.clock.local(), parts.random.clone())
            .retry(parts.retry);
        let [first, longest] = parts.circuit;
        let builder = builder.circuit_breaker(first, longest);
        let builder = if parts.clock.follows_server() { builder.follow_server_clock() } else { builder };
        match parts.scheme {
            TokenType::Dpop => builder.build(),
            TokenType::Bearer => builder.insecure_bearer().build(),
        }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Client").field("config", &self.0.config).finish_non_exhaustive()
    }
}
