use helseid_authority::Running;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{http, json, start, url};

const CLIENTS: &str = "/admin/api/clients";
const READ: &str = "norsk-helsenett:python-sample-api/read";

async fn send(running: &Running, method: Method, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
    let mut request = http().request(method, url(running, path)).bearer_auth(running.admin_token());
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let bytes = answer.bytes().await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

fn new_key() -> PrivateJwk {
    PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None)
}

fn registration(key: &PrivateJwk) -> Value {
    json!({ "name": "mine", "scopes": [READ], "keys": [key.public().members()] })
}

#[tokio::test]
async fn a_client_is_registered_shown_changed_and_removed() {
    let running = start().await;
    let (status, made) = send(&running, Method::POST, CLIENTS, Some(&registration(&new_key()))).await;
    assert_eq!(status, StatusCode::CREATED);
    let id = made["client_id"].as_str().unwrap();
    assert_eq!((id.len(), id.matches('-').count(), &id[14..15]), (36, 4, "4"));
    assert_eq!(made["scopes"], json!(["nhn:selvbetjening/client", READ]));
    assert_eq!((&made["token_lifetime_seconds"], &made["tenancy"]), (&json!(600), &json!("none")));

    let path = format!("{CLIENTS}/{id}");
    let mut change = registration(&new_key());
    change["name"] = json!("mine, renamed");
    assert_eq!(send(&running, Method::PUT, &path, Some(&change)).await.1["name"], "mine, renamed");
    assert_eq!(send(&running, Method::GET, &path, None).await.1["keys"].as_array().map(Vec::len), Some(1));
    change["client_id"] = json!(id);
    assert_eq!(send(&running, Method::POST, CLIENTS, Some(&change)).await.0, StatusCode::CONFLICT);
    assert_eq!(send(&running, Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(send(&running, Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(send(&running, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_private_key_is_refused_and_neither_kept_nor_repeated() {
    let running = start().await;
    let key = new_key();
    let mut sent = registration(&key);
    let private: Value = serde_json::from_str(key.to_json().expose()).unwrap();
    sent["keys"] = json!([private]);
    let (status, problem) = send(&running, Method::POST, CLIENTS, Some(&sent)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(!problem.to_string().contains(private["d"].as_str().unwrap()));
    assert!(problem["detail"].as_str().unwrap().contains("private member d"), "{problem}");
    assert_eq!(send(&running, Method::GET, CLIENTS, None).await.1["items"], json!([]));
}

/// A public key of the kind of CVE-2017-15361.
fn roca() -> Value {
    let keys = include_str!("../../../helseid-protocol/tests/data/rsa-roca.json");
    serde_json::from_str::<Value>(keys).unwrap()["public"].clone()
}

#[tokio::test]
async fn what_is_wrong_is_refused_with_what_to_do() {
    let running = start().await;
    let with = |name: &str, value: Value| {
        let mut sent = registration(&new_key());
        sent[name] = value;
        sent
    };
    for (sent, word) in [
        (with("scopes", json!(["nhn:nowhere/read"])), "helseid api add"),
        (with("scopes", json!(["a b"])), "JSON"),
        (with("name", json!(" ")), "another name"),
        (with("name", json!("a\nb")), "another name"),
        (with("name", json!("Klinikk\u{202e}")), "another name"),
        (with("name", json!("Klin\u{200b}ikk")), "another name"),
        (with("keys", json!([roca()])), "smart card"),
        (with("keys", json!(["text"])), "_public.json"),
        (with("keys", json!([{ "kty": "oct", "k": "AAAA" }])), "key generate"),
        (with("token_lifetime_seconds", json!(0)), "600"),
        (with("profile", json!("strict")), "JSON"),
        (with("org_parent", json!("12345")), "JSON"),
        (with("nonsense", json!(1)), "JSON"),
    ] {
        let (status, problem) = send(&running, Method::POST, CLIENTS, Some(&sent)).await;
        assert!(status.is_client_error(), "{sent} {status}");
        assert!(problem["next"].as_str().unwrap_or_default().contains(word), "{problem}");
    }
}

#[tokio::test]
async fn the_list_comes_in_pages() {
    let running = start().await;
    for n in 0..5 {
        let path = format!("{CLIENTS}/client-{n}");
        assert_eq!(
            send(&running, Method::PUT, &path, Some(&registration(&new_key()))).await.0,
            StatusCode::OK
        );
    }
    let (_, first) = send(&running, Method::GET, &format!("{CLIENTS}?limit=3"), None).await;
    assert_eq!((first["items"].as_array().unwrap().len(), &first["next"]), (3, &json!("client-2")));
    let (_, rest) = send(&running, Method::GET, &format!("{CLIENTS}?limit=3&after=client-2"), None).await;
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (2, &Value::Null));
}

#[tokio::test]
async fn apis_organisations_and_delegations_are_added_and_removed() {
    let running = start().await;
    let api = json!({ "audience": "nhn:mine", "scopes": ["nhn:mine/read"] });
    assert_eq!(send(&running, Method::POST, "/admin/api/apis", Some(&api)).await.0, StatusCode::NO_CONTENT);
    let taken = json!({ "audience": "nhn:other", "scopes": ["nhn:mine/read"] });
    assert_eq!(send(&running, Method::POST, "/admin/api/apis", Some(&taken)).await.0, StatusCode::CONFLICT);
    assert_eq!(
        send(&running, Method::DELETE, "/admin/api/apis/nhn:mine", None).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        send(&running, Method::DELETE, "/admin/api/apis/nhn:mine", None).await.0,
        StatusCode::NOT_FOUND
    );

    let organisation = json!({ "number": "123456785", "name": "Test", "children": [] });
    let path = "/admin/api/organisations";
    assert_eq!(send(&running, Method::POST, path, Some(&organisation)).await.0, StatusCode::NO_CONTENT);
    // PostgreSQL keeps no such text, and people cannot read it.
    let odd = json!({ "number": "123456785", "name": "Te\u{0}st", "children": [] });
    assert_eq!(send(&running, Method::POST, path, Some(&odd)).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let one = format!("{path}/123456785");
    assert_eq!(send(&running, Method::DELETE, &one, None).await.0, StatusCode::NO_CONTENT);
    let delegation = json!({ "parent": "123456785", "supplier": "313745392" });
    let path = "/admin/api/delegations";
    assert_eq!(send(&running, Method::POST, path, Some(&delegation)).await.0, StatusCode::NO_CONTENT);
    assert_eq!(send(&running, Method::DELETE, path, Some(&delegation)).await.0, StatusCode::NO_CONTENT);
    assert_eq!(send(&running, Method::DELETE, path, Some(&delegation)).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn persons_are_added_changed_and_removed_by_short_name_and_no_refusal_repeats_a_number() {
    let running = start().await;
    let path = "/admin/api/persons";
    let person = |number: &str| json!({ "short_name": "surgeon", "number": number, "given_name": "Bjørn", "family_name": "Ærlig Ås" });
    let put = async |body: Value| send(&running, Method::POST, path, Some(&body)).await;
    assert_eq!(put(person("29829620004")).await.0, StatusCode::NO_CONTENT);
    assert_eq!(put(person("14838020004")).await.0, StatusCode::NO_CONTENT);
    let (_, all) = send(&running, Method::GET, path, None).await;
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 9, "eight of the first start, and one");
    let surgeon = all.iter().find(|person| person["short_name"] == "surgeon").unwrap();
    assert_eq!((&surgeon["number"], &surgeon["level"]), (&json!("14838020004"), &json!(4)));
    for (number, status, why) in [
        ("14838020005", StatusCode::UNPROCESSABLE_ENTITY, "check digits"),
        ("14038020004", StatusCode::UNPROCESSABLE_ENTITY, "real person"),
        ("1483802000", StatusCode::UNPROCESSABLE_ENTITY, "eleven digits"),
        ("14438020021", StatusCode::BAD_REQUEST, "40"),
        ("06828399789", StatusCode::CONFLICT, "the person doctor has it"),
    ] {
        let (got, problem) = put(person(number)).await;
        assert_eq!(got, status, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(why), "{problem}");
        assert!(!problem.to_string().contains(number), "{problem}");
    }
    let (status, problem) = send(&running, Method::DELETE, &format!("{path}/14838020004"), None).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(!problem.to_string().contains("14838020004"), "{problem}");
    let one = format!("{path}/surgeon");
    assert_eq!(send(&running, Method::DELETE, &one, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(send(&running, Method::DELETE, &one, None).await.0, StatusCode::NOT_FOUND);
    let (_, log) = send(&running, Method::GET, "/admin/api/audit", None).await;
    assert!(log.to_string().contains("surgeon") && !log.to_string().contains("14838020004"), "{log}");
}

#[tokio::test]
async fn a_number_with_40_added_to_the_month_is_taken_where_the_authority_is_set_up_for_it() {
    let running = crate::start_with(helseid_authority::Config::in_memory().allow_plus_40_numbers()).await;
    let person =
        json!({ "short_name": "p", "number": "14438020021", "given_name": "Bjørn", "family_name": "Ås" });
    let (status, problem) = send(&running, Method::POST, "/admin/api/persons", Some(&person)).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{problem}");
}

/// There are no other routes than those of the document, by types: the router takes the operations that the document is made
/// of, and nothing else.
#[tokio::test]
async fn each_path_has_the_methods_that_are_documented_and_no_other() {
    let running = start().await;
    let (status, document) = send(&running, Method::GET, "/admin/api/openapi.json", None).await;
    assert_eq!(status, StatusCode::OK);
    let paths = document["paths"].as_object().unwrap();
    for (path, operations) in paths {
        let there = path.replace(['{', '}'], "");
        for method in ["get", "post", "put", "patch", "delete"] {
            let documented = operations.get(method).is_some();
            if documented && there.ends_with("/live") {
                continue;
            }
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let (status, problem) = send(&running, method.clone(), &there, None).await;
            let exists = status != StatusCode::METHOD_NOT_ALLOWED
                && !problem["title"].as_str().unwrap_or_default().starts_with("there is no path");
            assert_eq!(exists, documented, "{method} {path}: {status} {problem}");
        }
    }
}

#[tokio::test]
async fn only_the_holder_of_the_token_comes_in_and_from_no_other_site() {
    let running = start().await;
    let own = format!("Bearer {}", running.admin_token());
    let host = running.addresses()[0].to_string();
    let origin = format!("http://{host}");
    let cases: [(&str, &str, &str, StatusCode); 9] = [
        (&own, &host, "", StatusCode::OK),
        (&own, &host, &origin, StatusCode::OK),
        // Our other name is another site to a browser.
        (&own, &host, running.issuer().as_str(), StatusCode::FORBIDDEN),
        ("", &host, "", StatusCode::UNAUTHORIZED),
        ("Bearer wrong", &host, "", StatusCode::UNAUTHORIZED),
        ("Basic YTpi", &host, "", StatusCode::UNAUTHORIZED),
        (&own, "evil.example", "", StatusCode::MISDIRECTED_REQUEST),
        (&own, &host, "https://evil.example", StatusCode::FORBIDDEN),
        (&own, &host, "null", StatusCode::FORBIDDEN),
    ];
    for (authorization, host, origin, expected) in cases {
        for path in [CLIENTS, "/admin/api/nothing"] {
            let mut request = http().get(url(&running, path)).header("host", host);
            if !authorization.is_empty() {
                request = request.header("authorization", authorization);
            }
            if !origin.is_empty() {
                request = request.header("origin", origin);
            }
            let answer = request.send().await.unwrap();
            let expected =
                if expected == StatusCode::OK && path != CLIENTS { StatusCode::NOT_FOUND } else { expected };
            assert_eq!(answer.status(), expected, "{path} {authorization} {host} {origin}");
            if !answer.status().is_success() && answer.status() != StatusCode::NOT_FOUND {
                assert!(json(answer).await["next"].is_string());
            }
        }
    }
}
