//! What a running sidecar answers, held to the document that describes it: by every test that asks with
//! [`Running::raw`](crate::world::Running::raw), and for each path by one here.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use helseid_protocol::rule::Profile;
use helseid_sidecar::ListenFlags;
use helseid_testkit::{SCOPE, World};
use http::Method;
use serde_json::{Map, Value, json};

use crate::gate::{NGINX, lines, proof, section};
use crate::world::{Answer, Folder, KEY, open, run};

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../openapi.json")).unwrap());

/// What is described of a request: the template of its path, and its operation; nothing for one that is not there.
fn described<'a>(document: &'a Value, method: &str, target: &str) -> Option<(&'a str, &'a Value)> {
    let path = target.split('?').next().unwrap();
    let fits = |template: &str| {
        let (mut parts, mut own) = (template.split('/'), path.split('/'));
        loop {
            match (parts.next(), own.next()) {
                (None, None) => return true,
                (Some("{rest}" | "{path}"), Some(_)) => return true,
                (Some(part), Some(given))
                    if part == given || (part.starts_with('{') && !given.is_empty()) => {}
                _ => return false,
            }
        }
    };
    // A path without values goes before one with them, and fewer before more.
    let paths = document["paths"].as_object().unwrap().iter().filter(|(template, _)| fits(template));
    let (template, item) = paths.min_by_key(|(template, _)| template.matches('{').count())?;
    Some((template, item.get(method.to_ascii_lowercase())?))
}

/// Holds an answer to what is described of the request; the template of its path.
fn held<'a>(
    document: &'a Value,
    (method, target): (&str, &str),
    answer: &Answer,
) -> Result<Option<&'a str>, String> {
    let Some((template, operation)) = described(document, method, target) else { return Ok(None) };
    let responses = &operation["responses"];
    let told = responses.get(answer.status.to_string()).or(responses.get("default"));
    let told = resolved(document, told.ok_or_else(|| format!("{} is not described", answer.status))?);
    let is_ours = answer.header("x-helseid-sidecar").is_some();
    let refusal = &document["components"]["responses"]["Refusal"];
    // An API's answer may be anything: what is told of it is how to know that it is none of the sidecar's own.
    let told = if template.starts_with("/call/") && is_ours { refusal } else { told };
    for (name, _) in told.get("headers").and_then(Value::as_object).into_iter().flatten() {
        if answer.status == 200 && !template.starts_with("/call/") && answer.header(name).is_none() {
            return Err(format!("the header {name} is missing"));
        }
    }
    let Some(content) = told.get("content").and_then(Value::as_object).filter(|_| method != "HEAD") else {
        return Ok(Some(template));
    };
    let kind = answer.header("content-type").unwrap_or_default();
    let kind = if kind == "application/problem+json" { "application/json" } else { kind };
    let content = content.get(kind).ok_or_else(|| format!("{kind:?} is not one of {:?}", content.keys()))?;
    match content.get("schema") {
        Some(schema) => fits(document, schema, &answer.body).map(|()| Some(template)),
        None => Ok(Some(template)),
    }
}

fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(to) => document.pointer(&to[1..]).unwrap(),
        None => value,
    }
}

/// Whether a value fits a schema, by those words of JSON Schema that the document has.
fn fits(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let wrong = |why: &str| Err(format!("{value} {why} of {schema}"));
    let nothing = Map::new();
    let members = value.as_object().unwrap_or(&nothing);
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&nothing);
    for (word, meant) in schema.as_object().unwrap() {
        match word.as_str() {
            "description" | "format" => {}
            "$ref" => fits(document, resolved(document, schema), value)?,
            "type" => {
                let is = |name: &Value| match name.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "integer" => value.is_i64() || value.is_u64(),
                    "null" => value.is_null(),
                    other => panic!("{other}"),
                };
                if !meant.as_array().map_or_else(|| is(meant), |names| names.iter().any(is)) {
                    return wrong("is not of the type");
                }
            }
            "anyOf" => {
                if !meant.as_array().unwrap().iter().any(|one| fits(document, one, value).is_ok()) {
                    return wrong("is none");
                }
            }
            "required" => {
                if !meant.as_array().unwrap().iter().all(|name| members.contains_key(name.as_str().unwrap()))
                {
                    return wrong("lacks a member");
                }
            }
            "properties" => {
                for (name, schema) in properties {
                    members.get(name).map_or(Ok(()), |member| fits(document, schema, member))?;
                }
            }
            "additionalProperties" => {
                for (_, member) in members.iter().filter(|(name, _)| !properties.contains_key(*name)) {
                    match meant {
                        Value::Bool(true) => {}
                        Value::Bool(false) => return wrong("has a member more"),
                        schema => fits(document, schema, member)?,
                    }
                }
            }
            "items" => {
                value.as_array().into_iter().flatten().try_for_each(|item| fits(document, meant, item))?
            }
            "minimum" if value.as_f64() < meant.as_f64() => return wrong("is less"),
            "maximum" if value.as_f64() > meant.as_f64() => return wrong("is more"),
            "minimum" | "maximum" => {}
            other => panic!("{other} is a word that this does not know"),
        }
    }
    Ok(())
}

