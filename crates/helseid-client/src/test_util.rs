//! For users' tests: tokens without a network, and a clock that the test moves. Feature `test-util`; never enable it in a product.
//!
//! ```
//! # async fn test() -> Result<(), helseid_client::Error> {
//! use helseid_client::test_util::{TestClock, TestIssuer};
//!
//! let (issuer, clock) = (TestIssuer::new(), TestClock::new());
//! let client = issuer.client(&clock)?;
//! let token = client.token().await?;
//! clock.forward(std::time::Duration::from_secs(600));
//! assert_ne!(client.token().await?.access_token().expose(), token.access_token().expose());
//! # Ok(()) }
//! ```
//!
//! The tokens are signed with a key of the issuer's own, whose public half [`TestIssuer::jwks`] gives to an API under test,
//! and bound to the client's proof key as HelseID's are.

use std::sync::Arc;
use std::time::Duration;

use helseid_protocol::endpoint::token::{LoginTokens, TokenGranted, TokenType};
use helseid_protocol::forge::{self, TokenFacts};
use helseid_protocol::id::{Audience, ClientId, Issuer, KeyId};
use helseid_protocol::jose::{Algorithm, JwkSet, PrivateJwk, RsaSize, SigningKey};
use helseid_protocol::random::{bytes16, jwt_id};
use helseid_protocol::secret::AccessToken;

pub use helseid_protocol::forge::TestClock;

use crate::authority::Authority;
use crate::builder::ClientBuilder;
use crate::client::Client;
use crate::config::{Config, KeyLocation};
use crate::error::Error;
use crate::tokens::{Mint, Obtained, Token, TokenRequest};

/// The lifetime of its tokens.
const LIFETIME: Duration = Duration::from_secs(600);

/// Issues tokens in place of an authority. Grants whatever is requested.
#[derive(Debug, Clone)]
pub struct TestIssuer {
    issuer: Issuer,
    key: Arc<SigningKey>,
}

impl TestIssuer {
    /// An issuer with a new key, named `https://helseid.test.example`.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a name and a key of our own making")]
    pub fn new() -> Self {
        let kid = KeyId::parse("test-issuer").ok();
        let key = SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, kid));
        Self {
            issuer: Issuer::parse("https://helseid.test.example").expect("an issuer"),
            key: Arc::new(key.expect("a key that was just made")),
        }
    }

    /// Its name.
    #[must_use]
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Its public keys, for the API under test.
    #[must_use]
    pub fn jwks(&self) -> JwkSet {
        JwkSet::new(vec![self.key.public().clone()])
    }

    /// A client that gets its tokens here.
    #[expect(clippy::expect_used, reason = "a name of our own making")]
    pub fn client(&self, clock: &TestClock) -> Result<Client, Error> {
        let id = ClientId::parse("test-client").expect("a client id");
        let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
        let config = Config::new(self.issuer.clone(), id, KeyLocation::Text(key.to_json()));
        Client::builder(config).clock(clock.clone()).test_issuer(self.clone()).build()
    }
}

impl ClientBuilder {
    /// Takes tokens from `issuer`, which issues them without a network. For tests.
    #[must_use]
    pub fn test_issuer(self, issuer: TestIssuer) -> Self {
        self.mint(issuer)
    }
}

impl Mint for TestIssuer {
    #[expect(clippy::expect_used, reason = "a name of our own making")]
    fn mint(&self, authority: &Authority, request: &TokenRequest) -> Token {
        let client = authority.parts();
        let now = client.clock.now();
        let of_scopes =
            || request.requested_scope().iter().find_map(|scope| Audience::parse(scope.audience()?).ok());
        let audience = request.requested_resource().cloned().or_else(of_scopes);
        let facts = TokenFacts {
            issuer: &self.issuer,
            audience: &audience.unwrap_or_else(|| Audience::parse("test-api").expect("an audience")),
            client_id: &client.client_id,
            scope: request.requested_scope(),
            bound_to: Some(client.prover.thumbprint()),
            jwt_id: &jwt_id(&*client.random),
            now,
        };
        let granted = TokenGranted {
            access_token: AccessToken::new(forge::access_token(&self.key, facts).sign(&self.key)),
            token_type: TokenType::Dpop,
            expires_in: LIFETIME,
            scope: Some(request.requested_scope().clone()),
            rejected_scope: None,
            of_login: LoginTokens::default(),
        };
        let [jitter, ..] = bytes16(&*client.random);
        let obtained = Obtained { at: now, jitter, signer: client.signers.current(now).name };
        Token::new(granted, request.requested_scope(), obtained)
    }
}

impl Default for TestIssuer {
    fn default() -> Self {
        Self::new()
    }
}
