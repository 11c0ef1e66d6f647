//! An authority, a client of it with its keys, and a clock that the test moves.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use helseid_admin_api::ClientRegistration;
use helseid_authority::{Config, Running};
use helseid_protocol::assertion::AssertionRequest;
use helseid_protocol::dpop::{Nonce, ProofRequest, Target};
use helseid_protocol::forge::{self, Jwt};
use helseid_protocol::id::{ClientId, JwtId};
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey};
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::AccessToken;
use helseid_protocol::time::{Clock, Timestamp};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{host, json as read, start_with, trusting};

pub(crate) const READ: &str = "norsk-helsenett:python-sample-api/read";
pub(crate) const SELF_SERVICE: &str = "nhn:selvbetjening/client";

pub(crate) struct Desk {
    pub(crate) running: Running,
    pub(crate) client_id: ClientId,
    pub(crate) key: SigningKey,
    pub(crate) proof_key: SigningKey,
    /// One for all requests: to make one reads the system's certificates.
    http: reqwest::Client,
    pub(crate) clock: Hand,
    jwt_ids: AtomicI64,
}

/// A clock that the test moves. It stands still otherwise, unless it is told to go.
#[derive(Clone)]
pub(crate) struct Hand(Arc<Mutex<(i64, Option<Instant>)>>);

impl Hand {
    fn new() -> Self {
        Self(Arc::new(Mutex::new((1_790_000_000, None))))
    }

    pub(crate) fn forward(&self, seconds: i64) {
        self.0.lock().unwrap().0 += seconds;
    }

    /// Goes on by itself from now on, as the clock of a real Redis does.
    #[cfg(feature = "service-tests")]
    pub(crate) fn go(&self) {
        self.0.lock().unwrap().1.get_or_insert_with(Instant::now);
    }

    /// Stands still from now on.
    #[cfg(feature = "service-tests")]
    pub(crate) fn stand(&self) {
        let now = self.now().seconds();
        *self.0.lock().unwrap() = (now, None);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        let (seconds, going) = *self.0.lock().unwrap();
        let passed = going.map_or(0, |since| since.elapsed().as_secs().cast_signed());
        Timestamp::from_seconds(seconds + passed)
    }
}

/// A token request, to be broken before it is sent.
pub(crate) struct Sent {
    pub(crate) assertion: String,
    pub(crate) proof: Option<String>,
    pub(crate) form: Vec<(&'static str, String)>,
}

pub(crate) fn new_private() -> PrivateJwk {
    PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None)
}

pub(crate) fn new_key() -> SigningKey {
    SigningKey::new(&new_private()).unwrap()
}

impl Desk {
    pub(crate) async fn new() -> Self {
        Self::with(Config::in_memory(), |_| ()).await
    }