/// Panics if an answer is not what the document says of the request with this head. Requests to hosts of others and heads
/// that are too long are not: they are described once for all.
pub(crate) fn hold(request: &str, own: &str, answer: &Answer) {
    let hosts: Vec<_> = request.lines().filter_map(|line| line.strip_prefix("Host: ")).collect();
    let mut line = request.lines().next().unwrap().split(' ');
    let (Some(method), Some(target)) = (line.next(), line.next()) else { return };
    if hosts == [own]
        && answer.status != 431
        && target.starts_with('/')
        && let Err(why) = held(&DOCUMENT, (method, target), answer)
    {
        panic!("{method} {target}: {why}\n{answer:?}");
    }
}

fn told(status: u16, head: &str, body: Value) -> Answer {
    Answer { status, head: format!("HTTP/1.1 {status} A\r\n{head}"), body }
}

#[test]
fn what_is_not_as_described_is_found() {
    let token = json!({ "access_token": "a", "token_type": "DPoP", "expires_in": 7 });
    let with = |name: &str, value: Value| {
        let mut changed = token.clone();
        changed[name] = value;
        changed
    };
    let json = "Content-Type: application/json";
    let of = ("POST", "/api/v1/token");
    assert_eq!(held(&DOCUMENT, of, &told(200, json, token.clone())), Ok(Some("/api/v1/token")));
    for wrong in [
        told(200, json, with("expires_in", json!("7"))),
        told(200, json, with("expires_in", json!(-7))),
        told(200, json, json!({ "access_token": "a", "token_type": "DPoP" })),
        told(200, json, json!([])),
        told(200, "Content-Type: text/plain", token.clone()),
        told(200, "", token.clone()),
        told(400, json, token.clone()),
        told(418, json, token.clone()),
    ] {
        assert!(held(&DOCUMENT, of, &wrong).is_err(), "{wrong:?}");
    }
    let gate = ("GET", "/forward-auth/patients");
    assert!(
        held(&DOCUMENT, gate, &told(200, "X-HelseID-Claims: e30", Value::Null)).is_err(),
        "headers are missing"
    );
    assert!(held(&DOCUMENT, ("GET", "/health"), &told(204, "", Value::Null)).is_err());
    assert_eq!(held(&DOCUMENT, ("GET", "/nothing"), &told(404, "", Value::Null)), Ok(None));
}

#[tokio::test]
async fn each_path_answers_as_it_is_described() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let folder = Folder::new(&world, &section("patients", NGINX));
    let shared_key_file = Some(folder.path("shared.key"));
    let flags = ListenFlags { insecure_no_key: false, shared_key_file, ..open() };
    let sidecar = run(&world, folder, flags).await;
    let (host, client) = (sidecar.address.unwrap(), world.client().unwrap());
    let wish = json!({ "identity_provider": "helseid", "target": SCOPE, "user_token": "a", "token": "a" });
    let wanted = json!({ "api": "sample", "method": "GET", "url": world.url() });
    let given = sidecar
        .post_with(
            &format!("X-HelseID-Key: {KEY}\r\nContent-Type: application/json\r\n"),
            "/api/v1/headers",
            &wanted.to_string(),
        )
        .await;
    let answered = json!({ "handle": given.text("handle"), "status": 200, "headers": { "a": ["b"] } });
    let url = "https://api.example/v1/patients";
    let asked = lines(&proof(&client, Method::GET, url).await)
        + "X-Original-Method: GET\r\nX-Original-URI: /v1/patients\r\n";
    let only = lines(&proof(&client, Method::GET, url).await)
        + "X-Original-Method: GET\r\nX-Original-URI: /v1/patients\r\n";
    let metadata = "X-Original-URI: /.well-known/oauth-protected-resource/v1\r\n";
    let mut paths = BTreeSet::new();
    for (method, target, lines, body, status) in [
        ("GET", "/health", "", None, 200),
        ("GET", "/ready", "", None, 200),
        ("GET", "/metrics", "", None, 200),
        ("GET", "/openapi.json", "", None, 200),
        ("POST", "/api/v1/token", "", Some(&wish), 200),
        ("POST", "/api/v1/token/exchange", "", Some(&wish), 400),
        ("POST", "/api/v1/introspect", "", Some(&wish), 200),
        ("POST", "/api/v1/headers", "", Some(&wanted), 200),
        ("POST", "/api/v1/answered", "", Some(&answered), 200),
        (
            "POST",
            "/api/v1/validate/patients",
            "",
            Some(&json!({ "method": "GET", "path": "/v1/patients" })),
            401,
        ),
        ("POST", "/oauth2/token", "", Some(&wish), 400),
        ("POST", "/oauth2/token/default", "", Some(&wish), 400),
        ("GET", "/call/sample", "", None, 404),
        ("GET", "/call/sample/", "", None, 404),
        ("GET", "/call/sample/whoami?q=1", "", None, 200),
        ("GET", "/forward-auth", &only, None, 200),
        ("GET", "/forward-auth/patients", &asked, None, 200),
        ("PUT", "/forward-auth/patients/v1/patients", &asked, None, 500),
        ("GET", "/resource-metadata/patients", metadata, None, 200),
    ] {
        let body = body.map(Value::to_string).unwrap_or_default();
        let kind = if body.is_empty() {
            String::new()
        } else {
            format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len())
        };
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {host}\r\nX-HelseID-Key: {KEY}\r\n{kind}{lines}\r\n{body}"
        );
        let answer = sidecar.raw(&request).await;
        assert_eq!(answer.status, status, "{target} {answer:?}");
        paths.insert(held(&DOCUMENT, (method, target), &answer).unwrap().unwrap());
    }
    let all: BTreeSet<_> = DOCUMENT["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(paths, all);
}
