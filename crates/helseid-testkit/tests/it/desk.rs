//! A token request by hand, of which each part can be changed.

use helseid_http::{MAX_ANSWER_BYTES, Outbound};
use helseid_protocol::assertion::AssertionRequest;
use helseid_protocol::dpop::{Nonce, ProofRequest, Target};
use helseid_protocol::endpoint::token::{ASSERTION_TYPE, CONTENT_TYPE};
use helseid_protocol::forge::{self, Jwt};
use helseid_protocol::id::JwtId;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey};
use helseid_protocol::random::{SystemRandom, jwt_id};
use helseid_protocol::rule::Profile;
use helseid_protocol::time::{Clock as _, Timestamp};
use helseid_testkit::World;
use http::{Method, Request, Response};
use serde_json::{Value, json};

pub(crate) fn new_key() -> SigningKey {
    SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None)).unwrap()
}

/// A world, and all that a request to its token endpoint is made of.
pub(crate) struct Desk {
    pub(crate) world: World,
    pub(crate) outbound: Outbound,
    pub(crate) key: SigningKey,
    pub(crate) proof_key: SigningKey,
    pub(crate) nonce: Nonce,
}

/// A token request of which each part can be changed.
pub(crate) struct Sent {
    pub(crate) assertion: String,
    pub(crate) proofs: Vec<String>,
    pub(crate) form: Vec<(&'static str, String)>,
    pub(crate) content_type: &'static str,
}

impl Sent {
    pub(crate) fn form(mut self, name: &'static str, value: &str) -> Self {
        self.form.push((name, value.to_owned()));
        self
    }

    pub(crate) fn proof(self, proof: String) -> Self {
        Self { proofs: vec![proof], ..self }
    }
}

impl Desk {
    pub(crate) async fn new() -> Self {
        let world = World::start(Profile::Helseid).await.unwrap();
        let key = SigningKey::new(&world.key).unwrap();
        let outbound = Outbound::builder().build().unwrap();
        let nonce = Nonce::parse("none-yet").unwrap();
        let mut desk = Self { world, outbound, key, proof_key: new_key(), nonce };
        let answer = desk.ask(desk.valid()).await;
        desk.nonce = Nonce::parse(answer.headers()["dpop-nonce"].to_str().unwrap()).unwrap();
        desk
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.world.clock().now()
    }

    pub(crate) fn endpoint(&self) -> String {
        self.world.authority.issuer().at("/connect/token")
    }

    pub(crate) fn assertion(&self, details: Option<&Value>) -> Jwt {
        let request = AssertionRequest {
            client_id: &self.world.client_id,
            issuer: self.world.authority.issuer(),
            jwt_id: &jwt_id(&SystemRandom),
            now: self.now(),
            details,
        };
        forge::assertion(&self.key, request)
    }

    pub(crate) fn proof(&self) -> Jwt {
        self.proof_for(&Method::POST, &self.endpoint(), &jwt_id(&SystemRandom))
    }

    pub(crate) fn proof_for(&self, method: &Method, url: &str, jwt_id: &JwtId) -> Jwt {
        let target = Target::parse(url).unwrap();
        let nonce = Some(&self.nonce);
        let now = self.now();
        let request = ProofRequest { method, target: &target, nonce, access_token: None, jwt_id, now };
        forge::proof(&self.proof_key, request)
    }

    pub(crate) fn valid(&self) -> Sent {
        Sent {
            assertion: self.assertion(None).sign(&self.key),
            proofs: vec![self.proof().sign(&self.proof_key)],
            form: vec![
                ("grant_type", "client_credentials".to_owned()),
                ("client_assertion_type", ASSERTION_TYPE.to_owned()),
            ],
            content_type: CONTENT_TYPE,
        }
    }

    pub(crate) fn asserting(&self, change: impl FnOnce(Jwt) -> Jwt) -> Sent {
        Sent { assertion: change(self.assertion(None)).sign(&self.key), ..self.valid() }
    }

    pub(crate) fn proving(&self, change: impl FnOnce(Jwt) -> Jwt) -> Sent {
        self.valid().proof(change(self.proof()).sign(&self.proof_key))
    }

    pub(crate) fn acting(&self, details: &Value) -> Sent {
        Sent { assertion: self.assertion(Some(details)).sign(&self.key), ..self.valid() }
    }

    pub(crate) async fn ask(&self, sent: Sent) -> Response<Vec<u8>> {
        let mut form = sent.form;
        form.push(("client_assertion", sent.assertion));
        let pairs = form.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        let mut request = Request::post(self.endpoint()).header("content-type", sent.content_type);
        for proof in &sent.proofs {
            request = request.header("dpop", proof);
        }
        let request = request.body(body.into_bytes()).unwrap();
        self.outbound.send(request, MAX_ANSWER_BYTES).await.unwrap()
    }

    /// A `helseid_authorization` structure of this system and value.
    pub(crate) fn organisation(system: &str, value: &str) -> Value {
        let identifier = json!({ "system": system, "type": "ENH", "value": value });
        json!({
            "type": "helseid_authorization",
            "practitioner_role": { "organization": { "identifier": identifier } },
        })
    }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
