//! The running API against its OpenAPI document: each operation is called, and what it answers is what the document says.

mod schema;

use std::collections::BTreeSet;

use helseid_authority::Config;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::desk::{Desk, READ, new_key};
use crate::http;

/// The document, and the operations whose good answer was seen.
struct Document {
    desk: Desk,
    document: Value,
    seen: BTreeSet<String>,
}

impl Document {
    async fn new() -> Self {
        let desk = Desk::with(Config::in_memory().enable_faults(), |_| ()).await;
        let (status, document) = desk.admin(Method::GET, "/openapi.json", None).await;
        assert_eq!(status, StatusCode::OK);
        Self { desk, document, seen: BTreeSet::new() }
    }

    /// The good answer of an operation, by its id; `values` take the place of the names in its path.
    async fn call(&mut self, id: &str, values: &[&str], body: Option<Value>) -> Value {
        let (path, method, operation) = self.operation(id);
        let mut values = values.iter();
        let segment = |segment: &str| match segment.starts_with('{') {
            true => (*values.next().unwrap()).to_owned(),
            false => segment.to_owned(),
        };
        let path = path.split('/').map(segment).collect::<Vec<_>>().join("/");
        let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes()).unwrap();
        let content = operation.pointer("/requestBody/content/application~1json/schema");
        assert_eq!(content.is_some(), body.is_some(), "{id} has a body or not");
        if let (Some(schema), Some(body)) = (content, &body) {
            schema::check(&self.document, schema, body, id);
        }
        let (status, answer) =
            self.desk.admin(method, path.trim_start_matches("/admin/api"), body.as_ref()).await;
        assert!(status.is_success(), "{id}: {status} {answer}");
        let described = &operation["responses"][status.as_str()];
        match described.pointer("/content/application~1json/schema") {
            Some(schema) => schema::check(&self.document, schema, &answer, id),
            None => {
                assert_eq!((status, &answer), (StatusCode::NO_CONTENT, &Value::Null), "{id}: {described}")
            }
        }
        self.seen.insert(id.to_owned());
        answer
    }

    fn operation(&self, id: &str) -> (String, String, Value) {
        let found = operations(&self.document).find(|(_, _, operation)| operation["operationId"] == id);
        found.unwrap_or_else(|| panic!("no operation {id}"))
    }
}

/// Path, method and description of each operation.
fn operations(document: &Value) -> impl Iterator<Item = (String, String, Value)> {
    let paths = document["paths"].as_object().unwrap().clone();
    paths.into_iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().clone();
        methods.into_iter().map(move |(method, operation)| (path.clone(), method, operation))
    })
}

fn public_key() -> Value {
    Value::Object(new_key().public().members().clone())
}

