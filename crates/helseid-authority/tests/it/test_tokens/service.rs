//! The service, and what an API says of its tokens and proofs.

use helseid_protocol::dpop::{CachedKeys, ExpectedNonce, FirstUse, Target};
use helseid_protocol::id::Audience;
use helseid_protocol::jose::{JwkSet, VerifyKey};
use helseid_protocol::resource::{Credentials, Policy, Request};
use helseid_protocol::rule::{Fault, Trail};
use http::{HeaderMap, Method};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::{http as client, json as read};

pub(super) const AUDIENCE: &str = "norsk-helsenett:python-sample-api";
const PATIENTS: &str = "https://api.example/patients";

pub(super) struct Service {
    pub(super) desk: Desk,
    pub(super) key: String,
}

impl Service {
    pub(super) async fn new() -> Self {
        let desk = Desk::new().await;
        let key = desk.access_key("test-tokens").await;
        Self { desk, key }
    }

    pub(super) async fn ask(&self, query: &str, body: &Value) -> (StatusCode, Value) {
        let host = self.desk.running.issuer().as_str().trim_start_matches("http://").to_owned();
        let post = client().post(self.desk.url(&format!("/v2/create-test-token-with-key{query}")));
        let post = post.header("host", host).header("x-auth-key", &self.key).body(body.to_string());
        let answer = post.send().await.unwrap();
        (answer.status(), read(answer).await)
    }

    /// The token and the proof.
    pub(super) async fn minted(&self, body: Value) -> (String, Option<String>) {
        let (status, answer) = self.ask("", &body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!((&answer["isError"], &answer["errorResponse"]), (&json!(false), &Value::Null));
        let text = |name: &str| answer["successResponse"][name].as_str().map(str::to_owned);
        (text("accessTokenJwt").unwrap(), text("dPoPProof"))
    }

    /// What an API says of them.
    pub(super) async fn api(&self, (token, proof): &(String, Option<String>)) -> Result<(), Fault> {
        let set = client().get(self.desk.url("/.well-known/openid-configuration/jwks")).send().await.unwrap();
        let set = JwkSet::read(&set.bytes().await.unwrap()).unwrap();
        let policy = Policy::new(self.desk.running.issuer().clone(), Audience::parse(AUDIENCE).unwrap());
        let mut headers = HeaderMap::new();
        headers.insert("authorization", format!("DPoP {token}").parse().unwrap());
        if let Some(proof) = proof {
            headers.insert("dpop", proof.parse().unwrap());
        }
        let (mut trail, now) = (Trail::new(), self.desk.now());
        let credentials = Credentials::read(&headers, policy.scheme, &mut trail)?.unwrap();
        let presented = credentials.token(&policy, &mut trail)?;
        let key = set.keys().iter().find(|key| key.key_id() == presented.kid());
        let key = key.map(|key| VerifyKey::new(key.clone()).unwrap());
        let verified = presented.check(key.as_ref(), &policy, now, &mut trail)?;
        let targets = [Target::parse(PATIENTS).unwrap()];
        let (method, nonce) = (&Method::GET, ExpectedNonce::None);
        let request = Request {
            method,
            targets: &targets,
            headers: &headers,
            nonce,
            cached_keys: CachedKeys::NONE,
            now,
        };
        verified.bind(request, &policy, &mut trail)?.admit(FirstUse::Yes, &mut trail).map(drop)
    }
}

pub(super) fn with_proof(broken: impl Into<Value>) -> Value {
    json!({
        "audience": AUDIENCE,
        "createDPoPTokenWithDPoPProof": true,
        "dPoPProofParameters": {
            "htuClaimValue": PATIENTS, "htmClaimValue": "GET", "invalidDPoPProofParameters": broken.into(),
        },
    })
}
