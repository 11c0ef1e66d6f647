//! A protected router, an issuer's key, a client's key, and a clock that the test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use axum::body::Body;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use helseid_api::{ApiProtection, ApiProtectionBuilder, Caller, Rejection};
use helseid_protocol::dpop::{ProofRequest, Target, token_hash};
use helseid_protocol::forge::{self, Jwt, TokenFacts};
use helseid_protocol::id::{Audience, ClientId, Issuer, JwtId, KeyId};
use helseid_protocol::jose::{Algorithm, JwkSet, PrivateJwk, RsaSize, SigningKey};
use helseid_protocol::key_cache::IssuerKeys;
use helseid_protocol::rule::Rule;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::time::{Clock, Timestamp};
use http::{Method, Request};
use tower::ServiceExt as _;

pub(crate) const ISSUER: &str = "https://sts.example";
pub(crate) const AUDIENCE: &str = "nhn:api";
pub(crate) const URL: &str = "https://api.example/who";

#[derive(Clone)]
pub(crate) struct Hand(Arc<AtomicI64>);

impl Hand {
    pub(crate) fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(1_790_000_000 + self.0.load(Ordering::SeqCst))
    }
}

pub(crate) struct World {
    pub(crate) clock: Hand,
    pub(crate) issuer_key: SigningKey,
    pub(crate) client_key: SigningKey,
    jwt_ids: AtomicU64,
}

pub(crate) fn new_key(kid: &str) -> SigningKey {
    let kid = KeyId::parse(kid).unwrap();
    SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, Some(kid))).unwrap()
}

/// A token and a proof, each before its signature.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) scheme: &'static str,
    pub(crate) token: Jwt,
    pub(crate) proof: Option<Jwt>,
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = Hand(Arc::new(AtomicI64::new(0)));
        Self {
            clock,
            issuer_key: new_key("issuer"),
            client_key: new_key("client"),
            jwt_ids: AtomicU64::new(0),
        }
    }

    pub(crate) fn builder(&self) -> ApiProtectionBuilder {
        let keys = IssuerKeys::new(&JwkSet::new(vec![self.issuer_key.public().clone()]));
        let builder = ApiProtection::builder(ISSUER, AUDIENCE).public_url("https://api.example");
        builder.keys(keys).clock(self.clock.clone())
    }

    pub(crate) fn router(&self) -> Router {
        self.router_with(|builder| builder)
    }

    pub(crate) fn router_with(
        &self,
        change: impl FnOnce(ApiProtectionBuilder) -> ApiProtectionBuilder,
    ) -> Router {
        let protection = change(self.builder()).build().unwrap();
        routes().layer(protection.require_scopes_all(["nhn:api/read"]).unwrap())
    }

    fn jwt_id(&self) -> JwtId {
        JwtId::parse(&self.jwt_ids.fetch_add(1, Ordering::SeqCst).to_string()).unwrap()
    }

    /// A valid request with a bound token.
    pub(crate) fn sent(&self) -> Sent {
        self.sent_to(URL)
    }

    pub(crate) fn sent_to(&self, url: &str) -> Sent {
        let thumbprint = self.client_key.public().thumbprint();
        let (jwt_id, now) = (self.jwt_id(), self.clock.now());
        let facts = TokenFacts {
            issuer: &Issuer::parse(ISSUER).unwrap(),
            audience: &Audience::parse(AUDIENCE).unwrap(),
            client_id: &ClientId::parse("the-client").unwrap(),
            scope: &ScopeSet::parse("nhn:api/read").unwrap(),
            bound_to: Some(&thumbprint),
            jwt_id: &jwt_id,
            now,
        };
        let target = Target::parse(url).unwrap();
        let (method, nonce, access_token) = (&Method::GET, None, None);
        let proof = ProofRequest { method, target: &target, nonce, access_token, jwt_id: &jwt_id, now };
        let token = forge::access_token(&self.issuer_key, facts);
        Sent { scheme: "DPoP", token, proof: Some(forge::proof(&self.client_key, proof)) }
    }

    pub(crate) fn request(&self, sent: &Sent) -> Request<Body> {
        let token = sent.token.sign(&self.issuer_key);
        let mut request = Request::get("/who").header("authorization", format!("{} {token}", sent.scheme));
        if let Some(proof) = sent.proof.clone() {
            let hash = token_hash(&token);
            let proof = if proof.has_claim("ath") { proof } else { proof.claim("ath", hash) };
            request = request.header("dpop", proof.sign(&self.client_key));
        }
        request.body(Body::empty()).unwrap()
    }

    pub(crate) async fn answer(&self, router: &Router, sent: &Sent) -> Response {
        ask(router, self.request(sent)).await
    }
}

pub(crate) fn routes() -> Router {
    Router::new().route("/who", get(|caller: Caller| async move { Json(caller.claims().all().clone()) }))
}

pub(crate) async fn ask(router: &Router, request: Request<Body>) -> Response {
    router.clone().oneshot(request).await.unwrap()
}

pub(crate) fn rule(answer: &Response) -> Option<Rule> {
    answer.extensions().get::<Rejection>().and_then(Rejection::rule)
}