#[tokio::test]
async fn every_operation_answers_what_the_document_says() {
    let mut api = Document::new().await;
    api.call("openapi", &[], None).await;

    let registration = json!({
        "name": "mine", "scopes": [READ], "keys": [public_key()], "keys_expire": 1_900_000_000, "tenancy": "multi-tenant",
        "org_parent": "123456785", "profile": "helseid", "token_lifetime_seconds": 60,
    });
    let made = api.call("registerClient", &[], Some(registration.clone())).await;
    let id = made["client_id"].as_str().unwrap().to_owned();
    api.call("putClient", &[&id], Some(registration)).await;
    api.call("changeClient", &[&id], Some(json!({ "name": "renamed", "enabled": false }))).await;
    let more = api.call("addKey", &[&id], Some(json!({ "jwk": public_key(), "expires": null }))).await;
    api.call("removeKey", &[&id, more["keys"][1]["thumbprint"].as_str().unwrap()], None).await;
    api.call("showClient", &[&id], None).await;
    assert_eq!(api.call("listClients", &[], None).await["items"].as_array().unwrap().len(), 2);

    let entry = json!({ "audience": "nhn:mine", "scopes": ["nhn:mine/read"], "claims": ["helseid://claims/client/claims/orgnr_parent"] });
    api.call("putApi", &[], Some(entry)).await;
    api.call("listApis", &[], None).await;
    api.call("removeApi", &["nhn:mine"], None).await;
    let entry = json!({ "number": "123456785", "name": "An organisation", "children": ["999977774"] });
    api.call("putOrganisation", &[], Some(entry)).await;
    api.call("listOrganisations", &[], None).await;
    let entry = json!({
        "short_name": "surgeon", "number": "29829620004", "given_name": "Bjørn", "family_name": "Ås", "level": 3,
        "identity_providers": ["testidp-oidc"], "health_personnel": {
            "hpr_number": 7, "approvals": [{ "profession": "LE", "specialities": [{ "value": "1", "description": "x" }] }],
        },
    });
    api.call("putPerson", &[], Some(entry)).await;
    assert_eq!(api.call("listPersons", &[], None).await.as_array().unwrap().len(), 9);
    api.call("removePerson", &["surgeon"], None).await;
    let entry = json!({ "parent": "999977774", "supplier": "123456785" });
    api.call("putDelegation", &[], Some(entry.clone())).await;
    api.call("listDelegations", &[], None).await;
    api.call("removeDelegation", &[], Some(entry)).await;
    api.call("removeOrganisation", &["123456785"], None).await;

    let made =
        api.call("makeAccessKey", &[], Some(json!({ "purpose": "test-tokens", "name": "mine" }))).await;
    api.call("listAccessKeys", &[], None).await;
    api.call("removeAccessKey", &[made["id"].as_str().unwrap()], None).await;
    api.call("makeSignInLink", &[], None).await;

    let login = json!({ "redirect_uris": ["https://app.example/callback"], "require_dpop": false });
    let grants = ["authorization_code", "refresh_token"];
    api.call("changeClient", &[&id], Some(json!({ "enabled": true, "grant_types": grants, "login": login })))
        .await;
    let signed_in = api.call("signIn", &[], Some(json!({ "client_id": id, "person": "doctor" }))).await;
    assert!(signed_in["refresh_token"].is_string() && signed_in["id_token"].is_string());
    api.call("endLogins", &[], Some(json!({ "person": "doctor" }))).await;

    let faults = json!({ "server_errors": 0, "server_error_status": 500, "token_type": "N_A" });
    api.call("putFaults", &["the-client"], Some(faults.clone())).await;
    let shown = api.call("showFaults", &["the-client"], None).await;
    assert_eq!(api.call("showScenario", &["the-client"], None).await, shown, "the former path");
    api.call("removeFaults", &["the-client"], None).await;
    api.call("putScenario", &["the-client"], Some(faults)).await;
    assert_eq!(api.call("showFaults", &["the-client"], None).await, shown);
    api.call("removeScenario", &["the-client"], None).await;

    let opened = api.call("openConformance", &[], Some(json!({ "profile": "legacy" }))).await;
    let session = opened["session"].as_str().unwrap().to_owned();
    let sent = api.desk.sent(READ).await;
    api.desk.post_to(&format!("/{session}/connect/token"), &sent).send().await.unwrap();
    api.call("listConformance", &[], None).await;
    api.call("showConformance", &[&session], None).await;
    api.call("endConformance", &[&session], None).await;

    // One request that is granted, and one that breaks a rule.
    api.desk.token(READ).await;
    let mut sent = api.desk.sent(READ).await;
    sent.assertion = api.desk.assertion().header("typ", "JWT").sign(&api.desk.key);
    assert_eq!(api.desk.answer(&sent).await.0, StatusCode::BAD_REQUEST);
    let page = api.call("trace", &[], None).await;
    for entry in page["items"].as_array().unwrap().clone() {
        api.call("traceOne", &[entry["id"].as_str().unwrap()], None).await;
    }

    api.call("rotateKeys", &[], Some(json!({ "lead_seconds": 60 }))).await;
    api.call("signingKeys", &[], None).await;
    api.call("audit", &[], None).await;
    api.call("removeClient", &[&id], None).await;

    let all: BTreeSet<_> = operations(&api.document)
        .map(|(_, _, operation)| operation["operationId"].as_str().unwrap().to_owned())
        .collect();
    // An entry that cannot be read has to be put there by hand, and a stream without end is read in tests of its own.
    let elsewhere = ["listBroken", "removeBroken", "traceLive"].map(str::to_owned);
    assert_eq!(all.difference(&api.seen).cloned().collect::<Vec<_>>(), elsewhere);
}

/// What serde says of a member that it does not know names those that it knows.
fn known_members(problem: &Value) -> BTreeSet<String> {
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("unknown field `nonsense`"), "{problem}");
    let (_, known) = detail.split_once("expected ").unwrap_or_else(|| panic!("{problem}"));
    known.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[tokio::test]
async fn the_members_of_a_body_and_of_a_query_are_those_that_the_document_names_and_no_others() {
    let api = Document::new().await;
    for (path, method, operation) in operations(&api.document) {
        let path = path
            .trim_start_matches("/admin/api")
            .replace("{client_id}", "the-client")
            .replace("{request}", "x");
        let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes()).unwrap();
        if let Some(schema) = operation.pointer("/requestBody/content/application~1json/schema") {
            let schema = schema::resolved(&api.document, schema);
            if schema["additionalProperties"] != false {
                assert_eq!(path, "/broken", "every other body is closed");
                continue;
            }
            let (status, problem) =
                api.desk.admin(method.clone(), &path, Some(&json!({ "nonsense": 1 }))).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{method} {path}: {problem}");
            let documented = schema["properties"].as_object().unwrap().keys().cloned().collect();
            assert_eq!(known_members(&problem), documented, "{method} {path}");
        }
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let of_query = parameters.iter().filter(|parameter| parameter["in"] == "query");
        let documented: BTreeSet<_> =
            of_query.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect();
        if !documented.is_empty() {
            let (status, problem) = api.desk.admin(method.clone(), &format!("{path}?nonsense=1"), None).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{method} {path}: {problem}");
            assert_eq!(known_members(&problem), documented, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_refusal_is_what_the_document_says() {
    let api = Document::new().await;
    let problem =
        api.document["components"]["responses"]["Problem"]["content"]["application/problem+json"]["schema"]
            .clone();
    let token = api.desk.running.admin_token().to_owned();
    for (path, expected) in [
        ("/clients/nobody", StatusCode::NOT_FOUND),
        ("/clients/%FF", StatusCode::BAD_REQUEST),
        ("/nothing/%FF", StatusCode::NOT_FOUND),
        ("/clients?limit=x", StatusCode::BAD_REQUEST),
    ] {
        let answer =
            http().get(api.desk.url(&format!("/admin/api{path}"))).bearer_auth(&token).send().await.unwrap();
        assert_eq!(
            (answer.status(), &answer.headers()["content-type"]),
            (expected, &"application/problem+json".parse().unwrap())
        );
        let refusal: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        schema::check(&api.document, &problem, &refusal, path);
    }
}
