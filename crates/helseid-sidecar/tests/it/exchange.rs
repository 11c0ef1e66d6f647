//! Tokens for other APIs on behalf of callers, of whom it is known that they have the key of their token.

use std::time::Duration;

use helseid_client::{Client, KeyLocation};
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::ClientId;
use helseid_protocol::jose::jws::Unverified;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::ScopeSet;
use helseid_sidecar::ListenFlags;
use helseid_testkit::{AUDIENCE, World, registration};
use http::Method;
use serde_json::{Value, json};

use crate::gate::{proof, section};
use crate::world::{Answer, Folder, KEY, Running, open, run};

pub(crate) const PATH: &str = "/api/v1/token/exchange";
pub(crate) const NEXT: &str = "nhn:bff-sample/api";
const URL: &str = "https://api.example/v1/patients";

/// Two apps that call the API of the sidecar, which calls on.
pub(crate) struct Chain {
    pub(crate) world: World,
    pub(crate) app: Client,
    pub(crate) other: Client,
    api: PrivateJwk,
}

/// The world with a sidecar's API, whose client may exchange the tokens of two apps.
pub(crate) async fn chain() -> Chain {
    chain_in(World::start(Profile::Helseid).await.unwrap()).await
}

pub(crate) async fn chain_in(world: World) -> Chain {
    let api = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    let mut of_api = registration(&api).unwrap();
    of_api.client_id = Some(ClientId::parse("api").unwrap());
    of_api.scopes = ScopeSet::parse(NEXT).unwrap();
    of_api.grant_types = [GrantType::ClientCredentials, GrantType::TokenExchange].into_iter().collect();
    of_api.own_audiences = serde_json::from_value(json!([AUDIENCE])).unwrap();
    // The API is registered first: the apps name it.
    world.authority.register(of_api).await.unwrap();
    let (app, other) = (app(&world, "app").await, app(&world, "other").await);
    Chain { world, app, other, api }
}

/// An app of this name, whose tokens the API may exchange.
async fn app(world: &World, name: &str) -> Client {
    let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    let mut of_app = registration(&key).unwrap();
    of_app.client_id = Some(ClientId::parse(name).unwrap());
    of_app.may_be_exchanged_by = serde_json::from_value(json!(["api"])).unwrap();
    world.authority.register(of_app).await.unwrap();
    let mut config = world.config();
    config.client_id = ClientId::parse(name).unwrap();
    config.key = KeyLocation::Text(key.to_json());
    Client::builder(config).clock(world.clock().clone()).build().unwrap()
}

impl Chain {
    pub(crate) async fn sidecar(&self, sections: &str, listen: ListenFlags) -> Running {
        run(&self.world, self.folder(sections), listen).await
    }

    pub(crate) fn folder(&self, sections: &str) -> Folder {
        let issuer = self.world.authority.issuer();
        let own = format!("issuer = \"{issuer}\"\nclient_id = \"api\"\nkey_file = \"key.json\"\n{sections}");
        Folder::with(&self.api.to_json(), &own)
    }

    /// The facts of a request of the app, and its token.
    pub(crate) async fn request(&self) -> (Value, String) {
        Self::request_of(&self.app).await
    }

    pub(crate) async fn request_of(app: &Client) -> (Value, String) {
        let headers = proof(app, Method::GET, URL).await;
        let text = |value: &http::HeaderValue| value.to_str().unwrap().to_owned();
        let token = text(headers.authorization()).trim_start_matches("DPoP ").to_owned();
        let facts = json!({
            "method": "GET", "url": URL,
            "authorization": text(headers.authorization()), "dpop": text(headers.dpop().unwrap())
        });
        (facts, token)
    }
}

pub(crate) fn asked(token: &str) -> Value {
    json!({ "identity_provider": "helseid", "target": NEXT, "user_token": token })
}

pub(crate) fn claims(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    let token = Unverified::parse(answer.text("access_token"), 20_000).unwrap();
    Value::Object(token.unverified_claims().clone())
}

