//! A client with a key for its proofs.

use std::fmt;
use std::sync::Arc;

use helseid_http::system_clock;
use helseid_protocol::claims::{ACT, name};
use helseid_protocol::dpop::{ProofRequest, Target};
use helseid_protocol::forge::{self, Jwt, TokenFacts};
use helseid_protocol::id::{Audience, ClientId, Issuer};
use helseid_protocol::jose::{Algorithm, PrivateJwk, PublicJwk, SigningKey};
use helseid_protocol::random::{SystemRandom, jwt_id};
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::time::Clock;
use http::Method;
use serde_json::{Value, json};

use super::issuer::new_key;
use super::{TestPerson, TestRequest};

/// Makes requests with a token of its issuer and a proof by its own key.
///
/// ```
/// use helseid_api::{SecurityLevel, test_util::TestIssuer};
/// use http::Method;
///
/// let client = TestIssuer::new("https://sts.example")
///     .client("nhn:my-api")
///     .scope("nhn:my-api/read nhn:my-api/write")
///     .claim("helseid://claims/client/claims/orgnr_parent", "999977774");
/// let request = client.request(&Method::POST, "https://api.example/notes?draft=true");
/// assert!(request.headers().contains_key("DPoP"));
/// ```
#[derive(Clone)]
pub struct TestClient {
    pub(super) issuer: Issuer,
    pub(super) audience: Audience,
    scope: ScopeSet,
    client_id: ClientId,
    /// Those who exchanged the token, the first one first.
    actors: Vec<ClientId>,
    claims: Vec<(String, Value)>,
    pub(super) person: Option<TestPerson>,
    bound: bool,
    pub(super) keys: Arc<Keys>,
    clock: Arc<dyn Clock>,
}

/// Everything that signs.
pub(super) struct Keys {
    pub(super) issuer: Arc<SigningKey>,
    pub(super) client: SigningKey,
    pub(super) client_private: PrivateJwk,
    pub(super) stranger: SigningKey,
}

impl Keys {
    fn new(issuer: Arc<SigningKey>, of_proofs: Algorithm) -> Self {
        let (client_private, client) = new_key(of_proofs, "test-client");
        // Of the issuer's kind, so that nothing but the signature is wrong.
        let kid = issuer.public().key_id().map_or("stranger", |kid| kid.as_str()).to_owned();
        let stranger = new_key(issuer.algorithm(), &kid).1;
        Self { issuer, client, client_private, stranger }
    }
}

impl TestClient {
    #[expect(clippy::expect_used, reason = "a constant name is one")]
    pub(super) fn new(issuer: Issuer, issuer_key: Arc<SigningKey>, audience: Audience) -> Self {
        Self {
            issuer,
            audience,
            scope: ScopeSet::none(),
            client_id: ClientId::parse("test-client").expect("a name"),
            actors: Vec::new(),
            claims: Vec::new(),
            person: None,
            bound: true,
            keys: Arc::new(Keys::new(issuer_key, Algorithm::ES256)),
            clock: Arc::new(system_clock),
        }
    }

    /// With these scopes, separated by spaces.
    ///
    /// # Panics
    /// If a scope is invalid.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test that names no scope has a mistake to tell")]
    pub fn scope(mut self, scope: &str) -> Self {
        self.scope = ScopeSet::parse(scope).expect("scopes, separated by spaces");
        self
    }

    /// Under this client id.
    ///
    /// # Panics
    /// If it is empty.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test that names no client has a mistake to tell")]
    pub fn client_id(mut self, client_id: &str) -> Self {
        self.client_id = ClientId::parse(client_id).expect("a client id");
        self
    }

    /// With tokens that this client has exchanged for those of the client before (RFC 8693 section 4.1): it is the `client_id`, and the
    /// outermost in `act`. Several, one after the other, are a chain.
    ///
    /// # Panics
    /// If it is empty.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test that names no client has a mistake to tell")]
    pub fn exchanged_by(mut self, client_id: &str) -> Self {
        self.actors.push(ClientId::parse(client_id).expect("a client id"));
        self
    }

    /// With one more claim; the names of HelseID's own are in [`claims::name`](helseid_protocol::claims::name).
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.push((name.to_owned(), value.into()));
        self
    }

    /// With Bearer tokens that are bound to no key.
    #[must_use]
    pub const fn unbound(mut self) -> Self {
        self.bound = false;
        self
    }

    /// With a new key for its proofs, for this algorithm: ES256 by default.
    #[must_use]
    pub fn proof_algorithm(mut self, algorithm: Algorithm) -> Self {
        self.keys = Arc::new(Keys::new(self.keys.issuer.clone(), algorithm));
        self
    }

    /// With this clock instead of the system's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Signs any bytes with the key of its proofs: for proofs that no [`Jwt`](super::Jwt) can be.
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.keys.client.sign(bytes)
    }

    /// The key of its proofs, as their `jwk` has it.
    #[must_use]
    pub fn public_key(&self) -> &PublicJwk {
        self.keys.client.public()
    }

    /// A request with a new token and a new proof, neither signed yet.
    ///
    /// # Panics
    /// If `url` is not an absolute http(s) URL.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test that calls no URL has a mistake to tell")]
    pub fn request(&self, method: &Method, url: &str) -> TestRequest {
        let target = Target::of_request(url).expect("an absolute URL");
        let (now, thumbprint) = (self.clock.now(), self.keys.client.public().thumbprint());
        let facts = TokenFacts {
            issuer: &self.issuer,
            audience: &self.audience,
            client_id: self.actors.last().unwrap_or(&self.client_id),
            scope: &self.scope,
            bound_to: self.bound.then_some(&thumbprint),
            jwt_id: &jwt_id(&SystemRandom),
            now,
        };
        let token = forge::access_token(&self.keys.issuer, facts);
        let token = self.person.iter().fold(token, |token, person| person.claims(token));
        let token = self.exchanged(token);
        let token = self.claims.iter().fold(token, |token, (name, value)| token.claim(name, value.clone()));
        let jwt_id = jwt_id(&SystemRandom);
        let (nonce, access_token) = (None, None);
        let proof = ProofRequest { method, target: &target, nonce, access_token, jwt_id: &jwt_id, now };
        let proof = self.bound.then(|| forge::proof(&self.keys.client, proof));
        TestRequest::new(method.clone(), url, token, proof, self.keys.clone())
    }
}

impl TestClient {
    /// As an exchanged token says who exchanged it, if somebody has.
    fn exchanged(&self, token: Jwt) -> Jwt {
        let around = |before: Option<Value>, actor: &ClientId| {
            let mut act = json!({ "iss": self.issuer.as_str(), "client_id": actor.as_str() });
            if let (Some(members), Some(before)) = (act.as_object_mut(), before) {
                members.insert(ACT.to_owned(), before);
            }
            Some(act)
        };
        match self.actors.iter().fold(None, around) {
            Some(act) => token.claim(ACT, act).claim(name::ORIGINAL_CLIENT_ID, self.client_id.as_str()),
            None => token,
        }
    }
}

impl fmt::Debug for TestClient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("TestClient");
        shown.field("client_id", &self.client_id).field("audience", &self.audience);
        shown.field("scope", &self.scope).finish_non_exhaustive()
    }
}
