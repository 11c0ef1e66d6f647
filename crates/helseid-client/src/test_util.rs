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
//! and bound to the client's proof key as HelseID's are. A token that is exchanged for another says what that one says of person and
//! organisation, and names the client in `act`.

use std::sync::Arc;
use std::time::Duration;

use helseid_protocol::claims::{AccessTokenClaims, NewActor, exchanged};
use helseid_protocol::endpoint::token::{LoginTokens, TokenGranted, TokenType};
use helseid_protocol::forge::{self, TokenFacts};
use helseid_protocol::id::{Audience, ClientId, Issuer, KeyId};
use helseid_protocol::jose::jws::{MAX_BYTES, Unverified};
use helseid_protocol::jose::{Algorithm, JwkSet, PrivateJwk, RsaSize, SigningKey};
use helseid_protocol::random::{bytes16, jwt_id};
use helseid_protocol::secret::AccessToken;

pub use helseid_protocol::forge::TestClock;

use crate::authority::Authority;
use crate::builder::ClientBuilder;
use crate::client::Client;
use crate::config::{Config, KeyLocation};
use crate::error::Error;
use crate::tokens::{Mint, Obtained, Renewal, Token, TokenRequest};

/// The lifetime of its tokens.
const LIFETIME: Duration = Duration::from_secs(600);

/// Issues tokens in place of an authority. Grants whatever is requested.
///
/// ```
/// use helseid_client::test_util::{TestClock, TestIssuer};
///
/// // What the API under test is to believe, and a client with its tokens.
/// let issuer = TestIssuer::new();
/// let (name, keys) = (issuer.issuer(), issuer.jwks());
/// let client = issuer.client(&TestClock::new())?;
/// assert_eq!(&client.config().issuer, name);
/// # drop(keys);
/// # Ok::<(), helseid_client::Error>(())
/// ```
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
        let subject = request.subject();
        let lifetime = subject.map_or(LIFETIME, |subject| subject.bounds(LIFETIME, now));
        let jwt = forge::access_token(&self.key, facts).claim("exp", now.plus(lifetime).seconds());
        // What cannot be read is exchanged for a token of nobody.
        let said = subject.and_then(|subject| {
            let jws = Unverified::parse(subject.token().expose(), MAX_BYTES).ok()?;
            AccessTokenClaims::read(jws.unverified_claims().clone()).ok()
        });
        let said = said
            .iter()
            .flat_map(|said| exchanged(said, NewActor::new(&self.issuer, &client.client_id), |_| true));
        let jwt = said.fold(jwt, |jwt, (name, value)| jwt.claim(&name, value));
        let granted = TokenGranted {
            access_token: AccessToken::new(jwt.sign(&self.key)),
            token_type: TokenType::Dpop,
            expires_in: lifetime,
            scope: Some(request.requested_scope().clone()),
            rejected_scope: None,
            of_login: LoginTokens::default(),
            is_exchanged: subject.is_some(),
        };
        let [jitter, ..] = bytes16(&*client.random);
        let renewal = Renewal { percent: Renewal::DEFAULT_PERCENT, jitter };
        let obtained = Obtained { at: now, renewal, signer: client.signers.current(now).name };
        Token::new(granted, request.requested_scope(), obtained)
    }
}

impl Default for TestIssuer {
    fn default() -> Self {
        Self::new()
    }
}
