//! An issuer with a key of its own.

use std::sync::Arc;

use helseid_protocol::id::{Audience, Issuer, KeyId};
use helseid_protocol::jose::{Algorithm, JwkSet, PrivateJwk, RsaSize, SigningKey};
use helseid_protocol::key_cache::IssuerKeys;

use super::TestClient;

/// Issues tokens for tests, with a new key of its own.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_api::{ApiProtection, RequestFacts, test_util::TestIssuer};
/// use http::Method;
///
/// let issuer = TestIssuer::new("https://sts.example");
/// let protection = ApiProtection::builder(issuer.name(), "nhn:my-api")
///     .keys(issuer.rotated("next").keys())
///     .public_url("https://api.example")
///     .build()?;
/// // A token by a key that the issuer has withdrawn.
/// let request = issuer.client("nhn:my-api").request(&Method::GET, "https://api.example/patients");
/// let headers = request.headers();
/// assert!(protection.verifier().verify(RequestFacts::new(&Method::GET, "/patients", &headers)).await.is_err());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct TestIssuer {
    name: Issuer,
    key: Arc<SigningKey>,
}

impl TestIssuer {
    /// An issuer of this name, an https URL, with an ES256 key.
    ///
    /// # Panics
    /// If the name is not a URL.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self::with_algorithm(name, Algorithm::ES256)
    }

    /// The same with a key for another algorithm: RSA keys take a while to generate.
    ///
    /// # Panics
    /// If the name is not a URL.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test that names no issuer has a mistake to tell")]
    pub fn with_algorithm(name: &str, algorithm: Algorithm) -> Self {
        let name = Issuer::parse(name).expect("the name of an issuer: an absolute URL");
        Self { name, key: Arc::new(new_key(algorithm, "test-issuer").1) }
    }

    /// The name, for [`ApiProtection::builder`](crate::ApiProtection::builder).
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// The keys, for [`ApiProtectionBuilder::keys`](crate::ApiProtectionBuilder::keys).
    #[must_use]
    pub fn keys(&self) -> IssuerKeys {
        IssuerKeys::new(&self.key_set())
    }

    /// The keys as the issuer's `jwks_uri` has them.
    #[must_use]
    pub fn key_set(&self) -> JwkSet {
        JwkSet::new(vec![self.key.public().clone()])
    }

    /// Signs any bytes: for tokens that no [`Jwt`](super::Jwt) can be.
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.key.sign(bytes)
    }

    /// The same issuer with a new key of this name: after a rotation.
    #[must_use]
    pub fn rotated(&self, kid: &str) -> Self {
        Self { name: self.name.clone(), key: Arc::new(new_key(self.key.algorithm(), kid).1) }
    }

    /// A client with tokens for the API `audience`.
    ///
    /// # Panics
    /// If the audience is empty.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test that names no audience has a mistake to tell")]
    pub fn client(&self, audience: &str) -> TestClient {
        let audience = Audience::parse(audience).expect("the name of an API");
        TestClient::new(self.name.clone(), self.key.clone(), audience)
    }
}

/// Both halves, and ready to sign.
#[expect(clippy::expect_used, reason = "a key that was just made is one")]
pub(super) fn new_key(algorithm: Algorithm, kid: &str) -> (PrivateJwk, SigningKey) {
    let kid = KeyId::parse(kid).expect("a short name");
    let private = PrivateJwk::generate(algorithm, RsaSize::Bits2048, Some(kid));
    let signing = SigningKey::new(&private).expect("a sound key");
    (private, signing)
}
