//! `doctor` against what HelseID does and the local authority does not: refusals that name no rule, `rejected_scope`, and
//! answers that the protocol does not allow. A stand-in answers as HelseID is documented to.

use std::io::Write as _;
use std::net::TcpListener;

use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, base64url};
use helseid_testkit::read_message;
use serde_json::{Value, json};

use crate::world::World;

/// A HelseID that asks for a nonce once, and then always answers this to token requests.
pub(crate) fn helseid(status: &'static str, answer: Value) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let named = issuer.clone();
    std::thread::spawn(move || {
        let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
        let jwks = json!({"keys": [key.public().members()]}).to_string();
        for mut stream in listener.incoming().flatten() {
            let (issuer, answer, jwks) = (named.clone(), answer.to_string(), jwks.clone());
            std::thread::spawn(move || {
                while let Ok(Some(request)) = read_message(&mut stream) {
                    let request = String::from_utf8_lossy(&request).into_owned();
                    let path = request.split(' ').nth(1).unwrap_or_default();
                    let proof =
                        request.lines().find_map(|line| line.strip_prefix("dpop: ")).unwrap_or_default();
                    let claims = proof.split('.').nth(1).map(|part| base64url::decode(part).unwrap());
                    let has_nonce =
                        claims.is_some_and(|claims| String::from_utf8_lossy(&claims).contains("nonce"));
                    let (status, more, body) = match (path, has_nonce) {
                        ("/.well-known/openid-configuration", _) => ("200 OK", "", metadata(&issuer)),
                        ("/jwks", _) => ("200 OK", "", jwks.clone()),
                        (_, false) => (
                            "400 Bad Request",
                            "dpop-nonce: n\r\n",
                            json!({"error": "use_dpop_nonce"}).to_string(),
                        ),
                        (_, true) => (status, "", answer.clone()),
                    };
                    let length = body.len();
                    let _ =
                        write!(stream, "HTTP/1.1 {status}\r\n{more}content-length: {length}\r\n\r\n{body}");
                }
            });
        }
    });
    issuer
}

fn metadata(issuer: &str) -> String {
    json!({"issuer": issuer, "jwks_uri": format!("{issuer}/jwks"), "token_endpoint": format!("{issuer}/connect/token")})
        .to_string()
}

/// The steps that were not passed or skipped: outcome, step, rule.
fn doctor(issuer: &str) -> (Vec<(String, String, Option<String>)>, String) {
    let world = World::new();
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "m2m"]);
    let arguments = [
        "--issuer",
        issuer,
        "--client-id",
        "a",
        "--key-file",
        "m2m_private.json",
        "--scope",
        "nhn:a/x nhn:b/y",
    ];
    let output = world.run(&[&["doctor", "--format", "json"], &arguments[..]].concat());
    let said = String::from_utf8(output.stdout).unwrap();
    let ticket: Value = serde_json::from_str(&said).unwrap();
    let text = |step: &Value, name: &str| step[name].as_str().map(str::to_owned);
    let steps = ticket["steps"].as_array().unwrap().iter();
    let found =
        steps.map(|step| (text(step, "outcome").unwrap(), text(step, "step").unwrap(), text(step, "rule")));
    let found = found.filter(|(outcome, ..)| outcome == "warned" || outcome == "failed");
    // That a local authority would say more, and that nothing is said of DPoP, is true of all of them.
    (found.filter(|(_, step, _)| step != "discovery").collect(), said)
}

fn refused(error: &str, description: Option<&str>) -> (String, String) {
    let issuer = helseid("400 Bad Request", json!({"error": error, "error_description": description}));
    let (found, said) = doctor(&issuer);
    assert_eq!(found.len(), 1, "{said}");
    assert_eq!((found[0].0.as_str(), &found[0].2), ("failed", &None), "{said}");
    (found[0].1.clone(), said)
}

#[test]
fn a_refusal_without_a_rule_belongs_to_the_step_that_its_code_says() {
    let (step, said) = refused("invalid_client", None);
    assert!(step == "client" && said.contains("HelseID does not say more: compare"), "{said}");
    for (error, description, expected) in [
        ("invalid_scope", None, "scopes"),
        ("invalid_target", None, "scopes"),
        ("invalid_dpop_proof", Some("Invalid 'iat' value."), "nonce"),
        ("invalid_request", Some("HID-1001: parent is not in the whitelist"), "organisation"),
        ("unauthorized_client", None, "client"),
        ("something_new", Some("nobody knows"), "client"),
    ] {
        let (step, said) = refused(error, description);
        assert_eq!(step, expected, "{said}");
    }
}

/// A token as HelseID makes them, unsigned: the doctor does not verify it, and the API that would is not asked.
fn token() -> String {
    let part = |value: Value| base64url::encode(value.to_string().as_bytes());
    let claims = json!({"iss": "x", "aud": ["nhn:a", "nhn:b"], "exp": 1_990_000_000, "scope": ["nhn:a/x"],
        "helseid://claims/identity/pid": "15849197352"});
    format!("{}.{}.AA", part(json!({"alg": "RS256", "typ": "at+jwt"})), part(claims))
}

#[test]
fn rejected_and_withheld_scopes_and_several_apis_are_warned_of_and_nobody_is_named() {
    let granted = |more: Value| {
        let mut answer =
            json!({"access_token": token(), "expires_in": 600, "token_type": "DPoP", "scope": "nhn:a/x"});
        answer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        doctor(&helseid("200 OK", answer))
    };
    let (found, said) = granted(json!({"rejected_scope": "nhn:b/y"}));
    let steps: Vec<_> = found.iter().map(|(outcome, step, _)| (outcome.as_str(), step.as_str())).collect();
    assert_eq!(steps, [("warned", "scopes"), ("warned", "token")], "{said}");
    assert!(said.contains("rejected nhn:b/y") && said.contains("terms of use"), "{said}");
    assert!(!said.contains("15849197352") && !said.contains(".eyJ"), "{said}");
    let (found, said) = granted(json!({}));
    assert_eq!(found[0].2.as_deref(), Some("request.scope_allowed"), "{said}");
    assert!(said.contains("withheld nhn:b/y"), "{said}");
}

#[test]
fn answers_that_the_protocol_does_not_allow_are_failures_of_their_own() {
    let bearer = json!({"access_token": token(), "expires_in": 600, "token_type": "Bearer"});
    let (found, said) = doctor(&helseid("200 OK", bearer));
    let steps: Vec<_> = found.iter().map(|(outcome, step, _)| (outcome.as_str(), step.as_str())).collect();
    assert_eq!(steps, [("failed", "token")], "{said}");
    let (found, said) = doctor(&helseid("400 Bad Request", json!({"error": "use_dpop_nonce"})));
    assert_eq!((found[0].1.as_str(), found[0].2.as_deref()), ("nonce", Some("dpop.nonce")), "{said}");
    let (found, said) = doctor(&helseid("503 Service Unavailable", json!({})));
    assert_eq!((found[0].0.as_str(), found[0].1.as_str(), found.len()), ("failed", "token", 1), "{said}");
    assert!(said.contains("is unavailable (503)") && said.contains("gives no reason"), "{said}");
}
