//! An issuer without sockets, and requests to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use ::http::{HeaderMap, HeaderValue, Method, header};
use helseid_admin_api::KeyOrigin;
use helseid_protocol::assertion::AssertionRequest;
use helseid_protocol::dpop::{NonceKey, ProofRequest};
use helseid_protocol::endpoint::token::{ASSERTION_TYPE, CONTENT_TYPE};
use helseid_protocol::forge::{self, Jwt};
use helseid_protocol::id::{ClientId, Issuer, JwtId};
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey};
use helseid_protocol::random::SystemRandom;
use helseid_protocol::rule::{Profile, Verdict};
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::time::{TOLERANCE, Timestamp};
use serde_json::Value;

use crate::domain::change::Change;
use crate::domain::model::{Client, Key};
use crate::issuer::{ConformanceMode, ServedIssuer};
use crate::keys::SigningKeys;
use crate::oauth::signed_post::{self, Line, Notes, Outcome, PostCall, When};
use crate::oauth::{Backend, IssuerSecrets, OAuthState};
use crate::registry::{Registry, bootstrap};
use crate::storage::ephemeral::Memory;
use crate::trace::Trace;
use crate::web::rate_limit::Limits;

/// A scope that the client has.
pub(crate) const READ: &str = "norsk-helsenett:python-sample-api/read";

/// An issuer with one client, in memory, whose clock the test moves.
pub(crate) struct World {
    pub(crate) state: OAuthState,
    pub(crate) clock: Arc<AtomicI64>,
    pub(crate) key: SigningKey,
    pub(crate) proof_key: SigningKey,
    jwt_ids: AtomicI64,
}

pub(crate) fn new_key() -> SigningKey {
    SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None)).unwrap()
}

impl World {
    pub(crate) fn new(profile: Profile) -> Self {
        let clock = Arc::new(AtomicI64::new(1_790_000_000));
        let told = clock.clone();
        let backend = Backend {
            registry: Arc::new(Registry::in_memory(bootstrap::changes().unwrap())),
            keys: Arc::new(SigningKeys::fixed()),
            store: Arc::new(Memory::default()),
            limits: Arc::new(Limits::new(1_000)),
            clock: Arc::new(move || Timestamp::from_seconds(told.load(Ordering::SeqCst))),
            random: Arc::new(SystemRandom),
        };
        let name = Issuer::parse("https://helseid.example").unwrap();
        let issuer = ServedIssuer::new(name, profile, TOLERANCE, ConformanceMode::Enforce);
        let secrets = IssuerSecrets { ids: Arc::new(MacKey::new(&[1; 32])), nonces: NonceKey::new(&[2; 32]) };
        let state = OAuthState::new(backend, issuer, secrets, Trace::new());
        let world = Self { state, clock, key: new_key(), proof_key: new_key(), jwt_ids: AtomicI64::new(0) };
        world.client(|_| ());
        world
    }

    /// Registers the client, with a change.
    pub(crate) fn client(&self, change: impl FnOnce(&mut Client)) {
        let key = Key { jwk: self.key.public().clone(), expires: None, origin: KeyOrigin::Gui };
        let mut client = Client {
            scopes: ScopeSet::parse(READ).unwrap(),
            keys: vec![key].try_into().unwrap(),
            ..Client::new(ClientId::parse("the-client").unwrap(), "the client".parse().unwrap())
        };
        change(&mut client);
        self.state.registry.put(Change::PutClient(Box::new(client)));
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.clock.load(Ordering::SeqCst))
    }

    pub(crate) fn jwt_id(&self) -> JwtId {
        JwtId::parse(&self.jwt_ids.fetch_add(1, Ordering::SeqCst).to_string()).unwrap()
    }

    pub(crate) fn assertion(&self, details: Option<&Value>) -> Jwt {
        let request = AssertionRequest {
            client_id: &ClientId::parse("the-client").unwrap(),
            issuer: &self.state.issuer.name,
            jwt_id: &self.jwt_id(),
            now: self.now(),
            details,
        };
        forge::assertion(&self.key, request)
    }

    pub(crate) fn proof(&self, nonce: bool) -> String {
        self.proof_claims(nonce).sign(&self.proof_key)
    }

    pub(crate) fn proof_claims(&self, nonce: bool) -> forge::Jwt {
        let issued = self.state.replay.nonces.issue(self.now());
        let request = ProofRequest {
            method: &Method::POST,
            target: &self.state.issuer.token_targets[0],
            nonce: nonce.then_some(&issued),
            access_token: None,
            jwt_id: &self.jwt_id(),
            now: self.now(),
        };
        forge::proof(&self.proof_key, request)
    }

    /// A valid request.
    pub(crate) fn sent(&self) -> Sent {
        Sent {
            assertion: self.assertion(None).sign(&self.key),
            proof: Some(self.proof(true)),
            form: vec![("grant_type", "client_credentials".into())],
            basic: None,
        }
    }

    /// What becomes of a request at the endpoint of this line.
    pub(crate) async fn post<L: Line>(&self, sent: &Sent) -> (Outcome<L::Granted>, Verdict) {
        self.post_by_a_clock_ahead::<L>(0, sent).await
    }

    /// The same where a fault on request has the clock so far ahead.
    pub(crate) async fn post_by_a_clock_ahead<L: Line>(
        &self,
        ahead: i64,
        sent: &Sent,
    ) -> (Outcome<L::Granted>, Verdict) {
        let (headers, body) = (sent.headers(), sent.body());
        let when = When { real: self.now(), ahead };
        let call = PostCall { headers: &headers, body: body.as_bytes(), when };
        let answered = signed_post::answer::<L>(&self.state, call).await;
        let Notes { endpoint, trail, .. } = answered.notes;
        let verdict = trail.verdict(endpoint, answered.outcome.fault());
        (answered.outcome, verdict)
    }
}

#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) assertion: String,
    pub(crate) proof: Option<String>,
    pub(crate) form: Vec<(&'static str, String)>,
    pub(crate) basic: Option<&'static str>,
}

impl Sent {
    pub(crate) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        if let Some(proof) = &self.proof {
            headers.insert("dpop", proof.parse().unwrap());
        }
        if let Some(pair) = self.basic {
            headers.insert(header::AUTHORIZATION, format!("Basic {pair}").parse().unwrap());
        }
        headers
    }

    pub(crate) fn body(&self) -> String {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(&self.form);
        form.append_pair("client_assertion_type", ASSERTION_TYPE);
        form.append_pair("client_assertion", &self.assertion);
        form.finish()
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.form.push((name, value.to_owned()));
        self
    }
}
