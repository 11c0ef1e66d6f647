//! What a token says, by Texas's contract, and what it does not say of tokens that are bound to keys.

use std::time::Duration;

use helseid_client::Client;
use helseid_protocol::rule::Profile;
use helseid_testkit::{SCOPE, World};
use serde_json::{Value, json};

use crate::gate::section;
use crate::world::{Answer, Folder, KEY, Running, open, run, sidecar};

const PATH: &str = "/api/v1/introspect";
const BOTH: &str = "scheme = \"transition\"\nprofile = \"legacy\"";

async fn bearer(world: &World) -> String {
    let client =
        Client::builder(world.config()).clock(world.clock().clone()).insecure_bearer().build().unwrap();
    client.token().await.unwrap().access_token().expose().to_owned()
}

async fn bound(world: &World) -> String {
    world.client().unwrap().token().await.unwrap().access_token().expose().to_owned()
}

async fn look(sidecar: &Running, token: &str) -> Answer {
    sidecar.post(PATH, &json!({ "identity_provider": "helseid", "token": token })).await
}

fn inactive(answer: &Answer) -> &str {
    assert_eq!((answer.status, &answer.body["active"]), (200, &Value::Bool(false)), "{answer:?}");
    assert_eq!(answer.body.as_object().unwrap().len(), 2, "no claim beside: {answer:?}");
    answer.error()
}

#[tokio::test]
async fn a_token_that_is_bound_to_a_key_is_not_active_and_validate_is_named() {
    for (profile, settings) in [(Profile::Helseid, ""), (Profile::Legacy, BOTH)] {
        let world = World::start(profile).await.unwrap();
        let sidecar = sidecar(&world, &section("patients", settings)).await;
        let answer = look(&sidecar, &bound(&world).await).await;
        assert!(inactive(&answer).contains("/api/v1/validate/patients"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_token_that_is_bound_to_none_is_active_where_the_api_takes_such() {
    let world = World::start(Profile::Legacy).await.unwrap();
    let token = bearer(&world).await;
    let taking = sidecar(&world, &section("patients", BOTH)).await;
    let answer = look(&taking, &token).await;
    assert_eq!((answer.status, &answer.body["active"]), (200, &Value::Bool(true)), "{answer:?}");
    assert_eq!(
        (answer.text("client_id"), answer.header("cache-control")),
        (world.client_id.as_str(), Some("no-store"))
    );
    let form = format!("identity_provider=helseid&token={token}");
    let answer = taking.post_with("Content-Type: application/x-www-form-urlencoded\r\n", PATH, &form).await;
    assert_eq!(
        answer.body["active"],
        Value::Bool(true),
        "Texas's callers have no header of ours: {answer:?}"
    );
    let strict = sidecar(&world, &section("patients", "profile = \"legacy\"")).await;
    assert!(inactive(&look(&strict, &token).await).contains("validate"));
    world.clock().forward(Duration::from_secs(3_600));
    assert_eq!(inactive(&look(&taking, &token).await), "token.exp");
}

#[tokio::test]
async fn each_broken_token_is_not_active_by_its_rule() {
    let world = World::start(Profile::Legacy).await.unwrap();
    let token = bearer(&world).await;
    let (body, signature) = token.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let forged = format!("{body}.{first}{}", &signature[1..]);
    let here = sidecar(&world, &section("patients", BOTH)).await;
    assert_eq!(inactive(&look(&here, &forged).await), "token.signature");
    for none in ["", "no token", "a.b.c", "å", "a\r\nb"] {
        assert!(!inactive(&look(&here, none).await).is_empty(), "{none:?}");
    }
    let other = section("patients", BOTH).replace("audience = \"", "audience = \"not:");
    let elsewhere = sidecar(&world, &other).await;
    assert_eq!(inactive(&look(&elsewhere, &token).await), "token.aud");
    let scope = section("patients", BOTH).replace(SCOPE, "norsk-helsenett:python-sample-api/write");
    let more = sidecar(&world, &scope).await;
    assert_eq!(inactive(&look(&more, &token).await), "api.scope");
}

#[tokio::test]
async fn well_formed_requests_are_200_and_others_400() {
    let world = World::start(Profile::Legacy).await.unwrap();
    let token = bearer(&world).await;
    let sections = section("patients", BOTH) + &section("lab", BOTH);
    let sidecar = sidecar(&world, &sections).await;
    let ask = |protect: Value| json!({ "identity_provider": "helseid", "token": token, "protect": protect });
    assert!(inactive(&sidecar.post(PATH, &ask(Value::Null)).await).contains("protect"));
    assert!(inactive(&sidecar.post(PATH, &ask("nobody".into())).await).contains("[protect.NAME]"));
    assert_eq!(sidecar.post(PATH, &ask("lab".into())).await.body["active"], Value::Bool(true));
    let answer = sidecar.post(PATH, &json!({ "identity_provider": "tokenx", "token": token })).await;
    assert_eq!(inactive(&answer), "identity provider 'tokenx' is not enabled");
    for wrong in [json!({}), json!({ "token": token }), json!({ "identity_provider": "helseid", "token": 7 })]
    {
        let answer = sidecar.post(PATH, &wrong).await;
        assert_eq!((answer.status, answer.error()), (400, "invalid_request"), "{wrong} {answer:?}");
    }
    assert_eq!(sidecar.get(PATH).await.status, 405);
}

#[tokio::test]
async fn a_caller_looks_at_tokens_of_its_own_apis_alone() {
    let world = World::start(Profile::Legacy).await.unwrap();
    let token = bearer(&world).await;
    let caller = "[sidecar.caller.lab]\nshared_key_file = \"shared.key\"\nprotects = [\"lab\"]\nendpoints = [\"introspect\"]\n";
    let sections = section("patients", BOTH) + &section("lab", BOTH) + caller;
    let flags = helseid_sidecar::ListenFlags { insecure_no_key: false, ..open() };
    let sidecar = run(&world, Folder::new(&world, &sections), flags).await;
    let lines = format!("Content-Type: application/json\r\nX-HelseID-Key: {KEY}\r\n");
    let mut body = json!({ "identity_provider": "helseid", "token": token });
    let answer = sidecar.post_with(&lines, PATH, &body.to_string()).await;
    assert_eq!(answer.body["active"], Value::Bool(true), "its only one: {answer:?}");
    body["protect"] = "patients".into();
    inactive(&sidecar.post_with(&lines, PATH, &body.to_string()).await);
    assert_eq!(sidecar.post(PATH, &body).await.status, 401);
    assert_eq!(sidecar.post_with(&lines, "/api/v1/token", "{}").await.status, 403);
}