    /// With changes to the configuration and to the client.
    pub(crate) async fn with(config: Config, change: impl FnOnce(&mut ClientRegistration)) -> Self {
        let clock = Hand::new();
        let running = start_with(config.clock(clock.clone())).await;
        running.ready().await;
        let (key, client_id) = (new_key(), ClientId::parse("the-client").unwrap());
        let jwk = Value::Object(key.public().members().clone());
        let mut registration =
            ClientRegistration::new("the client", ScopeSet::parse(READ).unwrap(), vec![jwk]);
        registration.client_id = Some(client_id.clone());
        change(&mut registration);
        running.register(registration).await.unwrap();
        let http = trusting(&running).build().unwrap();
        let (proof_key, jwt_ids) = (new_key(), AtomicI64::new(0));
        Self { running, client_id, key, proof_key, http, clock, jwt_ids }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn forward(&self, seconds: i64) {
        self.clock.forward(seconds);
    }

    pub(crate) fn jwt_id(&self) -> JwtId {
        JwtId::parse(&format!("id-{}", self.jwt_ids.fetch_add(1, Ordering::SeqCst))).unwrap()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        crate::url(&self.running, path)
    }

    /// A valid assertion.
    pub(crate) fn assertion(&self) -> Jwt {
        self.assertion_of(&self.client_id)
    }

    fn assertion_of(&self, client_id: &ClientId) -> Jwt {
        let request = AssertionRequest {
            client_id,
            issuer: self.running.issuer(),
            jwt_id: &self.jwt_id(),
            now: self.now(),
            details: None,
        };
        forge::assertion(&self.key, request)
    }

    /// A valid proof for a request to us.
    pub(crate) fn proof(&self, method: &Method, path: &str, nonce: Option<&str>, token: Option<&str>) -> Jwt {
        let nonce = nonce.map(|nonce| Nonce::parse(nonce).unwrap());
        let token = token.map(AccessToken::new);
        let request = ProofRequest {
            method,
            target: &Target::parse(&self.running.issuer().at(path)).unwrap(),
            nonce: nonce.as_ref(),
            access_token: token.as_ref(),
            jwt_id: &self.jwt_id(),
            now: self.now(),
        };
        forge::proof(&self.proof_key, request)
    }

    /// A nonce, as the first request of every client gets it.
    pub(crate) async fn nonce(&self) -> String {
        let proof = self.proof(&Method::POST, "/connect/token", None, None).sign(&self.proof_key);
        let sent = Sent { proof: Some(proof), ..self.bare(&self.client_id) };
        let answer = self.post(&sent).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        answer.headers()["dpop-nonce"].to_str().unwrap().to_owned()
    }

    fn bare(&self, client_id: &ClientId) -> Sent {
        Sent {
            assertion: self.assertion_of(client_id).sign(&self.key),
            proof: None,
            form: vec![("grant_type", "client_credentials".to_owned())],
        }
    }

    /// A valid request for `scope`.
    pub(crate) async fn sent(&self, scope: &str) -> Sent {
        let nonce = self.nonce().await;
        self.sent_with(scope, &nonce)
    }

    /// The same with a nonce that is there already.
    pub(crate) fn sent_with(&self, scope: &str, nonce: &str) -> Sent {
        self.sent_as(&self.client_id, scope, nonce)
    }

    /// The same by a client that has the same key.
    pub(crate) fn sent_as(&self, client_id: &ClientId, scope: &str, nonce: &str) -> Sent {
        let proof = self.proof(&Method::POST, "/connect/token", Some(nonce), None).sign(&self.proof_key);
        let mut sent = Sent { proof: Some(proof), ..self.bare(client_id) };
        sent.form.push(("scope", scope.to_owned()));
        sent
    }

    pub(crate) fn post(&self, sent: &Sent) -> RequestBuilder {
        self.post_as(sent, "application/x-www-form-urlencoded")
    }

    /// The same to another token endpoint, such as that of a session.
    pub(crate) fn post_to(&self, path: &str, sent: &Sent) -> RequestBuilder {
        self.request(path, sent, "application/x-www-form-urlencoded")
    }

    pub(crate) fn post_as(&self, sent: &Sent, content_type: &str) -> RequestBuilder {
        self.request("/connect/token", sent, content_type)
    }

    fn request(&self, path: &str, sent: &Sent, content_type: &str) -> RequestBuilder {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(&sent.form);
        form.append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        form.append_pair("client_assertion", &sent.assertion);
        let post = self.http.post(self.url(path)).body(form.finish());
        let post = post.header("content-type", content_type);
        match &sent.proof {
            Some(proof) => post.header("dpop", proof),
            None => post,
        }
    }

    /// What a request is answered.
    pub(crate) async fn answer(&self, sent: &Sent) -> (StatusCode, Value) {
        let answer = self.post(sent).send().await.unwrap();
        (answer.status(), read(answer).await)
    }

    /// A token for `scope`.
    pub(crate) async fn token(&self, scope: &str) -> String {
        let (status, answer) = self.answer(&self.sent(scope).await).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// A request with a token and a fresh proof.
    pub(crate) fn call(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        let proof = self.proof(&method, path, None, Some(token)).sign(&self.proof_key);
        let host = host(&self.running);
        self.http
            .request(method, self.url(path))
            .header("host", host)
            .header("authorization", format!("DPoP {token}"))
            .header("dpop", proof)
    }

    /// A request by the holder of the admin token.
    pub(crate) async fn admin(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> (StatusCode, Value) {
        let host = host(&self.running);
        let request = self.http.request(method, self.url(&format!("/admin/api{path}"))).header("host", host);
        let request = request.bearer_auth(self.running.admin_token());
        let request = match body {
            Some(body) => request.header("content-type", "application/json").body(body.to_string()),
            None => request,
        };
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let bytes = answer.bytes().await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// A new access key.
    pub(crate) async fn access_key(&self, purpose: &str) -> String {
        let wanted = json!({ "purpose": purpose, "name": "a test" });
        let (status, made) = self.admin(Method::POST, "/access-keys", Some(&wanted)).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        made["key"].as_str().unwrap().to_owned()
    }
}