#[tokio::test]
async fn a_token_is_exchanged_once_its_sender_has_shown_its_key() {
    let chain = chain().await;
    let sidecar = chain.sidecar(&section("patients", ""), open()).await;
    let (facts, token) = chain.request().await;
    // A thief has the token alone.
    let refused = sidecar.post(PATH, &asked(&token)).await;
    assert_eq!((refused.status, refused.error()), (400, "invalid_request"), "{refused:?}");
    let why = refused.text("error_description");
    assert!(why.contains("/api/v1/validate/") && why.contains("insecure_any_user_token"), "{why}");
    assert!(!why.contains(&token));
    let mut without = facts.clone();
    without["dpop"] = Value::Null;
    assert_eq!(sidecar.post("/api/v1/validate/patients", &without).await.status, 401);
    assert_eq!(sidecar.post(PATH, &asked(&token)).await.status, 400, "what was refused was not admitted");

    assert_eq!(sidecar.post("/api/v1/validate/patients", &facts).await.status, 200);
    let given = sidecar.post(PATH, &asked(&token)).await;
    let said = claims(&given);
    assert_eq!(
        (given.text("token_type"), &said["aud"], &said["act"]["client_id"]),
        ("DPoP", &"nhn:bff-sample".into(), &"api".into())
    );
    let kept = sidecar.post(PATH, &asked(&token)).await;
    assert_eq!(kept.text("access_token"), given.text("access_token"));
    let mut new = asked(&token);
    new["skip_cache"] = true.into();
    assert_ne!(sidecar.post(PATH, &new).await.text("access_token"), given.text("access_token"));

    let subject = Unverified::parse(&token, 20_000).unwrap();
    assert!(said["exp"].as_i64() <= subject.unverified_claims()["exp"].as_i64());
    chain.world.clock().forward(Duration::from_secs(600));
    assert_eq!(sidecar.post(PATH, &asked(&token)).await.status, 400, "it has expired");
}

#[tokio::test]
async fn a_setting_lets_others_pass_and_the_authority_is_then_the_only_judge() {
    let chain = chain().await;
    let setting = "[sidecar]\ninsecure_any_user_token = true\n";
    let sidecar = chain.sidecar(setting, open()).await;
    let (_, token) = chain.request().await;
    let form = format!("identity_provider=helseid&target=nhn%3Abff-sample%2Fapi&user_token={token}");
    let lines = "Content-Type: application/x-www-form-urlencoded\r\n";
    assert_eq!(claims(&sidecar.post_with(lines, PATH, &form).await)["act"]["client_id"], "api");
    let refused = sidecar.post(PATH, &asked("no token")).await;
    assert_eq!((refused.status, refused.error()), (400, "invalid_request"), "{refused:?}");
    for wrong in [
        json!({ "identity_provider": "helseid", "target": NEXT }),
        json!({ "identity_provider": "helseid", "user_token": token }),
        json!({ "identity_provider": "tokenx", "target": NEXT, "user_token": token }),
        json!({ "identity_provider": "helseid", "target": "", "user_token": token }),
        json!({ "identity_provider": "helseid", "target": NEXT, "user_token": token, "account": "nobody" }),
    ] {
        let answer = sidecar.post(PATH, &wrong).await;
        assert_eq!((answer.status, answer.error()), (400, "invalid_request"), "{wrong} {answer:?}");
    }
}

#[tokio::test]
async fn a_caller_exchanges_what_its_own_apis_admitted() {
    let chain = chain().await;
    let other = "fedcba9876543210fedcba9876543210";
    let caller = |name: &str, file: &str, protect: &str| {
        format!("[sidecar.caller.{name}]\nshared_key_file = \"{file}\"\nprotects = [\"{protect}\"]\n")
    };
    let sections = section("patients", "")
        + &section("lab", "")
        + &caller("patients", "shared.key", "patients")
        + &caller("lab", "other.key", "lab");
    let folder = chain.folder(&sections);
    std::fs::write(folder.path("other.key"), other).unwrap();
    let sidecar = run(&chain.world, folder, ListenFlags { insecure_no_key: false, ..open() }).await;
    let (facts, token) = chain.request().await;
    let lines = |key: &str| format!("Content-Type: application/json\r\nX-HelseID-Key: {key}\r\n");
    let validate = "/api/v1/validate/patients";
    assert_eq!(sidecar.post_with(&lines(KEY), validate, &facts.to_string()).await.status, 200);
    let body = asked(&token).to_string();
    assert_eq!(sidecar.post_with(&lines(other), PATH, &body).await.status, 400, "another API's");
    claims(&sidecar.post_with(&lines(KEY), PATH, &body).await);
}
