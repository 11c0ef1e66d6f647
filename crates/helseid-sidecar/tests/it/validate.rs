//! The facts of a request, verified for a program that has them.

use helseid_protocol::rule::Profile;
use helseid_testkit::World;
use http::Method;
use serde_json::{Value, json};

use crate::gate::{proof, section};
use crate::world::sidecar;

const PATH: &str = "/api/v1/validate/patients";
const URL: &str = "https://api.example/v1/patients";

async fn facts(world: &World, more: &[(&str, Value)]) -> Value {
    let headers = proof(&world.client().unwrap(), Method::GET, URL).await;
    let text = |value: &http::HeaderValue| Value::from(value.to_str().unwrap());
    let mut facts = json!({ "method": "GET", "authorization": text(headers.authorization()), "dpop": text(headers.dpop().unwrap()) });
    for (name, value) in more {
        facts[*name] = value.clone();
    }
    facts
}

#[tokio::test]
async fn a_valid_request_has_claims_and_a_copy_has_none() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let sidecar = sidecar(&world, &section("patients", "")).await;
    for place in [("path", "/v1/patients?q=1"), ("url", "https://api.example/v1/patients?q=1")] {
        let facts = facts(&world, &[(place.0, place.1.into())]).await;
        let admitted = sidecar.post(PATH, &facts).await;
        assert_eq!((admitted.status, &admitted.body["admitted"]), (200, &Value::Bool(true)), "{admitted:?}");
        assert_eq!(admitted.body["claims"]["client_id"], world.client_id.as_str());
        assert_eq!(
            (admitted.text("token_type"), admitted.header("cache-control")),
            ("DPoP", Some("no-store"))
        );
        let copy = sidecar.post(PATH, &facts).await;
        assert_eq!((copy.status, copy.text("rule")), (401, "dpop.jti_once"), "{copy:?}");
        assert_eq!((&copy.body["admitted"], &copy.body["claims"]), (&Value::Bool(false), &Value::Null));
        assert_eq!(copy.body["headers"]["WWW-Authenticate"].as_str(), copy.header("www-authenticate"));
    }
}

#[tokio::test]
async fn each_broken_request_is_refused_by_its_rule() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let sidecar = sidecar(&world, &section("patients", "")).await;
    let path = ("path", Value::from("/v1/patients"));
    for (change, status, rule) in [
        (("dpop", Value::Null), 401, "api.proof"),
        (("authorization", Value::Null), 401, "no_credentials"),
        (("method", "POST".into()), 401, "dpop.htm"),
        (("path", "/v1/others".into()), 401, "dpop.htu"),
        (("path", "/v1/../patients".into()), 403, "address"),
        (("path", "/patients".into()), 403, "address"),
    ] {
        let answer = sidecar.post(PATH, &facts(&world, &[path.clone(), change.clone()]).await).await;
        assert_eq!((answer.status, answer.text("rule")), (status, rule), "{change:?} {answer:?}");
    }
    for url in [
        "https://api.example/v2/patients",
        "http://api.example/v1/patients",
        "https://evil.example/v1/patients",
    ] {
        let answer = sidecar.post(PATH, &facts(&world, &[("url", url.into())]).await).await;
        assert_eq!((answer.status, answer.text("rule")), (403, "address"), "{url} {answer:?}");
    }
}

#[tokio::test]
async fn what_are_no_facts_of_a_request_is_an_error_and_no_refusal() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let sidecar = sidecar(&world, &section("patients", "")).await;
    for wrong in [
        json!({}),
        json!({ "method": "GET" }),
        json!({ "method": "G T", "path": "/v1" }),
        json!({ "method": "GET", "path": "v1" }),
        json!({ "method": "GET", "path": "/v1", "url": "https://api.example/v1" }),
        json!({ "method": "GET", "path": "/v1", "authorization": "DPoP a\r\nb" }),
        json!({ "method": "GET", "path": "/v1", "header": "a" }),
    ] {
        let answer = sidecar.post(PATH, &wrong).await;
        assert_eq!((answer.status, answer.error()), (400, "invalid_request"), "{wrong} {answer:?}");
    }
    let unknown = sidecar.post("/api/v1/validate/nobody", &json!({ "method": "GET", "path": "/v1" })).await;
    assert_eq!((unknown.status, unknown.error()), (400, "invalid_request"));
}
